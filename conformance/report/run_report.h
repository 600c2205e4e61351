// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/run/shard.h"
#include "conformance/run/verdict.h"

namespace copilot::conformance {

// What a run has come to.
struct RunReport {
  std::vector<Verdict> verdicts;
  double seconds = 0;
  double started = 0;               // seconds since the epoch; 0: nobody knows
  std::optional<Shard> shard = {};  // when it is a part of a run
  // What turns it red beyond the verdicts: stale expectations, for instance.
  std::vector<std::string> problems = {};
};

// What was judged, with its version: "my-harness 1.2". Empty when nothing has
// said its name.
std::string JudgedIn(const RunReport& run);

}  // namespace copilot::conformance
