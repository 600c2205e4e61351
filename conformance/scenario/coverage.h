// SPDX-License-Identifier: MIT
//
// Which clauses of the contract are proven, and by what.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

struct Coverage {
  struct Counts {
    int by_scenarios = 0;
    int by_tests = 0;  // of the harness in this repository
    int open = 0;      // not proven, and the contract says why
    int unproven = 0;
    int all() const { return by_scenarios + by_tests + open + unproven; }
  };
  std::map<std::string, Counts> areas;
  std::map<std::string, Counts> levels;
  Counts sum;
  std::vector<Clause> open;      // by id
  std::vector<Clause> unproven;  // by id

  bool complete() const { return unproven.empty(); }
};

// Of these areas; none means all.
Coverage MeasureCoverage(const Catalogue& catalogue,
                         const std::vector<std::string>& areas);

// What is not proven, clause by clause, and the counts as a table.
std::string CoverageText(const Coverage& coverage);

}  // namespace copilot::conformance
