// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/report/changes.h"
#include "conformance/report/run_report.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// What a page shows beside the run itself.
struct Background {
  const Contract* contract = nullptr;  // texts of clauses; not owned
  std::vector<RunReport> others;       // more columns
  std::optional<Changes> changes;
};

// One page with everything in it: implementations by scenarios, failures, and
// what was said. It loads nothing.
std::string HtmlReport(const RunReport& run, const Background& background);

}  // namespace copilot::conformance
