// SPDX-License-Identifier: MIT
//
// copilot-conformance run.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "conformance/commands/command.h"
#include "conformance/commands/outcome.h"
#include "conformance/expectations/expectations.h"
#include "conformance/protocol/use.h"
#include "conformance/report/terminal.h"
#include "conformance/run/runner.h"
#include "conformance/run/shard.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

struct Options {
  Selection selection;
  Programs programs;
  Schemas schemas;
  RunOptions run;
  std::string shard;
  std::string expectations;
  bool update_expectations = false;
  std::vector<std::string> reports;
  std::string protocol_coverage;  // file
  int timeout_ms = 0;
  bool keep = false;
  bool rehearse = false;
  bool conversations = false;
  std::string live_model;
};

constexpr char kInterrupted[] = "interrupted: what had not begun was not run";

std::atomic<bool> interrupted = false;

// The first signal ends the run in order, with its reports; the next one ends
// it at once.
void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

std::vector<Verdict> BrokenVerdicts(const Catalogue& catalogue,
                                    const Selection& selection) {
  std::vector<Verdict> verdicts;
  for (const auto& [id, errors] : catalogue.broken) {
    if (!selection.HasPath(id)) continue;
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

// Prints what the judge has seen. Returns what is needed no more, when `all`
// harness scenarios ran.
std::vector<std::string> PrintSchemas(const SchemaJudge& judge, bool all) {
  std::printf(
      "%zu frames were held against the schemas, %zu kept to them by accepted "
      "differences\n",
      judge.frames(), judge.accepted());
  std::vector<std::string> problems;
  if (!all) return problems;
  for (const std::string& entry : judge.Unneeded(true)) {
    problems.push_back(
        "nothing needs the accepted difference of the schemas any more: " +
        entry);
  }
  return problems;
}

tl::expected<std::optional<Shard>, std::string> ShardOf(
    const Options& options) {
  if (options.shard.empty()) return std::nullopt;
  auto shard = Shard::Parse(options.shard, OwnVariable);
  if (!shard) return tl::unexpected(shard.error());
  // Tells Bazel that this program knows about shards.
  if (!shard->status_file.empty()) std::ofstream(shard->status_file);
  return *shard;
}

tl::expected<std::optional<Expectations>, wire::DocumentErrors> ExpectationsOf(
    const Options& options) {
  if (options.expectations.empty()) return std::nullopt;
  if (options.update_expectations &&
      !std::filesystem::exists(options.expectations)) {
    return Expectations::Empty(options.expectations, Today());
  }
  auto expectations = Expectations::Load(options.expectations, Today());
  if (!expectations) return tl::unexpected(expectations.error());
  return std::move(*expectations);
}

// Whoever did not get so far as to say its name is the one of this run.
void NameTheNameless(const std::vector<Scenario>& scenarios,
                     std::vector<Verdict>* verdicts) {
  std::set<std::string> of_clis;
  for (const Scenario& scenario : scenarios) {
    if (scenario.target == "cli") of_clis.insert(scenario.id);
  }
  const Verdict* known = nullptr;
  for (const Verdict& verdict : *verdicts) {
    if (!of_clis.contains(verdict.id) && !verdict.implementation.empty()) {
      known = &verdict;
    }
  }
  if (known == nullptr) return;
  const std::string name = known->implementation;
  const std::string version = known->implementation_version;
  for (Verdict& verdict : *verdicts) {
    if (of_clis.contains(verdict.id) || !verdict.implementation.empty()) {
      continue;
    }
    verdict.implementation = name;
    verdict.implementation_version = version;
  }
}

// Prints what it does, and what is left to do.
int Update(const Expectations& expectations, const RunReport& run,
           const std::set<std::string>& ids, const std::string& file) {
  const auto update = expectations.Rewrite(run.verdicts, ids);
  if (!update) return BadInput(update.error());
  for (const std::string& id : update->removed) {
    std::printf("%s: removed \"%s\"\n", file.c_str(), id.c_str());
  }
  for (const std::string& id : update->added) {
    std::printf("%s: added \"%s\"\n", file.c_str(), id.c_str());
  }
  for (const std::string& note : update->by_hand) {
    std::printf("%s; change that by hand\n", note.c_str());
  }
  return kPassed;
}

// What decides how a scenario runs, as a part of a command line.
std::string FlagsOf(const Options& options, const Common& common) {
  std::string flags;
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    flags += fmt::format(" {} {}", name, Quoted(value));
  };
  if (common.scenarios != DefaultScenarios()) {
    add("--scenarios", common.scenarios);
  }
  add("--adapter", options.programs.adapter);
  add("--cli", options.programs.cli);
  add("--fake-cli", options.programs.fake_cli);
  add("--fake-model", options.programs.fake_model);
  add("--schemas", options.schemas.directory);
  if (options.schemas.lenient) flags += " --lenient";
  if (options.timeout_ms > 0) {
    add("--timeout", std::to_string(options.timeout_ms));
  }
  add("--live-model", options.live_model);
  if (options.rehearse) flags += " --rehearse";
  return flags;
}

// What every scenario but the live ones runs with.
Settings MakeSettings(const Options& options, const Common& common) {
  Settings settings = options.programs.ToSettings();
  settings.live_token =
      wire::Secret(OwnVariable("OPENCLAW_COPILOT_AGENT_LIVE_TOKEN"));
  settings.timeout_ms = options.timeout_ms;
  if (!options.live_model.empty()) settings.live_model = options.live_model;
  settings.keep = options.keep;
  settings.keep_conversations = options.conversations;
  settings.flags = FlagsOf(options, common);
  return settings;
}

// Live scenarios want a real CLI, the others take the fake by default.
Settings ForLive(Settings settings, bool rehearse) {
  if (settings.cli.empty()) settings.cli = OwnVariable("COPILOT_CLI_PATH");
  if (rehearse) {
    settings.rehearse = true;
    settings.live_token = wire::Secret("gho_rehearsal0123456789");
  }
  return settings;
}

int Run(const Common& common, const Options& options) {
  const auto started = std::chrono::system_clock::now();
  const auto reports = ParseReports(options.reports);
  if (!reports) return BadInput(reports.error());
  const auto shard = ShardOf(options);
  if (!shard) return BadInput(shard.error());
  const auto expectations = ExpectationsOf(options);
  if (!expectations) {
    PrintErrors(expectations.error());
    return kBadInput;
  }
  const auto catalogue = LoadSelected(common, options.selection);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  std::vector<Scenario> scenarios = Select(*catalogue, options.selection);
  std::vector<Verdict> verdicts = BrokenVerdicts(*catalogue, options.selection);
  if (scenarios.empty() && verdicts.empty()) {
    return BadInput("no scenario is selected; see copilot-conformance list");
  }
  if (*shard) {
    const size_t selected = scenarios.size() + verdicts.size();
    scenarios = (*shard)->Of(scenarios);
    verdicts = (*shard)->Of(verdicts);
    std::printf("shard %s: %zu of %zu scenarios\n",
                (*shard)->ToString().c_str(),
                scenarios.size() + verdicts.size(), selected);
  }
  Settings settings = MakeSettings(options, common);
  for (const ReportFile& report : *reports) {
    settings.keep_conversations |= report.format == "html";
  }
  if (settings.fake_cli.empty() || settings.adapter[0].empty()) {
    return EnvironmentProblem(
        "fake-copilot or copilot-harness is not beside this program; use "
        "--fake-cli and --adapter");
  }
  const auto judge = options.schemas.MakeJudge(common);
  if (!judge) return BadInput(judge.error());
  settings.schemas = judge->get();
  ProtocolUse protocol_use;
  if (!options.protocol_coverage.empty()) {
    settings.protocol_use = &protocol_use;
  }
  const Settings for_live = ForLive(settings, options.rehearse);
  CatchInterrupts();
  if (settings.cli.empty()) settings.cli = settings.fake_cli;

  const auto begin = std::chrono::steady_clock::now();
  TerminalReport terminal(
      stdout, WantsColour(), isatty(STDOUT_FILENO) != 0,
      scenarios.size() * static_cast<size_t>(options.run.repeat) +
          verdicts.size(),
      catalogue->contract);
  for (const Verdict& verdict : verdicts) terminal.Add(verdict);
  const std::vector<Scenario> all_scenarios = scenarios;
  RunOptions run_options = options.run;
  run_options.interrupted = &interrupted;
  if (*expectations) {
    run_options.settle = [&](Verdict* verdict) {
      (*expectations)->Settle(verdict);
    };
  }
  const auto live = std::stable_partition(
      scenarios.begin(), scenarios.end(),
      [](const Scenario& scenario) { return scenario.target != "live"; });
  const std::vector<Scenario> live_scenarios(live, scenarios.end());
  scenarios.erase(live, scenarios.end());
  const auto run = [&](const std::vector<Scenario>& some,
                       const Settings& with) {
    const auto more =
        RunAll(some, with, run_options,
               [&](const Verdict& verdict) { terminal.Add(verdict); });
    verdicts.insert(verdicts.end(), more.begin(), more.end());
  };
  run(scenarios, settings);
  run(live_scenarios, for_live);
  RunReport report{std::move(verdicts), 0, 0, *shard, {}};
  report.started =
      std::chrono::duration<double>(started.time_since_epoch()).count();
  report.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  terminal.Finish(report.seconds);
  if (*judge != nullptr) {
    const bool all = options.selection.IsEveryHarnessScenario() &&
                     (!*shard || (*shard)->total == 1);
    report.problems = PrintSchemas(**judge, all);
  }
  if (interrupted) report.problems.push_back(kInterrupted);
  int updated = kPassed;
  if (*expectations) {
    for (const std::string& problem :
         (*expectations)->Problems(report.verdicts, catalogue->ids)) {
      report.problems.push_back(problem);
    }
    if (options.update_expectations && !interrupted) {
      updated =
          Update(**expectations, report, catalogue->ids, options.expectations);
    }
  }
  NameTheNameless(all_scenarios, &report.verdicts);
  const int code = Conclude(report, *reports, catalogue->contract);
  if (!options.protocol_coverage.empty()) {
    const auto written = protocol_use.Write(options.protocol_coverage);
    if (!written) return BadInput(written.error());
  }
  return updated == kPassed ? code : updated;
}

}  // namespace

