// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>

#include "conformance/run/settings.h"
#include "conformance/run/verdict.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// In which way a verdict fails, so that two can be compared: what, where, and
// how often it came; not the numbers of steps, nor times. Empty for one that
// does not fail.
std::string WayOfFailing(const Verdict& verdict);

struct ShrunkScenario {
  nlohmann::ordered_json document;
  std::string way;  // in which it fails
  int runs = 0;
  bool exhausted = false;  // more runs might have made it smaller
  bool passes_with_reference = false;
};

// Reduces a failing scenario to a minimal one that fails in the same way, with
// `budget` runs at most. `reference` is another implementation, or null: if it
// passes the scenario, it passes what is left, too, so that this does not fail
// for want of sense. `on_run` is told how many runs there have been, those of
// the reference aside. The error says why there is nothing to reduce.
tl::expected<ShrunkScenario, std::string> ShrinkScenario(
    const Scenario& scenario, const Settings& settings,
    const Settings* reference, int budget,
    const std::function<void(int runs, const Verdict&)>& on_run);

}  // namespace copilot::conformance
