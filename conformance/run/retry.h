// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/run/verdict.h"

namespace copilot::conformance {

// Whether a second run, on its own, may tell more: it failed, and not because
// the scenario is wrong.
bool IsWorthARetry(const Verdict& verdict);

// What a failure among others and a run of the same scenario on its own come
// to: a flake when it passed alone, else the failure, with what happened alone.
// Never a pass.
Verdict Together(Verdict among_others, const Verdict& alone);

}  // namespace copilot::conformance
