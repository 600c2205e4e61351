// SPDX-License-Identifier: MIT
//
// mutant-matrix: which scenario catches which broken harness or CLI.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "conformance/mutant/matrix.h"
#include "conformance/mutant/matrix_report.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

enum ExitCode { kPassed = 0, kFailed = 1, kBadInput = 2, kEnvironment = 3 };

constexpr std::string_view kJson = "json=";

constexpr char kFooter[] = R"(
Examples:
  mutant-matrix                         every variant, scenarios of its area
  mutant-matrix 'pool-*' --full
  mutant-matrix --area cli --markdown matrix.md

Exit codes: 0 every variant was caught by a scenario of a clause that it breaks;
1 one was not, or more than a fifth is broad, or a sound harness tripped
something; 2 wrong usage, or a variant that is wrong itself; 3 the environment
is to blame.
)";

struct Options {
  std::vector<std::string> patterns;
  std::vector<std::string> areas;
  std::string scenarios = DefaultScenarios();
  std::string programs = ProgramDirectory();
  bool claims = false;
  bool full = false;
  bool exhaustive = false;
  MatrixOptions matrix;
  std::string markdown;
  std::string report;
};

int Complain(ExitCode code, const std::string& problem) {
  std::fprintf(stderr, "mutant-matrix: %s\n", problem.c_str());
  return code;
}

bool IsSelected(const Options& options, const Mutation& mutation) {
  const auto any = [](const std::vector<std::string>& list, const auto& holds) {
    return list.empty() || std::any_of(list.begin(), list.end(), holds);
  };
  return any(options.areas,
             [&](const std::string& area) { return area == mutation.area; }) &&
         any(options.patterns, [&](const std::string& pattern) {
           return MatchesPattern(mutation.name, pattern);
         });
}

bool Write(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out) std::perror(("mutant-matrix: " + path).c_str());
  return static_cast<bool>(out);
}

int Run(Options options) {
  const auto catalogue = LoadCatalogue(options.scenarios);
  if (!catalogue) {
    for (const auto& error : catalogue.error()) {
      std::fprintf(stderr, "%s\n", error.ToString().c_str());
    }
    return kBadInput;
  }
  const auto problems = ProblemsOf(Mutations(), *catalogue);
  for (const std::string& problem : problems) Complain(kBadInput, problem);
  if (!problems.empty()) return kBadInput;
  std::vector<const Mutation*> variants;
  for (const Mutation& mutation : Mutations()) {
    if (IsSelected(options, mutation)) variants.push_back(&mutation);
  }
  if (variants.empty()) {
    return Complain(kBadInput, "no variant is selected; mutant-adapter list");
  }
  if (options.claims) options.matrix.depth = Depth::kClaims;
  if (options.full) options.matrix.depth = Depth::kFull;
  if (options.exhaustive) options.matrix.depth = Depth::kExhaustive;
  // Of a few, a fifth says nothing.
  options.matrix.judge_breadth = variants.size() == Mutations().size();
  const bool progress = isatty(STDERR_FILENO) != 0;
  Matrix matrix;
  try {
    matrix = RunMatrix(variants, catalogue->scenarios,
                       MatrixPrograms::In(options.programs), options.matrix,
                       [&](size_t done, size_t all) {
                         if (progress) {
                           std::fprintf(stderr, "\r%zu of %zu ", done, all);
                         }
                       });
  } catch (const std::exception& failure) {
    return Complain(kEnvironment, failure.what());
  }
  if (progress) std::fputs("\r\033[K", stderr);
  std::fputs(MatrixText(matrix, *catalogue).c_str(), stdout);
  if (!Write(options.markdown, MatrixMarkdown(matrix, *catalogue)) ||
      !Write(options.report.empty() ? "" : options.report.substr(kJson.size()),
             MatrixJson(matrix, *catalogue))) {
    return kBadInput;
  }
  return matrix.good() ? kPassed : kFailed;
}

int Main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  Options options;
  options.matrix.jobs =
      2 * static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  CLI::App app("Judges the suite with broken harnesses and CLIs.",
               "mutant-matrix");
  app.footer(kFooter);
  app.add_option("pattern", options.patterns, "variants, with * and ?");
  app.add_option("--area", options.areas, "only variants of these areas")
      ->allow_extra_args(false);
  auto* claims = app.add_flag("--claims", options.claims,
                              "only scenarios of the clauses that it breaks, "
                              "until one catches it");
  auto* full = app.add_flag(
      "--full", options.full,
      "every scenario whose sound run the variant would have changed");
  app.add_flag("--exhaustive", options.exhaustive,
               "every scenario, for every variant: hours")
      ->excludes(full)
      ->excludes(claims);
  full->excludes(claims);
  app.add_option("--jobs,-j", options.matrix.jobs, "how many at once")
      ->check(CLI::Range(1, 256));
  app.add_option("--timeout", options.matrix.timeout_ms,
                 "milliseconds for each scenario")
      ->check(CLI::Range(1, 86400000));
  app.add_option("--markdown", options.markdown, "write the table to a file");
  app.add_option("--report", options.report, "json=FILE: all of it")
      ->check([](const std::string& report) {
        return report.size() > kJson.size() && report.starts_with(kJson)
                   ? ""
                   : "--report takes json=FILE, not \"" + report + "\"";
      });
  app.add_option("--scenarios", options.scenarios, "directory of scenarios");
  app.add_option("--programs", options.programs,
                 "directory of copilot-harness, mutant-adapter, fake-copilot, "
                 "fake-model and fake-mcp");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kBadInput;
  }
  return Run(std::move(options));
}

}  // namespace
}  // namespace copilot::conformance

int main(int argc, char** argv) {
  return copilot::conformance::Main(argc, argv);
}
