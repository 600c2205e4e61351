// SPDX-License-Identifier: MIT
//
// The answer to a permission request: the host's policy, and rejection whenever
// it has no answer (harness spec 9). Never fails.
#pragma once

#include "harness/attempt_types.h"

namespace copilot::harness {

// `{kind: "reject", feedback: …}` of the fail-closed default.
Json DefaultRejection();

PermissionHandler MakePermissionHandler(const AttemptHost& host);

}  // namespace copilot::harness
