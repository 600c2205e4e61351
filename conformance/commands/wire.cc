// SPDX-License-Identifier: MIT
//
// What a CLI says on the wire: traces and gaps.
#include <cstdio>

#include "conformance/commands/command.h"
#include "conformance/schemas/command.h"
#include "conformance/traces/command.h"

namespace copilot::conformance {
namespace {

struct TracesOptions {
  TraceSelection selection;
  Programs programs;
  Schemas schemas;
  int jobs = 1;
};

int Traces(const Common& common, TracesOptions options) {
  if (options.selection.directory.empty()) {
    options.selection.directory = common.scenarios + "/traces";
  }
  Settings settings = options.programs.ToSettings();
  if (settings.cli.empty()) settings.cli = settings.fake_cli;
  if (settings.cli.empty() || settings.fake_model.empty()) {
    return EnvironmentProblem(
        "fake-copilot or fake-model is not beside this program; use --cli and "
        "--fake-model");
  }
  const auto judge = options.schemas.MakeJudge(common);
  if (!judge) return BadInput(judge.error());
  settings.schemas = judge->get();
  const auto whole = CompareTraces(options.selection, settings, options.jobs);
  if (!whole) return BadInput(whole.error());
  return *whole ? kPassed : kFailed;
}

int FindGaps(const Common& common, const std::string& fake_cli,
             GapsRequest request) {
  Programs programs;
  programs.fake_cli = fake_cli;
  request.traces = common.scenarios + "/traces";
  request.fake_cli = programs.ToSettings().fake_cli;
  if (request.fake_cli.empty()) {
    return EnvironmentProblem(
        "fake-copilot is not beside this program; use --fake-cli");
  }
  const auto report = ReportGaps(request);
  if (!report) return BadInput(report.error());
  std::fputs(report->c_str(), stdout);
  return kPassed;
}

void AddTraces(CLI::App& app, const Common& common, int* code) {
  const auto options = std::make_shared<TracesOptions>();
  auto* traces = app.add_subcommand(
      "traces", "compare a CLI with recordings of the real one");
  traces->add_option("pattern", options->selection.patterns,
                     "names of traces, with * and ?");
  traces->add_option("--directory", options->selection.directory,
                     "other recordings, with their differences.json");
  AddProgram(traces, "--cli", &options->programs.cli,
             "the CLI (default: fake-copilot)");
  AddProgram(traces, "--fake-model", &options->programs.fake_model,
             "another fake-model");
  AddJobs(traces, &options->jobs);
  AddSchemas(traces, &options->schemas);
  traces->add_flag("--all", options->selection.every_difference,
                   "print every difference, not only the first");
  traces->callback(
      [&common, code, options] { *code = Traces(common, *options); });
}

void AddGaps(CLI::App& app, const Common& common, int* code) {
  const auto request = std::make_shared<GapsRequest>();
  auto* gaps = app.add_subcommand(
      "gaps", "what the fake does not know of a release's schemas");
  gaps->add_option("schemas", request->schemas, "directory of the schemas")
      ->required();
  gaps->add_option("--since", request->since,
                   "leave out what these older schemas have, too");
  const auto fake_cli = std::make_shared<std::string>();
  AddProgram(gaps, "--fake-cli", fake_cli.get(), "another fake-copilot");
  gaps->add_flag("--json", request->json, "as JSON");
  gaps->callback([&common, code, request, fake_cli] {
    *code = FindGaps(common, *fake_cli, *request);
  });
}

}  // namespace

void AddWireCommands(CLI::App& app, const Common& common, int* code) {
  AddTraces(app, common, code);
  AddGaps(app, common, code);
}

}  // namespace copilot::conformance
