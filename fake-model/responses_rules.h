// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "fake-model/rules.h"

namespace copilot::fake_model {

// The rules of OpenAI responses: known roles, a call for each output, an output
// for each call. With `previous_response_id` the calls may be in that response.
Violations CheckResponses(const nlohmann::json& request);

}  // namespace copilot::fake_model
