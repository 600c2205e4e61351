// SPDX-License-Identifier: MIT
//
// What there is: list, show, check and coverage.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "conformance/commands/command.h"
#include "conformance/ctest/listing.h"
#include "conformance/protocol/asserted.h"
#include "conformance/protocol/coverage.h"
#include "conformance/scenario/coverage.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

// Runs `use` on the catalogue; an unreadable one is bad input.
template <typename Use>
int WithCatalogue(const Common& common, Use use) {
  const auto catalogue = LoadCatalogue(common.scenarios);
  if (catalogue) return use(*catalogue);
  PrintErrors(catalogue.error());
  return kBadInput;
}

// What `list` prints.
struct Listing {
  Selection selection;
  bool ctest = false;
  std::string run_options;
};

std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

// Wrong files are tests, too: they fail and say why.
int ListForCTest(const Common& common, const Catalogue& catalogue,
                 const Listing& listing) {
  constexpr int kGrace = 30;  // seconds beyond the scenario's own limit
  std::vector<ListedTest> tests;
  for (const Scenario& scenario : Select(catalogue, listing.selection)) {
    tests.push_back(
        {scenario.id,
         {"scenario", scenario.area(), scenario.level, scenario.target},
         scenario.timeout_ms / 1000 + kGrace});
  }
  for (const auto& [id, errors] : catalogue.broken) {
    tests.push_back({id, {"scenario", id.substr(0, id.find('/'))}, kGrace});
  }
  if (tests.empty()) return BadInput("no scenario is selected");
  std::vector<std::string> command = {
      ProgramDirectory() + "/copilot-conformance", "run", "--scenarios",
      AbsolutePath(common.scenarios)};
  for (std::string& word : SplitCommand(listing.run_options)) {
    command.push_back(std::move(word));
  }
  std::fputs(CTestListing(tests, command, AbsolutePath(".")).c_str(), stdout);
  return kPassed;
}

int List(const Catalogue& catalogue, const Selection& selection) {
  const auto selected = Select(catalogue, selection);
  for (const Scenario& scenario : selected) {
    std::printf("%-44s %-8s %-8s %s\n", scenario.id.c_str(),
                scenario.target.c_str(), scenario.level.c_str(),
                scenario.title.c_str());
  }
  return selected.empty() ? BadInput("no scenario is selected") : kPassed;
}

int Show(const Catalogue& catalogue, const std::string& id) {
  for (const Scenario& scenario : catalogue.scenarios) {
    if (scenario.id != id) continue;
    std::printf("%s\n%s\n\n", scenario.id.c_str(), scenario.title.c_str());
    for (const std::string& name : scenario.contract) {
      const Clause& clause = catalogue.contract.at(name);
      std::printf("%s (%s, %s)\n  %s\n", name.c_str(), clause.level.c_str(),
                  clause.source.c_str(), clause.text.c_str());
    }
    std::ifstream in(scenario.file);
    std::string line;
    std::printf("\n%s\n", scenario.file.c_str());
    while (std::getline(in, line)) std::printf("%s\n", line.c_str());
    return kPassed;
  }
  return BadInput("there is no scenario \"" + id + "\"");
}

int Check(const Catalogue& catalogue, const std::vector<std::string>& files) {
  int wrong = 0;
  for (const std::string& file : files) {
    const auto scenario = LoadScenario(file, "", &catalogue.contract);
    if (scenario) {
      std::printf("%s: ok\n", file.c_str());
    } else {
      PrintErrors(scenario.error());
      ++wrong;
    }
  }
  if (files.empty()) {
    for (const auto& [id, errors] : catalogue.broken) {
      PrintErrors(errors);
      ++wrong;
    }
    std::printf("%zu scenarios, %zu clauses, %d files are wrong\n",
                catalogue.scenarios.size(), catalogue.contract.size(), wrong);
  }
  return wrong == 0 ? kPassed : kBadInput;
}

