// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "fake-model/rules.h"

namespace copilot::fake_model {

// The rules of Ollama's chat. Its tool calls have no ids: there may be no more
// results than calls, nor fewer.
Violations CheckOllama(const nlohmann::json& request);

}  // namespace copilot::fake_model
