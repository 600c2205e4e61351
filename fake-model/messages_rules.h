// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "fake-model/rules.h"

namespace copilot::fake_model {

// The rules of Anthropic messages: the user speaks first, the next turn holds a
// result for each tool call, results come before text, no text is empty.
// Messages of one role in a row are one turn, as the API has it.
Violations CheckMessages(const nlohmann::json& request);

}  // namespace copilot::fake_model
