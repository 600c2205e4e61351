// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/report/run_report.h"
#include "wire/document.h"

namespace copilot::conformance {

// Everything that is known of a run, for programs:
// scenarios/schema/report.schema.json.
std::string JsonReport(const RunReport& run);

// Reads what JsonReport has written. Members that it does not know, those of a
// later version, are passed over.
tl::expected<RunReport, wire::DocumentErrors> ReadJsonReport(
    const std::string& path);

}  // namespace copilot::conformance
