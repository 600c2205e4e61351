// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "fake-model/rules.h"

namespace copilot::fake_model {

// The rules of OpenAI chat completions: known roles, content, a result for each
// tool call before anything else is said, a call for each result. Without
// `needs_model` the path has named the model.
Violations CheckChat(const nlohmann::json& request, bool needs_model);

// The rules for a list of function tools: `tools` of chat completions.
void CheckFunctionTools(const nlohmann::json& request, Findings* findings);

}  // namespace copilot::fake_model
