// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/run/target.h"
#include "conformance/run/verdict.h"

namespace copilot::conformance {

// Judges what was said in a run that is over, whatever its scenario checks: by
// the monitors, by the schemas of what the suite's own programs record, and by
// the published schemas when there are any. What is wrong on the side that is
// under test makes the scenario fail; what is wrong on the side of the suite
// makes it an error.
void JudgeConversation(const Stage& stage, Verdict* verdict);

}  // namespace copilot::conformance
