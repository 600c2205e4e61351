// SPDX-License-Identifier: MIT
#include "conformance/commands/outcome.h"

#include <unistd.h>

#include <cstdio>

#include "conformance/commands/command.h"
#include "conformance/report/totals.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

int ExitCodeOf(const RunReport& run) {
  bool failed = !run.problems.empty();
  bool error = false;
  bool bad_input = false;
  bool passed = false;
  for (const Verdict& verdict : run.verdicts) {
    passed |= verdict.status == Status::kPass ||
              verdict.status == Status::kRehearsed ||
              verdict.status == Status::kExpectedFail;
    failed |= IsRed(verdict.status) && verdict.status != Status::kError;
    error |= verdict.status == Status::kError && !verdict.bad_input;
    bad_input |= verdict.bad_input;
  }
  if (failed) return kFailed;
  if (error) return passed ? kFailed : kEnvironment;
  if (bad_input) return kBadInput;
  return kPassed;
}

}  // namespace

void AddReports(CLI::App* command, std::vector<std::string>* reports) {
  command
      ->add_option("--report", *reports,
                   "FORMAT=FILE, - for standard output; formats: " +
                       ReportFile::Formats())
      ->allow_extra_args(false);
}

tl::expected<std::vector<ReportFile>, std::string> ParseReports(
    const std::vector<std::string>& texts) {
  std::vector<ReportFile> reports;
  for (const std::string& text : texts) {
    auto report = ReportFile::Parse(text);
    if (!report) return tl::unexpected(report.error());
    reports.push_back(std::move(*report));
  }
  return reports;
}

bool WantsColour() {
  return isatty(STDOUT_FILENO) != 0 && OwnVariable("NO_COLOR").empty() &&
         OwnVariable("TERM") != "dumb";
}

int Conclude(const RunReport& run, const std::vector<ReportFile>& reports,
             const Contract& contract) {
  for (const std::string& problem : run.problems) {
    std::printf("%s\n", problem.c_str());
  }
  std::fflush(stdout);
  int code = ExitCodeOf(run);
  Background background;
  background.contract = &contract;
  for (const ReportFile& report : reports) {
    if (const auto written = report.Write(run, background); !written) {
      code = BadInput(written.error());
    }
  }
  const Totals totals = Count(run.verdicts);
  if (code != kPassed || totals.total() > totals.skipped) return code;
  // A part of a run may have nothing to do; the whole may not.
  if (run.shard && run.shard->total > 1) return code;
  return BadInput("nothing ran: every selected scenario was skipped");
}

}  // namespace copilot::conformance
