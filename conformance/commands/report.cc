// SPDX-License-Identifier: MIT
//
// copilot-conformance report: other formats of runs that are over.
#include <cstdio>

#include "conformance/commands/command.h"
#include "conformance/report/json.h"
#include "conformance/report/report_file.h"

namespace copilot::conformance {
namespace {

struct Options {
  std::string output;
  std::vector<std::string> inputs;
  std::string compare;
};

// What a page can say of the clauses; without a contract their ids have to do.
Contract ContractOf(const Common& common) {
  auto catalogue = LoadCatalogue(common.scenarios);
  return catalogue ? std::move(catalogue->contract) : Contract();
}

int Report(const Common& common, const Options& options) {
  const auto file = ReportFile::Parse(options.output, "report ");
  if (!file) return BadInput(file.error());
  if (file->format != "html" && options.inputs.size() > 1) {
    return BadInput("report " + options.output +
                    ": only html takes several runs");
  }
  std::vector<RunReport> runs;
  for (const std::string& input : options.inputs) {
    auto run = ReadJsonReport(input);
    if (!run) {
      PrintErrors(run.error());
      return kBadInput;
    }
    runs.push_back(std::move(*run));
  }
  Background background;
  const Contract contract = ContractOf(common);
  background.contract = &contract;
  if (!options.compare.empty()) {
    const auto before = ReadJsonReport(options.compare);
    if (!before) {
      PrintErrors(before.error());
      return kBadInput;
    }
    background.changes = Compare(*before, runs.front());
    background.changes->since = options.compare;
    std::fputs(ChangesText(*background.changes).c_str(),
               file->path == "-" ? stderr : stdout);
  }
  background.others.assign(std::make_move_iterator(runs.begin() + 1),
                           std::make_move_iterator(runs.end()));
  const auto written = file->Write(runs.front(), background);
  return written ? kPassed : BadInput(written.error());
}

}  // namespace

void AddReport(CLI::App& app, const Common& common, int* code) {
  const auto options = std::make_shared<Options>();
  auto* report = app.add_subcommand(
      "report", "make other reports of runs, from their JSON reports");
  report
      ->add_option("output", options->output,
                   "FORMAT=FILE, - for standard output; formats: " +
                       ReportFile::Formats())
      ->required();
  report
      ->add_option("input", options->inputs,
                   "JSON reports; html shows several side by side")
      ->required();
  report
      ->add_option("--compare", options->compare,
                   "the JSON report of an earlier run: what has changed in the "
                   "first input since")
      ->allow_extra_args(false);
  report->callback(
      [&common, code, options] { *code = Report(common, *options); });
}

}  // namespace copilot::conformance
