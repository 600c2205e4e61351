// SPDX-License-Identifier: MIT
//
// copilot-conformance merge.
#include "conformance/report/merge.h"

#include <cstdio>

#include "conformance/commands/command.h"
#include "conformance/commands/outcome.h"
#include "conformance/report/json.h"
#include "conformance/report/terminal.h"

namespace copilot::conformance {
namespace {

int MergeFiles(const Common& common, const std::vector<std::string>& files,
               const std::vector<std::string>& report_texts) {
  const auto reports = ParseReports(report_texts);
  if (!reports) return BadInput(reports.error());
  std::vector<Part> parts;
  bool readable = true;
  for (const std::string& file : files) {
    auto run = ReadJsonReport(file);
    if (run) {
      parts.push_back({file, std::move(*run)});
    } else {
      PrintErrors(run.error());
      readable = false;
    }
  }
  if (!readable) return kBadInput;
  const auto merged = Merge(parts);
  if (!merged) {
    for (const std::string& error : merged.error()) BadInput(error);
    return kBadInput;
  }
  // The rules that were broken, if their texts are at hand.
  const auto catalogue =
      LoadCatalogue(common.scenarios, [](const std::string&) { return false; });
  const Contract contract = catalogue ? catalogue->contract : Contract();
  TerminalReport terminal(stdout, WantsColour(), false, merged->verdicts.size(),
                          contract);
  for (const Verdict& verdict : merged->verdicts) terminal.Add(verdict);
  terminal.Finish(merged->seconds);
  return Conclude(*merged, *reports, contract);
}

}  // namespace

void AddMerge(CLI::App& app, const Common& common, int* code) {
  struct Options {
    std::vector<std::string> files;
    std::vector<std::string> reports;
  };
  const auto options = std::make_shared<Options>();
  auto* merge = app.add_subcommand(
      "merge", "join JSON reports: the shards of a run, or several runs");
  merge->add_option("file", options->files, "reports of run --report json=FILE")
      ->required();
  AddReports(merge, &options->reports);
  merge->callback([&common, code, options] {
    *code = MergeFiles(common, options->files, options->reports);
  });
}

}  // namespace copilot::conformance
