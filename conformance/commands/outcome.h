// SPDX-License-Identifier: MIT
//
// What a run comes to, whether it was one or was merged: exit code and reports.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/report/report_file.h"
#include "conformance/report/run_report.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// --report.
void AddReports(CLI::App* command, std::vector<std::string>* reports);
// The files that --report names. The error says what is wrong with one.
tl::expected<std::vector<ReportFile>, std::string> ParseReports(
    const std::vector<std::string>& texts);

// Whether the terminal shows colours.
bool WantsColour();

// Prints the problems, writes the reports, and returns the exit code. Pages
// take the texts of clauses from the contract.
int Conclude(const RunReport& run, const std::vector<ReportFile>& reports,
             const Contract& contract);

}  // namespace copilot::conformance
