// SPDX-License-Identifier: MIT
//
// What the commands of copilot-conformance have in common. Each is added to
// the command line by a function of its own, and leaves its exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/run/settings.h"
#include "conformance/scenario/scenario.h"
#include "conformance/schemas/judge.h"

namespace copilot::conformance {

enum ExitCode { kPassed = 0, kFailed = 1, kBadInput = 2, kEnvironment = 3 };

// Options of the whole program.
struct Common {
  std::string scenarios;  // their directory
};

void AddRun(CLI::App& app, const Common& common, int* code);
void AddMerge(CLI::App& app, const Common& common, int* code);
void AddShrink(CLI::App& app, const Common& common, int* code);
void AddReport(CLI::App& app, const Common& common, int* code);
// list, show, check and coverage.
void AddCatalogueCommands(CLI::App& app, const Common& common, int* code);
// adapter check and adapter capabilities.
void AddAdapter(CLI::App& app, const Common& common, int* code);
// traces and gaps.
void AddWireCommands(CLI::App& app, const Common& common, int* code);
void AddCompletion(CLI::App& app, int* code);

void PrintErrors(const wire::DocumentErrors& errors);
// Prints the problem; kBadInput.
int BadInput(const std::string& problem);
// Prints the problem; kEnvironment.
int EnvironmentProblem(const std::string& problem);

// The scenarios that a command is about.
struct Selection {
  std::vector<std::string> patterns;
  std::vector<std::string> areas;
  std::vector<std::string> levels;
  std::vector<std::string> targets;

  bool Has(const Scenario& scenario) const;
  bool HasId(const std::string& id) const;
  // What the path alone says, which is all that selects files that are no
  // scenarios.
  bool HasPath(const std::string& id) const;
  bool IsEveryHarnessScenario() const;
};

// The selected part of the catalogue; the rest is not read.
tl::expected<Catalogue, wire::DocumentErrors> LoadSelected(
    const Common& common, const Selection& selection);

void AddSelection(CLI::App* command, Selection* selection);
// The selected ones, copied.
std::vector<Scenario> Select(const Catalogue& catalogue,
                             const Selection& selection);

// An option that names a program: a path, or a name in PATH. It becomes an
// absolute path; that there is no such program is wrong usage.
CLI::Option* AddProgram(CLI::App* command, const std::string& option,
                        std::string* program, const std::string& help);

// The programs that a command starts; those that are not given are looked for
// beside this one.
struct Programs {
  std::string adapter;
  std::string cli;
  std::string fake_cli;
  std::string fake_model;

  Settings ToSettings() const;
};

// The published schemas that frames are held against.
struct Schemas {
  std::string directory;
  bool lenient = false;

  // Null when there is no directory. The error names what cannot be read.
  tl::expected<std::unique_ptr<SchemaJudge>, std::string> MakeJudge(
      const Common& common) const;
};

// Options that name programs: --adapter, --cli, --fake-cli and --fake-model.
void AddPrograms(CLI::App* command, Programs* programs);

void AddSchemas(CLI::App* command, Schemas* schemas);

// --jobs; one more than there are processors by default.
void AddJobs(CLI::App* command, int* jobs);

}  // namespace copilot::conformance
