// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "conformance/report/run_report.h"

namespace copilot::conformance {

// Common Test Report Format, a JSON that dashboards read: a test for each
// scenario and round.
std::string CtrfReport(const RunReport& run);

}  // namespace copilot::conformance
