// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "conformance/report/run_report.h"

namespace copilot::conformance {

// The Test Anything Protocol, version 14: a test point for each scenario and
// round, with a YAML diagnostic for what is wrong.
std::string TapReport(const RunReport& run);

}  // namespace copilot::conformance
