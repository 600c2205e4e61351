// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "conformance/report/run_report.h"

namespace copilot::conformance {

// What became of the scenarios since an earlier run: ids, in order.
struct Changes {
  std::string since;  // which run that was, for people
  std::vector<std::string> newly_failing;
  std::vector<std::string> fixed;
  std::vector<std::string> added;
  std::vector<std::string> gone;
};

// A scenario with several rounds fails when one of them does. One that did not
// run in the earlier run (skipped) and fails now is newly failing; one that is
// skipped now is neither.
Changes Compare(const RunReport& before, const RunReport& now);

// "2 newly failing: a/b, a/c" and so on, a line each; "nothing has changed".
std::string ChangesText(const Changes& changes);

}  // namespace copilot::conformance
