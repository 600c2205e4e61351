// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "conformance/report/totals.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// The report on a terminal: progress while it runs (only where `out` is one),
// each failure as it happens, a summary at the end. Not thread-safe.
class TerminalReport {
 public:
  TerminalReport(std::FILE* out, bool colour, bool progress, size_t total,
                 const Contract& contract);
  void Add(const Verdict& verdict);
  // The last line is "N passed, N failed, N skipped".
  void Finish(double seconds);

 private:
  void ClearProgress();
  void ShowProgress();
  void ShowProblem(const Verdict& verdict);
  std::string Diff(const std::string& detail) const;
  std::string Conversation(const Verdict& verdict) const;
  std::string Paint(const char* code, const std::string& text) const;

  std::FILE* const out_;
  const bool colour_;
  const bool progress_;
  const size_t total_;
  const Contract& contract_;
  std::vector<Verdict> seen_;
  Totals totals_;
  int explained_ = 0;  // failures
};

}  // namespace copilot::conformance
