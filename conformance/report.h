// SPDX-License-Identifier: MIT
//
// What people and machines get to see of a run.
#pragma once

#include <cstdio>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/scenario.h"
#include "conformance/verdict.h"

namespace copilot::conformance {

struct Totals {
  int passed = 0;
  int failed = 0;  // errors included
  int skipped = 0;
  int errors = 0;
  int rehearsed = 0;
  int total() const { return passed + rehearsed + failed + skipped; }
};

Totals Count(const std::vector<Verdict>& verdicts);

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
  std::string Paint(const char* code, const std::string& text) const;

  std::FILE* const out_;
  const bool colour_;
  const bool progress_;
  const size_t total_;
  const Contract& contract_;
  std::vector<Verdict> seen_;
  Totals totals_;
};

std::string JUnitReport(const std::vector<Verdict>& verdicts, double seconds);
std::string JsonReport(const std::vector<Verdict>& verdicts, double seconds);

// A file that is there as a whole or not at all.
struct ReportFile {
  std::string format;  // junit, json
  std::string path;

  // "FORMAT=FILE". Fails with what is wrong with it, also when the directory
  // cannot be written to.
  static tl::expected<ReportFile, std::string> Parse(const std::string& text);
  tl::expected<void, std::string> Write(const std::vector<Verdict>& verdicts,
                                        double seconds) const;
};

}  // namespace copilot::conformance
