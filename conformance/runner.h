// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "conformance/scenario.h"
#include "conformance/settings.h"
#include "conformance/verdict.h"

namespace copilot::conformance {

struct RunOptions {
  int jobs = 1;
  int repeat = 1;
  bool fail_fast = false;
};

// Runs every scenario `repeat` times on `jobs` threads. `on_verdict` is called
// for each, one at a time, in the order in which they end. Returns all, in the
// order of the scenarios, round after round; with fail_fast, those that ran.
std::vector<Verdict> RunAll(
    const std::vector<Scenario>& scenarios, const Settings& settings,
    const RunOptions& options,
    const std::function<void(const Verdict&)>& on_verdict);

}  // namespace copilot::conformance
