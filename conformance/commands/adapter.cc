// SPDX-License-Identifier: MIT
//
// copilot-conformance adapter: check and capabilities.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "conformance/commands/command.h"
#include "conformance/protocol/capabilities.h"
#include "conformance/protocol/check.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

struct Options {
  std::vector<std::string> command;
  std::string fake_cli;
  int timeout_ms = 10000;
};

class Printer {
 public:
  Printer()
      : colour_(isatty(STDOUT_FILENO) != 0 && OwnVariable("NO_COLOR").empty() &&
                OwnVariable("TERM") != "dumb") {}

  void Print(const CheckStep& step) const {
    switch (step.state) {
      case CheckStep::State::kOk:
        Line("32;1", "ok", step.name);
        Indented(step.detail, "2");
        break;
      case CheckStep::State::kWrong:
        Line("31;1", "WRONG", step.name);
        Indented(step.detail, "");
        break;
      case CheckStep::State::kNotAnnounced:
      case CheckStep::State::kNotReached:
        Line("33", "-", step.name);
        Indented(step.detail, "2");
        break;
    }
    std::fflush(stdout);
  }

  std::string Paint(const char* code, const std::string& text) const {
    return colour_ && *code != '\0'
               ? fmt::format("\033[{}m{}\033[0m", code, text)
               : text;
  }

 private:
  void Line(const char* code, const char* word, const std::string& name) const {
    std::printf("%s %s\n", Paint(code, fmt::format("{:<5}", word)).c_str(),
                name.c_str());
  }
  void Indented(const std::string& text, const char* code) const {
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
      std::printf("        %s\n", Paint(code, line).c_str());
    }
  }

  const bool colour_;
};

void PrintSummary(const CheckResult& result, const Catalogue& catalogue,
                  const Printer& printer) {
  const auto count = [&](CheckStep::State state) {
    return std::count_if(result.steps.begin(), result.steps.end(),
                         [&](const auto& step) { return step.state == state; });
  };
  const CapabilityWorth worth =
      WorthOf(result.capabilities, catalogue.scenarios);
  std::puts("");
  // Without initialize nothing is known.
  if (result.steps.front().state == CheckStep::State::kOk) {
    std::printf("%zu of %zu scenarios for harnesses would run\n", worth.runs,
                worth.total);
    for (const auto& [capability, more] : worth.would_add) {
      std::printf("%5zu more with \"%s\"\n", more, capability.c_str());
    }
  }
  const auto wrong = count(CheckStep::State::kWrong);
  const auto unreached = count(CheckStep::State::kNotReached);
  std::string last =
      fmt::format("{} ok, {} wrong", count(CheckStep::State::kOk), wrong);
  if (unreached > 0) last += fmt::format(", {} not reached", unreached);
  const auto absent = count(CheckStep::State::kNotAnnounced);
  if (absent > 0) last += fmt::format(", {} not announced", absent);
  std::printf("%s\n",
              printer.Paint(result.passed() ? "32;1" : "31;1", last).c_str());
}

int Check(const Common& common, const Options& options) {
  const auto catalogue = LoadCatalogue(common.scenarios);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  Programs programs;
  programs.fake_cli = options.fake_cli;
  const Settings settings = programs.ToSettings();
  if (settings.fake_cli.empty()) {
    return EnvironmentProblem(
        "fake-copilot is not beside this program; use --fake-cli");
  }
  CheckRequest request;
  request.command = WithAbsolutePaths(options.command);
  request.fake_cli = settings.fake_cli;
  request.path = settings.path;
  request.limit = std::chrono::milliseconds(options.timeout_ms);
  const Printer printer;
  try {
    const CheckResult result = CheckAdapter(
        request, [&](const CheckStep& step) { printer.Print(step); });
    if (!result.passed() && !result.stderr_tail.empty()) {
      std::printf("\n%s\n%s", printer.Paint("2", "stderr").c_str(),
                  result.stderr_tail.c_str());
    }
    PrintSummary(result, *catalogue, printer);
    return result.passed() ? kPassed : kFailed;
  } catch (const std::exception& failure) {
    return EnvironmentProblem(failure.what());
  }
}

int PrintCapabilities(const Common& common) {
  const auto catalogue = LoadCatalogue(common.scenarios);
  if (!catalogue) {
    PrintErrors(catalogue.error());
    return kBadInput;
  }
  std::fputs(CapabilityTable(catalogue->scenarios).c_str(), stdout);
  return kPassed;
}

}  // namespace

void AddAdapter(CLI::App& app, const Common& common, int* code) {
  const auto options = std::make_shared<Options>();
  auto* adapter = app.add_subcommand("adapter", "for those who write adapters");
  adapter->require_subcommand(1);
  auto* check = adapter->add_subcommand(
      "check", "walk an adapter through the protocol, step by step");
  check
      ->add_option("command", options->command,
                   "the adapter and its arguments, after --")
      ->required();
  AddProgram(check, "--fake-cli", &options->fake_cli, "another fake-copilot");
  check
      ->add_option("--timeout", options->timeout_ms,
                   "milliseconds for each answer (default: 10000)")
      ->check(CLI::Range(1, 86400000));
  check->callback(
      [&common, code, options] { *code = Check(common, *options); });
  auto* capabilities = adapter->add_subcommand(
      "capabilities",
      "what an adapter may announce, and how many scenarios need it");
  capabilities->callback(
      [&common, code] { *code = PrintCapabilities(common); });
}

}  // namespace copilot::conformance