void AddRun(CLI::App& app, const Common& common, int* code) {
  const auto options = std::make_shared<Options>();
  auto* run = app.add_subcommand("run", "run scenarios");
  AddSelection(run, &options->selection);
  AddPrograms(run, &options->programs);
  AddJobs(run, &options->run.jobs);
  run->add_option("--repeat", options->run.repeat, "rounds")
      ->check(CLI::Range(1, 1000000));
  AddSchemas(run, &options->schemas);
  run->add_flag_callback(
      "--fresh-adapters",
      [options] { options->run.adapters = AdapterReuse::kNever; },
      "an adapter process for each scenario, also of persistent adapters");
  AddReports(run, &options->reports);
  run->add_option("--shard", options->shard,
                  "a part of the scenarios: i/n, or auto, from the variables "
                  "of the CI; auto/n");
  auto* expectations = run->add_option("--expectations", options->expectations,
                                       "file with what is known not to pass");
  run->add_flag("--update-expectations", options->update_expectations,
                "rewrite that file to what this run shows")
      ->needs(expectations);
  run->add_flag("--conversations", options->conversations,
                "what was said goes into reports for scenarios that passed, "
                "too (html has it always)");
  run->add_option("--protocol-coverage", options->protocol_coverage,
                  "write what of the protocols was used to this file, for "
                  "coverage --protocol");
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
  run->add_flag("--retry-alone", options->run.retry_alone,
                "run failures once more on their own: what passes then is a "
                "flake, which is red, too");
  run->callback([&common, code, options] { *code = Run(common, *options); });
}

}  // namespace copilot::conformance
