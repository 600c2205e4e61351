// SPDX-License-Identifier: MIT
//
// copilot-conformance shrink.
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "conformance/commands/command.h"
#include "conformance/shrink/scenario_shrinker.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

struct Options {
  std::string id;
  Programs programs;
  std::string out;
  int budget = 500;
  int timeout_ms = 0;
};

int Shrink(const Common& common, const Options& options) {
  const auto catalogue =
      LoadCatalogue(common.scenarios,
                    [&](const std::string& id) { return id == options.id; });
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  if (!catalogue->broken.empty()) {
    PrintErrors(catalogue->broken.begin()->second);
    return kBadInput;
  }
  if (catalogue->scenarios.empty()) {
    return BadInput("there is no scenario \"" + options.id + "\"");
  }
  const Scenario& scenario = catalogue->scenarios[0];
  if (scenario.target == "live") {
    return BadInput("a live scenario is not run again and again");
  }
  Settings settings = options.programs.ToSettings();
  if (settings.fake_cli.empty() || settings.adapter[0].empty()) {
    return EnvironmentProblem(
        "fake-copilot or copilot-harness is not beside this program; use "
        "--fake-cli and --adapter");
  }
  if (settings.cli.empty()) settings.cli = settings.fake_cli;
  settings.timeout_ms = options.timeout_ms;
  // What is sound, as far as anybody knows: the programs beside this one.
  Settings reference = settings;
  reference.adapter = {Sibling("copilot-harness"), "adapter"};
  reference.cli = settings.fake_cli;
  const bool same = scenario.target == "cli"
                        ? reference.cli == settings.cli
                        : reference.adapter == settings.adapter ||
                              reference.adapter[0].empty();
  const bool progress = isatty(STDERR_FILENO) != 0;
  const auto shrunk =
      ShrinkScenario(scenario, settings, same ? nullptr : &reference,
                     options.budget, [&](int runs, const Verdict&) {
                       if (progress) {
                         std::fprintf(stderr, "\r\033[K%d of at most %d runs",
                                      runs, options.budget);
                       }
                     });
  if (progress) std::fputs("\r\033[K", stderr);
  if (!shrunk) return BadInput(shrunk.error());
  const std::string text = shrunk->document.dump(2) + "\n";
  if (options.out.empty()) {
    std::fputs(text.c_str(), stdout);
  } else if (!(std::ofstream(options.out) << text).flush()) {
    return BadInput("cannot write " + options.out);
  }
  std::fprintf(stderr, "fails with \"%s\"%s, after %d runs%s\n",
               shrunk->way.c_str(),
               shrunk->passes_with_reference
                   ? ", and passes with the programs of this suite"
                   : "",
               shrunk->runs,
               shrunk->exhausted ? "; more might make it smaller: --runs" : "");
  return kPassed;
}

}  // namespace

void AddShrink(CLI::App& app, const Common& common, int* code) {
  const auto options = std::make_shared<Options>();
  auto* shrink = app.add_subcommand(
      "shrink", "reduce a failing scenario to what it needs to fail so");
  shrink->add_option("id", options->id)->required();
  AddPrograms(shrink, &options->programs);
  shrink->add_option("--out", options->out, "file for it (default: stdout)");
  shrink
      ->add_option("--runs", options->budget, "at most so many (default: 500)")
      ->check(CLI::Range(1, 1000000));
  shrink->add_option("--timeout", options->timeout_ms, "milliseconds for each")
      ->check(CLI::Range(1, 86400000));
  shrink->callback(
      [&common, code, options] { *code = Shrink(common, *options); });
}

}  // namespace copilot::conformance
