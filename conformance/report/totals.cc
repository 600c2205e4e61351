// SPDX-License-Identifier: MIT
#include "conformance/report/totals.h"

namespace copilot::conformance {

const char* Name(Status status) {
  switch (status) {
    case Status::kPass:
      return "pass";
    case Status::kFail:
      return "fail";
    case Status::kError:
      return "error";
    case Status::kSkip:
      return "skip";
    case Status::kRehearsed:
      return "rehearsed";
    case Status::kExpectedFail:
      return "expected-fail";
    case Status::kUnexpectedPass:
      return "unexpected-pass";
    case Status::kFlake:
      return "flake";
  }
  return "error";
}

Totals Count(const std::vector<Verdict>& verdicts) {
  Totals totals;
  for (const Verdict& verdict : verdicts) {
    totals.failed += IsRed(verdict.status);
    switch (verdict.status) {
      case Status::kPass:
        ++totals.passed;
        break;
      case Status::kFail:
        break;
      case Status::kError:
        ++totals.errors;
        break;
      case Status::kSkip:
        ++totals.skipped;
        break;
      case Status::kRehearsed:
        ++totals.rehearsed;
        break;
      case Status::kExpectedFail:
        ++totals.expected_failures;
        break;
      case Status::kUnexpectedPass:
        ++totals.unexpected_passes;
        break;
      case Status::kFlake:
        ++totals.flakes;
        break;
    }
  }
  return totals;
}

}  // namespace copilot::conformance
