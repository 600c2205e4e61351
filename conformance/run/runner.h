// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "conformance/adapter/keeper.h"
#include "conformance/run/settings.h"
#include "conformance/run/verdict.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

struct RunOptions {
  int jobs = 1;
  int repeat = 1;
  bool fail_fast = false;
  AdapterReuse adapters = AdapterReuse::kPersistent;
  // What fails runs once more when all others have ended.
  bool retry_alone = false;
  // Becomes true when no more scenarios shall begin; those that run end in
  // order. May be null.
  const std::atomic<bool>* interrupted = nullptr;
  // What is known beforehand: changes a verdict before anybody sees it. May be
  // empty; called from several threads at once.
  std::function<void(Verdict*)> settle;
};

// Runs every scenario `repeat` times on `jobs` threads. `on_verdict` is called
// for each, one at a time, in the order in which they end; with retry_alone,
// when it is clear what a failure comes to. Returns all, in the order of the
// scenarios, round after round; with fail_fast or an interruption, those that
// ran.
std::vector<Verdict> RunAll(
    const std::vector<Scenario>& scenarios, const Settings& settings,
    const RunOptions& options,
    const std::function<void(const Verdict&)>& on_verdict);

}  // namespace copilot::conformance
