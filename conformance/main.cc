// SPDX-License-Identifier: MIT
//
// copilot-conformance: the commands.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "conformance/coverage.h"
#include "conformance/programs.h"
#include "conformance/report.h"
#include "conformance/runner.h"
#include "conformance/scenario.h"
#include "conformance/schemas/command.h"
#include "conformance/schemas/judge.h"
#include "conformance/traces/command.h"

namespace copilot::conformance {
namespace {

enum ExitCode { kPassed = 0, kFailed = 1, kBadInput = 2, kEnvironment = 3 };

constexpr char kFooter[] = R"(
Examples:
  copilot-conformance run
  copilot-conformance run 'auth/*' --adapter "node my-adapter.js"
  copilot-conformance run --report junit=report.xml --report json=report.json
  copilot-conformance run --target cli --cli path/to/copilot
  copilot-conformance show auth/env-openclaw-before-gh
  copilot-conformance check my/scenario.json
  copilot-conformance traces 'error-*' --all
  copilot-conformance run --target cli --schemas path/to/schemas
  copilot-conformance gaps path/to/new/schemas --since path/to/schemas

Exit codes: 0 everything that ran passed; 1 something failed; 2 wrong usage or
input, or nothing to run; 3 the environment is to blame: nothing could be
started.

Live scenarios need OPENCLAW_COPILOT_AGENT_LIVE_TOKEN and a real CLI (--cli, or
COPILOT_CLI_PATH), and are skipped without.
)";

struct Selection {
  std::vector<std::string> patterns;
  std::vector<std::string> areas;
  std::vector<std::string> levels;
  std::vector<std::string> targets;

  bool Has(const Scenario& scenario) const {
    const auto any = [](const std::vector<std::string>& wanted,
                        const std::string& value) {
      return wanted.empty() ||
             std::find(wanted.begin(), wanted.end(), value) != wanted.end();
    };
    return any(areas, scenario.area()) && any(levels, scenario.level) &&
           any(targets, scenario.target) && HasId(scenario.id);
  }
  bool HasId(const std::string& id) const {
    return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                           [&](const std::string& pattern) {
                                             return MatchesPattern(id, pattern);
                                           });
  }
  bool IsEveryHarnessScenario() const {
    return patterns.empty() && areas.empty() && levels.empty() &&
           (targets.empty() || std::find(targets.begin(), targets.end(),
                                         "harness") != targets.end());
  }
  // Files that are no scenarios have nothing to select them by but the path.
  bool HasBroken(const std::string& id) const {
    const std::string area = id.substr(0, id.find('/'));
    return HasId(id) && (areas.empty() || std::find(areas.begin(), areas.end(),
                                                    area) != areas.end());
  }
};

struct Options {
  std::string scenarios = DefaultScenarios();
  Selection selection;
  std::string recordings;  // the directory of the traces; empty: ours
  std::string adapter;
  std::string cli;
  std::string fake_cli;
  std::string fake_model;
  int jobs =
      static_cast<int>(std::max(1u, std::thread::hardware_concurrency())) + 1;
  RunOptions run;
  std::vector<std::string> reports;
  int timeout_ms = 0;
  bool keep = false;
  bool rehearse = false;
  std::string live_model;
  std::vector<std::string> files;
  std::string id;
  std::string shell;
  bool every_difference = false;
  std::string schemas;
  bool lenient = false;
  std::string since;
  bool json = false;
};

void PrintErrors(const wire::DocumentErrors& errors) {
  for (const wire::DocumentError& error : errors) {
    std::fprintf(stderr, "%s\n", error.ToString().c_str());
  }
}

int BadInput(const std::string& problem) {
  std::fprintf(stderr, "copilot-conformance: %s\n", problem.c_str());
  return kBadInput;
}

