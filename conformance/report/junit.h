// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "conformance/run/verdict.h"

namespace copilot::conformance {

// JUnit XML: a suite for each area, a case for each scenario and round. Valid
// by the schema of Jenkins (jenkins-junit.xsd), which dtkit published: the
// reason of a skip is its text, and `testsuites` does not count skips.
std::string JUnitReport(const std::vector<Verdict>& verdicts, double seconds);

}  // namespace copilot::conformance
