// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fake-model/chat_api.h"

namespace copilot::fake_model {

// Azure OpenAI's chat completions: OpenAI's with the findings of a content
// filter, which open every stream with an event that has no choice.
class AzureApi : public ChatApi {
 public:
  Violations Check(const nlohmann::json& request) const override;
  std::string Body(const Answer& answer, const Call& call) const override;
  std::vector<std::string> Events(const Answer& answer, const Call& call,
                                  bool ending = true) const override;
  std::string ErrorBody(const HttpError& error) const override;
};

}  // namespace copilot::fake_model