Settings MakeSettings(const Options& options) {
  Settings settings;
  settings.adapter = SplitCommand(options.adapter);
  if (settings.adapter.empty()) {
    settings.adapter = {Sibling("copilot-harness"), "adapter"};
  }
  settings.cli = options.cli;
  settings.fake_cli =
      options.fake_cli.empty() ? Sibling("fake-copilot") : options.fake_cli;
  settings.fake_model =
      options.fake_model.empty() ? Sibling("fake-model") : options.fake_model;
  settings.fake_mcp = Sibling("fake-mcp");
  settings.path = OwnVariable("PATH");
  settings.cache = CacheDirectory();
  settings.live_token =
      wire::Secret(OwnVariable("OPENCLAW_COPILOT_AGENT_LIVE_TOKEN"));
  settings.timeout_ms = options.timeout_ms;
  if (!options.live_model.empty()) settings.live_model = options.live_model;
  settings.keep = options.keep;
  return settings;
}

// A copy with what depends on the kind of scenario.
std::vector<Scenario> Select(const Catalogue& catalogue,
                             const Selection& selection) {
  std::vector<Scenario> selected;
  for (const Scenario& scenario : catalogue.scenarios) {
    if (selection.Has(scenario)) selected.push_back(scenario);
  }
  return selected;
}

