// SPDX-License-Identifier: MIT
#include "conformance/report/run_report.h"

namespace copilot::conformance {

std::string JudgedIn(const RunReport& run) {
  const Verdict* judged = nullptr;
  for (const Verdict& verdict : run.verdicts) {
    if (verdict.implementation.empty()) continue;
    // A run for a harness may have scenarios for its CLI beside it.
    if (judged == nullptr || judged->implementation == kCopilotCli) {
      judged = &verdict;
    }
  }
  if (judged == nullptr) return "";
  return judged->implementation_version.empty()
             ? judged->implementation
             : judged->implementation + " " + judged->implementation_version;
}

}  // namespace copilot::conformance
