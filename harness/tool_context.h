// SPDX-License-Identifier: MIT
//
// What the host's tool factory learns of an attempt (harness spec 8.8).
#pragma once

#include <string>

#include "harness/attempt_types.h"
#include "harness/workspace.h"

namespace copilot::harness {

// ToolContext::fields. `session_key` stands in for an attempt without one.
// Holds no credential of GitHub's.
Json ToolContextFields(const AttemptParams& params, const Workspace& workspace,
                       const std::string& session_key);

}  // namespace copilot::harness