std::vector<Verdict> BrokenVerdicts(const Catalogue& catalogue,
                                    const Selection& selection) {
  std::vector<Verdict> verdicts;
  for (const auto& [id, errors] : catalogue.broken) {
    if (!selection.HasBroken(id)) continue;
    Verdict verdict;
    verdict.id = id;
    verdict.title = "is not a scenario";
    verdict.area = id.substr(0, id.find('/'));
    verdict.status = Status::kError;
    verdict.bad_input = true;
    for (const wire::DocumentError& error : errors) {
      verdict.reason += error.ToString() + "\n";
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

int ExitCodeOf(const std::vector<Verdict>& verdicts) {
  bool failed = false;
  bool error = false;
  bool bad_input = false;
  bool passed = false;
  for (const Verdict& verdict : verdicts) {
    passed |=
        verdict.status == Status::kPass || verdict.status == Status::kRehearsed;
    failed |= verdict.status == Status::kFail;
    error |= verdict.status == Status::kError && !verdict.bad_input;
    bad_input |= verdict.bad_input;
  }
  if (failed) return kFailed;
  if (error) return passed ? kFailed : kEnvironment;
  if (bad_input) return kBadInput;
  return kPassed;
}

// Who judges frames by the published schemas; null when nobody asked for it.
tl::expected<std::unique_ptr<SchemaJudge>, std::string> MakeJudge(
    const Options& options) {
  if (options.schemas.empty()) return nullptr;
  return SchemaJudge::Make(
      options.schemas,
      options.lenient ? Strictness::kLenient : Strictness::kStrict,
      options.scenarios + "/schema-differences.json");
}

// Prints what the judge has seen. False when an accepted difference is needed
// no more.
bool PrintSchemas(const SchemaJudge& judge, const Selection& selection) {
  std::printf(
      "%zu frames were held against the schemas, %zu kept to them by accepted "
      "differences\n",
      judge.frames(), judge.accepted());
  if (!selection.IsEveryHarnessScenario()) return true;
  const auto unneeded = judge.Unneeded(true);
  for (const std::string& entry : unneeded) {
    std::printf(
        "nothing needs the accepted difference of the schemas any more: %s\n",
        entry.c_str());
  }
  return unneeded.empty();
}

bool WantsColour() {
  return isatty(STDOUT_FILENO) != 0 && OwnVariable("NO_COLOR").empty() &&
         OwnVariable("TERM") != "dumb";
}

int Run(const Options& options) {
  std::vector<ReportFile> reports;
  for (const std::string& text : options.reports) {
    auto report = ReportFile::Parse(text);
    if (!report) return BadInput(report.error());
    reports.push_back(std::move(*report));
  }
  const auto catalogue = LoadCatalogue(options.scenarios);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  std::vector<Scenario> scenarios = Select(*catalogue, options.selection);
  std::vector<Verdict> verdicts = BrokenVerdicts(*catalogue, options.selection);
  if (scenarios.empty() && verdicts.empty()) {
    return BadInput("no scenario is selected; see copilot-conformance list");
  }
  Settings settings = MakeSettings(options);
  if (settings.fake_cli.empty() || settings.adapter[0].empty()) {
    std::fprintf(stderr,
                 "copilot-conformance: fake-copilot or copilot-harness is not "
                 "beside this program; use --fake-cli and --adapter\n");
    return kEnvironment;
  }
  const auto judge = MakeJudge(options);
  if (!judge) return BadInput(judge.error());
  settings.schemas = judge->get();
  // Live scenarios want a real CLI, cli scenarios take the fake by default.
  Settings for_live = settings;
  if (for_live.cli.empty()) for_live.cli = OwnVariable("COPILOT_CLI_PATH");
  if (options.rehearse) {
    for_live.rehearse = true;
    for_live.live_token = wire::Secret("gho_rehearsal0123456789");
  }
  if (settings.cli.empty()) settings.cli = settings.fake_cli;

  const auto begin = std::chrono::steady_clock::now();
  TerminalReport terminal(
      stdout, WantsColour(), isatty(STDOUT_FILENO) != 0,
      scenarios.size() * static_cast<size_t>(options.run.repeat) +
          verdicts.size(),
      catalogue->contract);
  for (const Verdict& verdict : verdicts) terminal.Add(verdict);
  const auto live = std::stable_partition(
      scenarios.begin(), scenarios.end(),
      [](const Scenario& scenario) { return scenario.target != "live"; });
  const std::vector<Scenario> live_scenarios(live, scenarios.end());
  scenarios.erase(live, scenarios.end());
  const auto run = [&](const std::vector<Scenario>& some,
                       const Settings& with) {
    RunOptions how = options.run;
    how.jobs = options.jobs;
    const auto more = RunAll(some, with, how, [&](const Verdict& verdict) {
      terminal.Add(verdict);
    });
    verdicts.insert(verdicts.end(), more.begin(), more.end());
  };
  run(scenarios, settings);
  run(live_scenarios, for_live);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  terminal.Finish(seconds);
  const Totals totals = Count(verdicts);
  int code = ExitCodeOf(verdicts);
  if (*judge != nullptr && !PrintSchemas(**judge, options.selection) &&
      code == kPassed) {
    code = kFailed;
  }
  for (const ReportFile& report : reports) {
    if (const auto written = report.Write(verdicts, seconds); !written) {
      code = BadInput(written.error());
    }
  }
  if (totals.passed + totals.rehearsed + totals.failed == 0) {
    return BadInput("nothing ran: every selected scenario was skipped");
  }
  return code;
}

int List(const Options& options) {
  const auto catalogue = LoadCatalogue(options.scenarios);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  const auto selected = Select(*catalogue, options.selection);
  for (const Scenario& scenario : selected) {
    std::printf("%-44s %-8s %-8s %s\n", scenario.id.c_str(),
                scenario.target.c_str(), scenario.level.c_str(),
                scenario.title.c_str());
  }
  return selected.empty() ? BadInput("no scenario is selected") : kPassed;
}

int Show(const Options& options) {
  const auto catalogue = LoadCatalogue(options.scenarios);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  for (const Scenario& scenario : catalogue->scenarios) {
    if (scenario.id != options.id) continue;
    std::printf("%s\n%s\n\n", scenario.id.c_str(), scenario.title.c_str());
    for (const std::string& id : scenario.contract) {
      const Clause& clause = catalogue->contract.at(id);
      std::printf("%s (%s, %s)\n  %s\n", id.c_str(), clause.level.c_str(),
                  clause.source.c_str(), clause.text.c_str());
    }
    std::ifstream in(scenario.file);
    std::string line;
    std::printf("\n%s\n", scenario.file.c_str());
    while (std::getline(in, line)) std::printf("%s\n", line.c_str());
    return kPassed;
  }
  return BadInput("there is no scenario \"" + options.id + "\"");
}

int Check(const Options& options) {
  const auto catalogue = LoadCatalogue(options.scenarios);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  int wrong = 0;
  for (const std::string& file : options.files) {
    const auto scenario = LoadScenario(file, "", &catalogue->contract);
    if (scenario) {
      std::printf("%s: ok\n", file.c_str());
    } else {
      PrintErrors(scenario.error());
      ++wrong;
    }
  }
  if (options.files.empty()) {
    for (const auto& [id, errors] : catalogue->broken) {
      PrintErrors(errors);
      ++wrong;
    }
    std::printf("%zu scenarios, %zu clauses, %d files are wrong\n",
                catalogue->scenarios.size(), catalogue->contract.size(), wrong);
  }
  return wrong == 0 ? kPassed : kBadInput;
}

int RunCoverage(const Options& options) {
  const auto catalogue = LoadCatalogue(options.scenarios);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  const auto coverage = MeasureCoverage(*catalogue, options.selection.areas);
  std::fputs(CoverageText(coverage).c_str(), stdout);
  return coverage.complete() ? kPassed : kFailed;
}

int Traces(const Options& options) {
  TraceSelection selection;
  selection.directory = options.recordings.empty()
                            ? options.scenarios + "/traces"
                            : options.recordings;
  selection.patterns = options.selection.patterns;
  selection.every_difference = options.every_difference;
  Settings settings = MakeSettings(options);
  if (settings.cli.empty()) settings.cli = settings.fake_cli;
  if (settings.cli.empty() || settings.fake_model.empty()) {
    std::fprintf(stderr,
                 "copilot-conformance: fake-copilot or fake-model is not "
                 "beside this program; use --cli and --fake-model\n");
    return kEnvironment;
  }
  const auto judge = MakeJudge(options);
  if (!judge) return BadInput(judge.error());
  settings.schemas = judge->get();
  const auto whole = CompareTraces(selection, settings, options.jobs);
  if (!whole) return BadInput(whole.error());
  return *whole ? kPassed : kFailed;
}

int FindGaps(const Options& options) {
  GapsRequest request;
  request.schemas = options.schemas;
  request.since = options.since;
  request.traces = options.scenarios + "/traces";
  request.fake_cli = MakeSettings(options).fake_cli;
  request.json = options.json;
  if (request.fake_cli.empty()) {
    std::fprintf(stderr,
                 "copilot-conformance: fake-copilot is not beside this "
                 "program; use --fake-cli\n");
    return kEnvironment;
  }
  const auto report = ReportGaps(request);
  if (!report) return BadInput(report.error());
  std::fputs(report->c_str(), stdout);
  return kPassed;
}

int Completion(const std::string& shell) {
  const std::string words =
      "run list show check coverage traces gaps completion --adapter --cli "
      "--fake-cli --fake-model --scenarios --area --level --target --jobs "
      "--repeat --report --timeout --keep --fail-fast --all --schemas "
      "--lenient --since --json --help";
  if (shell == "bash") {
    std::printf("complete -f -W '%s' copilot-conformance\n", words.c_str());
  } else if (shell == "zsh") {
    std::printf(
        "#compdef copilot-conformance\n_arguments '*: :(%s)' "
        "'*:file:_files'\n",
        words.c_str());
  } else if (shell == "fish") {
    std::printf("complete -c copilot-conformance -a '%s'\n", words.c_str());
  } else {
    return BadInput("completion is for bash, zsh or fish");
  }
  return kPassed;
}

void AddSelection(CLI::App* command, Options* options) {
  command->add_option("pattern", options->selection.patterns,
                      "ids, with * and ?");
  // One value each, so that patterns may follow.
  command->add_option("--area", options->selection.areas, "only these areas")
      ->allow_extra_args(false);
  command
      ->add_option("--level", options->selection.levels, "core, extended, edge")
      ->allow_extra_args(false);
  command
      ->add_option("--target", options->selection.targets, "harness, cli, live")
      ->allow_extra_args(false);
}

void AddSchemas(CLI::App* command, Options* options) {
  command->add_option("--schemas", options->schemas,
                      "hold the CLI's frames against the schemas of a release "
                      "in this directory");
  command->add_flag("--lenient", options->lenient,
                    "what those schemas do not name is all right: they are of "
                    "another release");
}

void AddRunOptions(CLI::App* run, Options* options) {
  AddSelection(run, options);
  run->add_option("--adapter", options->adapter,
                  "command of the adapter (default: the in-tree harness)");
  run->add_option("--cli", options->cli,
                  "CLI for cli and live scenarios (default: fake-copilot)");
  run->add_option("--fake-cli", options->fake_cli, "another fake-copilot");
  run->add_option("--fake-model", options->fake_model, "another fake-model");
  run->add_option("--jobs,-j", options->jobs, "scenarios at once")
      ->check(CLI::Range(1, 256));
  run->add_option("--repeat", options->run.repeat, "rounds")
      ->check(CLI::Range(1, 1000000));
  AddSchemas(run, options);
  run->add_option("--report", options->reports, "junit=FILE or json=FILE");
  run->add_option("--timeout", options->timeout_ms,
                  "milliseconds for each scenario")
      ->check(CLI::Range(1, 86400000));
  run->add_option("--live-model", options->live_model,
                  "model of live scenarios (default: gpt-5-mini)");
  run->add_flag("--rehearse", options->rehearse,
                "live scenarios with fake-model in place of GitHub");
  run->add_flag("--keep", options->keep,
                "keep directories of failed scenarios");
  run->add_flag("--fail-fast", options->run.fail_fast,
                "stop at the first failure");
}

int Main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  Options options;
  CLI::App app("Judges Copilot agent harnesses and CLI releases.",
               "copilot-conformance");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.add_option("--scenarios", options.scenarios, "directory of scenarios");
  app.fallthrough();
  auto* run = app.add_subcommand("run", "run scenarios");
  AddRunOptions(run, &options);
  auto* list = app.add_subcommand("list", "list scenarios");
  AddSelection(list, &options);
  auto* show = app.add_subcommand("show", "show one scenario and its clauses");
  show->add_option("id", options.id)->required();
  auto* check = app.add_subcommand("check", "validate scenarios");
  check->add_option("file", options.files, "files (default: all)");
  auto* coverage = app.add_subcommand(
      "coverage",
      "what proves each clause; 1 when one has neither proof nor reason");
  coverage->add_option("--area", options.selection.areas, "only these areas");
  auto* traces = app.add_subcommand(
      "traces", "compare a CLI with recordings of the real one");
  traces->add_option("pattern", options.selection.patterns,
                     "names of traces, with * and ?");
  traces->add_option("--directory", options.recordings,
                     "other recordings, with their differences.json");
  traces->add_option("--cli", options.cli, "the CLI (default: fake-copilot)");
  traces->add_option("--fake-model", options.fake_model, "another fake-model");
  traces->add_option("--jobs,-j", options.jobs, "traces at once")
      ->check(CLI::Range(1, 256));
  AddSchemas(traces, &options);
  traces->add_flag("--all", options.every_difference,
                   "print every difference, not only the first");
  auto* gaps = app.add_subcommand(
      "gaps", "what the fake does not know of a release's schemas");
  gaps->add_option("schemas", options.schemas, "directory of the schemas")
      ->required();
  gaps->add_option("--since", options.since,
                   "leave out what these older schemas have, too");
  gaps->add_option("--fake-cli", options.fake_cli, "another fake-copilot");
  gaps->add_flag("--json", options.json, "as JSON");
  auto* completion = app.add_subcommand("completion", "shell completion");
  completion->add_option("shell", options.shell)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kBadInput;
  }
  if (run->parsed()) return Run(options);
  if (list->parsed()) return List(options);
  if (show->parsed()) return Show(options);
  if (check->parsed()) return Check(options);
  if (coverage->parsed()) return RunCoverage(options);
  if (traces->parsed()) return Traces(options);
  if (gaps->parsed()) return FindGaps(options);
  return Completion(options.shell);
}

}  // namespace
}  // namespace copilot::conformance

int main(int argc, char** argv) {
  return copilot::conformance::Main(argc, argv);
}
