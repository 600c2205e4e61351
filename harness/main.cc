// SPDX-License-Identifier: MIT
//
// copilot-harness: a turn from the shell, and the conformance adapter.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "harness/adapter.h"
#include "harness/completion.h"
#include "harness/run_command.h"

namespace copilot::harness {
namespace {

constexpr char kVersion[] = "0.1.0";

constexpr char kFooter[] = R"(
Examples:
  copilot-harness run --prompt "What is 2+2?"
  copilot-harness run --prompt "Go on" --session work --store state.json
  copilot-harness run --prompt hi --cli fake-copilot --json
  copilot-harness run --prompt hi --cli-url 127.0.0.1:4711
  copilot-harness completion bash > /etc/bash_completion.d/copilot-harness

The CLI is --cli-url, else --cli, else COPILOT_CLI_PATH, else `copilot` in
PATH. Tokens come from the environment only: OPENCLAW_GITHUB_TOKEN,
COPILOT_GITHUB_TOKEN, GH_TOKEN, GITHUB_TOKEN, in this order; without one the
CLI's logged-in user is used. Every permission request is rejected. Output
has no colour.

Exit codes: 0 the turn succeeded; 1 it failed, timed out or was interrupted;
2 wrong usage; 3 no CLI, or no auth that can be used.
)";

void AddRun(CLI::App* run, RunOptions* options) {
  run->add_option("--prompt,-p", options->prompt, "what to say")->required();
  run->add_option("--cli", options->cli, "the CLI to start");
  run->add_option("--cli-url", options->cli_url,
                  "HOST:PORT of a running CLI server");
  run->add_option("--model", options->model, "model id")->capture_default_str();
  run->add_option("--session", options->session, "name of the conversation")
      ->capture_default_str();
  run->add_option("--store", options->store,
                  "file that remembers conversations between runs");
  run->add_option("--cwd", options->cwd, "working directory of the turn");
  run->add_option("--agent", options->agent, "agent id");
  run->add_option("--home", options->home, "state directory of the CLI");
  run->add_option("--timeout", options->timeout_s, "seconds")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  run->add_option("--provider-base-url", options->provider_url,
                  "OpenAI-compatible endpoint instead of GitHub's models");
  run->add_option("--provider-key-env", options->provider_key_variable,
                  "variable that holds its key");
  run->add_flag("--json", options->json, "print the whole result");
}

int PrintCompletion(const std::string& shell) {
  const auto script = CompletionScript(shell);
  if (!script) {
    std::fputs("copilot-harness: completion is for bash, zsh or fish\n",
               stderr);
    return kUsage;
  }
  std::fputs(script->c_str(), stdout);
  return kOk;
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Runs agent turns through the GitHub Copilot CLI.",
               "copilot-harness");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("copilot-harness ") + kVersion);
  app.require_subcommand(1);
  RunOptions options;
  auto* run = app.add_subcommand("run", "run one turn");
  AddRun(run, &options);
  auto* adapter =
      app.add_subcommand("adapter", "speak the conformance adapter protocol");
  std::string shell;
  auto* completion =
      app.add_subcommand("completion", "print a completion script");
  completion->add_option("shell", shell, "bash, zsh or fish")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  if (adapter->parsed()) return RunAdapter();
  if (completion->parsed()) return PrintCompletion(shell);
  return RunCommand(options);
}

}  // namespace
}  // namespace copilot::harness

int main(int argc, char** argv) { return copilot::harness::Main(argc, argv); }
