// SPDX-License-Identifier: MIT
//
// Runs one scenario from its sandbox to its verdict.
#pragma once

#include "conformance/adapter/keeper.h"
#include "conformance/run/settings.h"
#include "conformance/run/verdict.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// Never throws: whatever goes wrong costs this scenario alone. Safe to call
// from several threads at once. Fills everything of the verdict but `round`.
Verdict Execute(const Scenario& scenario, const Settings& settings);

// The same as one of the scenarios of a job: a persistent adapter comes from
// `keeper` and goes back there.
Verdict Execute(const Scenario& scenario, const Settings& settings,
                AdapterKeeper& keeper);

}  // namespace copilot::conformance
