// SPDX-License-Identifier: MIT
//
// What a request to a model looks like to `when`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace copilot::fake_model {

struct Prompt {
  std::string text;  // the last user message, without the CLI's date tag
  int nth = 0;       // user messages in the request
};

// `request` is the body of a request over any of the APIs; anything else has no
// prompt. A message that holds only tool results is none of the user's.
Prompt PromptOf(const nlohmann::json& request);

}  // namespace copilot::fake_model
