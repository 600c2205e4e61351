// SPDX-License-Identifier: MIT
#pragma once

#include "harness/attempt_types.h"

namespace copilot::harness {

// How the attempt ended, as exactly one of `ok`, `aborted`, `timeout` and
// `failed` (harness spec 1.6). An abort or a timeout may carry a failure.
Json TerminalOf(const AttemptResult& result);

}  // namespace copilot::harness
