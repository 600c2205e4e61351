// SPDX-License-Identifier: MIT
//
// copilot-harness: a turn from the shell, and the conformance adapter.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "harness/adapter.h"
#include "harness/compact_command.h"
#include "harness/completion.h"
#include "harness/doctor_command.h"
#include "harness/explain_command.h"
#include "harness/run_command.h"

namespace copilot::harness {
namespace {

constexpr char kVersion[] = "0.1.0";

constexpr char kFooter[] = R"(
Examples:
  copilot-harness run --prompt "What is 2+2?"
  copilot-harness run                                 # a conversation
  git diff | copilot-harness run --json               # the prompt is stdin
  copilot-harness run --prompt "Go on" --session work --store state.json
  copilot-harness compact --session work --store state.json
  copilot-harness run --prompt hi --cli-url 127.0.0.1:4711
  copilot-harness run --prompt hi --config openclaw.json --agent main
  copilot-harness explain --config openclaw.json --agent main
  copilot-harness doctor --config openclaw.json
  copilot-harness completion bash > /etc/bash_completion.d/copilot-harness

The CLI is --cli-url, else --cli, else COPILOT_CLI_PATH, else `copilot` beside
this program, in the plugin's fallback directory, or in PATH. Tokens come from
the environment: OPENCLAW_GITHUB_TOKEN, COPILOT_GITHUB_TOKEN, GH_TOKEN,
GITHUB_TOKEN, in this order; without one the CLI's logged-in user is used.
With --config a key of the configuration comes first.

Permissions and questions are asked on a terminal; elsewhere, and with --json,
what --allow does not name is rejected, and questions get no answer. Ctrl-C
aborts the turn, a second one ends the program. There is colour on terminals
only, and none with NO_COLOR.

Exit codes: 0 it was done; 1 the turn or compaction failed, timed out or was
interrupted, doctor found errors, or explain says that no turn would get to
the CLI; 2 wrong usage, or a configuration that cannot be used; 3 no CLI, or
no auth that can be used.
)";

// Where the conversation is and what it runs with, for run and compact.
void AddConversation(CLI::App* command, RunOptions* options) {
  command->add_option("--cli", options->cli, "the CLI to start");
  command->add_option("--cli-url", options->cli_url,
                      "HOST:PORT of a running CLI server");
  auto* const config = command->add_option(
      "--config", options->config,
      "the host's configuration, for model and directories");
  command->add_option("--agent", options->agent, "agent id");
  command->add_option(
      "--model", options->model,
      std::string("model id, with --config provider/id or alias; default: ") +
          kDefaultModel + ", or the configured one");
  command->add_option("--session", options->session, "name of the conversation")
      ->capture_default_str();
  command->add_option("--cwd", options->cwd, "working directory of the turn");
  command->add_option("--home", options->home, "state directory of the CLI");
  command
      ->add_option("--provider-base-url", options->provider_url,
                   "OpenAI-compatible endpoint instead of GitHub's models")
      ->excludes(config);
  command->add_option("--provider-key-env", options->provider_key_variable,
                      "variable that holds its key");
  command->add_flag("--json", options->turn.json, "print the whole result");
}

void AddRun(CLI::App* run, RunOptions* options) {
  const CLI::IsMember kinds({"shell", "write", "mcp", "read", "url",
                             "custom-tool", "memory", "hook"});
  run->add_option("--prompt,-p", options->prompt,
                  "what to say; default: stdin, or a conversation");
  AddConversation(run, options);
  run->add_option("--store", options->store,
                  "file that remembers conversations between runs");
  run->add_option("--attach", options->attach,
                  "an image that goes with the prompt; may be repeated")
      ->allow_extra_args(false);
  run->add_option("--timeout", options->timeout_s, "seconds")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  run->add_option("--allow", options->turn.allow,
                  "kinds of permission requests to approve")
      ->check(kinds)
      ->delimiter(',');
  run->add_option("--deny", options->turn.deny,
                  "kinds to reject, whatever --allow says")
      ->check(kinds)
      ->delimiter(',');
}

void AddCompact(CLI::App* compact, RunOptions* options) {
  AddConversation(compact, options);
  compact
      ->add_option("--store", options->store,
                   "file that remembers conversations between runs")
      ->required();
  compact->add_option("--instructions", options->instructions,
                      "what the summary should heed");
}

void AddExplain(CLI::App* explain, ExplainOptions* options) {
  explain->add_option("--config", options->config, "the host's configuration")
      ->required();
  explain->add_option("--agent", options->agent,
                      "agent id; default: the configuration's default");
  explain->add_option("--model", options->model,
                      "provider/id or alias instead of the configured model");
  explain->add_option("--home", options->home,
                      "state directory of the CLI, as of run");
  explain->add_flag("--json", options->json, "print JSON");
}

void AddDoctor(CLI::App* doctor, DoctorOptions* options) {
  doctor->add_option("--config", options->config, "the host's configuration");
  doctor->add_flag("--json", options->json, "print JSON");
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
  auto* run = app.add_subcommand("run", "run a turn, or a conversation");
  AddRun(run, &options);
  RunOptions compact_options;
  auto* compact =
      app.add_subcommand("compact", "make a stored conversation shorter");
  AddCompact(compact, &compact_options);
  ExplainOptions explain_options;
  auto* explain =
      app.add_subcommand("explain", "tell what a turn would run with, and why");
  AddExplain(explain, &explain_options);
  DoctorOptions doctor_options;
  auto* doctor =
      app.add_subcommand("doctor", "examine the host's configuration");
  AddDoctor(doctor, &doctor_options);
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
  if (compact->parsed()) return CompactCommand(compact_options);
  if (explain->parsed()) return ExplainCommand(explain_options);
  if (doctor->parsed()) return DoctorCommand(doctor_options);
  if (completion->parsed()) return PrintCompletion(shell);
  return RunCommand(options);
}

}  // namespace
}  // namespace copilot::harness

int main(int argc, char** argv) { return copilot::harness::Main(argc, argv); }
