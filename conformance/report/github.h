// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "conformance/report/run_report.h"

namespace copilot::conformance {

// Workflow commands of GitHub Actions: an annotation on the file of each
// scenario that went wrong, for the step's output. `root` is the repository's
// directory, which GitHub wants the paths to start from.
std::string GitHubAnnotations(const RunReport& run, const std::string& root);

// A page of Markdown: totals, what went wrong, and how to see it again. No
// longer than what GitHub takes for a step.
std::string MarkdownSummary(const RunReport& run);

}  // namespace copilot::conformance