int PrintCoverage(const Catalogue& catalogue,
                  const std::vector<std::string>& areas) {
  const auto coverage = MeasureCoverage(catalogue, areas);
  std::fputs(CoverageText(coverage).c_str(), stdout);
  return coverage.complete() ? kPassed : kFailed;
}

struct CoverageOptions {
  std::vector<std::string> areas;
  std::vector<std::string> protocol;  // files
  std::string schemas;
  bool members = false;
};

int PrintProtocolCoverage(const Catalogue& catalogue,
                          const CoverageOptions& options) {
  ProtocolNames seen;
  for (const std::string& file : options.protocol) {
    auto names = LoadProtocolUse(file);
    if (!names) return BadInput(names.error());
    seen.merge(*names);
  }
  std::optional<PublishedSchemas> schemas;
  if (!options.schemas.empty()) {
    auto loaded = PublishedSchemas::Load(options.schemas, Strictness::kStrict);
    if (!loaded) return BadInput(loaded.error());
    schemas = std::move(*loaded);
  }
  const auto coverage = MeasureProtocol(schemas ? &*schemas : nullptr, seen,
                                        AssertedNames(catalogue.scenarios));
  std::fputs(ProtocolCoverageText(coverage, options.members).c_str(), stdout);
  return kPassed;
}

void AddCoverage(CLI::App& app, const Common& common, int* code) {
  const auto options = std::make_shared<CoverageOptions>();
  auto* coverage = app.add_subcommand(
      "coverage",
      "what proves each clause; 1 when one has neither proof nor reason");
  coverage->add_option("--area", options->areas, "only these areas");
  auto* protocol = coverage->add_option(
      "--protocol", options->protocol,
      "instead: how much of the protocols the run used that wrote this file "
      "(run --protocol-coverage), and how much the checks of scenarios name");
  coverage
      ->add_option("--schemas", options->schemas,
                   "directory of a release's schemas, for --protocol")
      ->needs(protocol);
  coverage
      ->add_flag("--members", options->members,
                 "list the members too, not only the frames")
      ->needs(protocol);
  coverage->callback([&common, code, options] {
    *code = WithCatalogue(common, [&](const Catalogue& catalogue) {
      return options->protocol.empty()
                 ? PrintCoverage(catalogue, options->areas)
                 : PrintProtocolCoverage(catalogue, *options);
    });
  });
}

}  // namespace

void AddCatalogueCommands(CLI::App& app, const Common& common, int* code) {
  const auto listing = std::make_shared<Listing>();
  auto* list = app.add_subcommand("list", "list scenarios");
  AddSelection(list, &listing->selection);
  auto* ctest = list->add_flag("--ctest", listing->ctest,
                               "as tests for CTest: a CTestTestfile.cmake");
  list->add_option("--run-options", listing->run_options,
                   "options of run for those tests, as one text")
      ->needs(ctest);
  list->callback([&common, code, listing] {
    const auto catalogue = LoadSelected(common, listing->selection);
    if (!catalogue) {
      PrintErrors(catalogue.error());
      *code = kBadInput;
    } else {
      *code = listing->ctest ? ListForCTest(common, *catalogue, *listing)
                             : List(*catalogue, listing->selection);
    }
  });

  const auto id = std::make_shared<std::string>();
  auto* show = app.add_subcommand("show", "show one scenario and its clauses");
  show->add_option("id", *id)->required();
  show->callback([&common, code, id] {
    *code = WithCatalogue(common, [&](const Catalogue& catalogue) {
      return Show(catalogue, *id);
    });
  });

  const auto files = std::make_shared<std::vector<std::string>>();
  auto* check = app.add_subcommand("check", "validate scenarios");
  check->add_option("file", *files, "files (default: all)");
  check->callback([&common, code, files] {
    *code = WithCatalogue(common, [&](const Catalogue& catalogue) {
      return Check(catalogue, *files);
    });
  });

  AddCoverage(app, common, code);
}

}  // namespace copilot::conformance
