// SPDX-License-Identifier: MIT
#include "conformance/commands/command.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

bool IsOneOf(const std::vector<std::string>& wanted, const std::string& value) {
  return wanted.empty() ||
         std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

}  // namespace

void PrintErrors(const wire::DocumentErrors& errors) {
  for (const wire::DocumentError& error : errors) {
    std::fprintf(stderr, "%s\n", error.ToString().c_str());
  }
}

int BadInput(const std::string& problem) {
  std::fprintf(stderr, "copilot-conformance: %s\n", problem.c_str());
  return kBadInput;
}

int EnvironmentProblem(const std::string& problem) {
  std::fprintf(stderr, "copilot-conformance: %s\n", problem.c_str());
  return kEnvironment;
}

bool Selection::Has(const Scenario& scenario) const {
  return IsOneOf(areas, scenario.area()) && IsOneOf(levels, scenario.level) &&
         IsOneOf(targets, scenario.target) && HasId(scenario.id);
}

bool Selection::HasId(const std::string& id) const {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                         [&](const std::string& pattern) {
                                           return MatchesPattern(id, pattern);
                                         });
}

bool Selection::HasPath(const std::string& id) const {
  return HasId(id) && IsOneOf(areas, id.substr(0, id.find('/')));
}

bool Selection::IsEveryHarnessScenario() const {
  return patterns.empty() && areas.empty() && levels.empty() &&
         IsOneOf(targets, "harness");
}

tl::expected<Catalogue, wire::DocumentErrors> LoadSelected(
    const Common& common, const Selection& selection) {
  return LoadCatalogue(common.scenarios, [&](const std::string& id) {
    return selection.HasPath(id);
  });
}

void AddSelection(CLI::App* command, Selection* selection) {
  command->add_option("pattern", selection->patterns, "ids, with * and ?");
  // One value each, so that patterns may follow.
  command->add_option("--area", selection->areas, "only these areas")
      ->allow_extra_args(false);
  command->add_option("--level", selection->levels, "core, extended, edge")
      ->allow_extra_args(false);
  command->add_option("--target", selection->targets, "harness, cli, live")
      ->allow_extra_args(false);
}

std::vector<Scenario> Select(const Catalogue& catalogue,
                             const Selection& selection) {
  std::vector<Scenario> selected;
  for (const Scenario& scenario : catalogue.scenarios) {
    if (selection.Has(scenario)) selected.push_back(scenario);
  }
  return selected;
}

Settings Programs::ToSettings() const {
  Settings settings;
  settings.adapter = WithAbsolutePaths(SplitCommand(adapter));
  if (settings.adapter.empty()) {
    settings.adapter = {Sibling("copilot-harness"), "adapter"};
  }
  settings.cli = cli;
  settings.fake_cli = fake_cli.empty() ? Sibling("fake-copilot") : fake_cli;
  settings.fake_model = fake_model.empty() ? Sibling("fake-model") : fake_model;
  settings.fake_mcp = Sibling("fake-mcp");
  settings.path = OwnVariable("PATH");
  settings.cache = CacheDirectory();
  return settings;
}

CLI::Option* AddProgram(CLI::App* command, const std::string& option,
                        std::string* program, const std::string& help) {
  const auto find = [](std::string& word) {
    std::string path = FindProgram(word);
    if (path.empty()) return "there is no program \"" + word + "\"";
    word = std::move(path);
    return std::string();
  };
  return command->add_option(option, *program, help)
      ->transform(CLI::Validator(find, "PROGRAM"));
}

void AddPrograms(CLI::App* command, Programs* programs) {
  command->add_option("--adapter", programs->adapter,
                      "command of the adapter (default: the in-tree harness)");
  AddProgram(command, "--cli", &programs->cli,
             "CLI for cli and live scenarios (default: fake-copilot)");
  AddProgram(command, "--fake-cli", &programs->fake_cli,
             "another fake-copilot");
  AddProgram(command, "--fake-model", &programs->fake_model,
             "another fake-model");
}

tl::expected<std::unique_ptr<SchemaJudge>, std::string> Schemas::MakeJudge(
    const Common& common) const {
  if (directory.empty()) return nullptr;
  return SchemaJudge::Make(directory,
                           lenient ? Strictness::kLenient : Strictness::kStrict,
                           common.scenarios + "/schema-differences.json");
}

void AddSchemas(CLI::App* command, Schemas* schemas) {
  command->add_option("--schemas", schemas->directory,
                      "hold the CLI's frames against the schemas of a release "
                      "in this directory");
  command->add_flag("--lenient", schemas->lenient,
                    "what those schemas do not name is all right: they are of "
                    "another release");
}

void AddJobs(CLI::App* command, int* jobs) {
  *jobs =
      static_cast<int>(std::max(1u, std::thread::hardware_concurrency())) + 1;
  command->add_option("--jobs,-j", *jobs, "how many at once")
      ->check(CLI::Range(1, 256));
}

}  // namespace copilot::conformance
