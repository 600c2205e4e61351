// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/report/run_report.h"

namespace copilot::conformance {

// A report and the file that it was read from.
struct Part {
  std::string file;
  RunReport run;
};

// One report of many: the shards of a run, runs of several implementations.
// Its time is that of all parts together, its beginning that of the first. The
// errors say which scenarios come twice, and which shards are missing.
tl::expected<RunReport, std::vector<std::string>> Merge(
    const std::vector<Part>& parts);

}  // namespace copilot::conformance
