// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "conformance/run/verdict.h"

namespace copilot::conformance {

struct Totals {
  int passed = 0;
  // Everything red: errors, unexpected passes and flakes included.
  int failed = 0;
  int errors = 0;
  int unexpected_passes = 0;
  int flakes = 0;
  int expected_failures = 0;
  int skipped = 0;
  int rehearsed = 0;
  int total() const {
    return passed + rehearsed + failed + expected_failures + skipped;
  }
};

Totals Count(const std::vector<Verdict>& verdicts);

// "pass", "fail", "error", "skip", "rehearsed", "expected-fail",
// "unexpected-pass" or "flake".
const char* Name(Status status);

}  // namespace copilot::conformance
