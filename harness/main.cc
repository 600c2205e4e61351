// SPDX-License-Identifier: MIT
//
// copilot-harness: a turn from the shell, and the conformance adapter.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "harness/adapter.h"
#include "harness/harness.h"
#include "harness/uuid.h"

namespace copilot::harness {
namespace {

enum ExitCode { kOk = 0, kTurnFailed = 1, kUsage = 2, kEnvironment = 3 };

constexpr char kFooter[] = R"(
Examples:
  copilot-harness run --prompt "What is 2+2?"
  copilot-harness run --prompt "Go on" --session work --store state.json
  copilot-harness run --prompt hi --cli fake-copilot --json
  copilot-harness run --prompt hi --cli-url 127.0.0.1:4711

The CLI is --cli, else COPILOT_CLI_PATH, else `copilot` in PATH. Tokens come
from the environment only: OPENCLAW_GITHUB_TOKEN, COPILOT_GITHUB_TOKEN,
GH_TOKEN, GITHUB_TOKEN, in this order.

Exit codes: 0 the turn succeeded; 1 it failed, timed out or was aborted;
2 wrong usage; 3 no CLI, or no auth that can be used.
)";

struct RunOptions {
  std::string prompt;
  std::string cli;
  std::string cli_url;
  std::string model = "gpt-4.1";
  std::string session = "shell";
  std::string store;
  std::string cwd;
  std::string agent;
  std::string home;
  std::string provider_url;
  std::string provider_key_variable;
  int timeout_s = 600;
  bool json = false;
};

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string FindInPath(const std::string& name) {
  const std::string path = Variable("PATH");
  size_t at = 0;
  while (at <= path.size()) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, end - at) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return "";
}

Expected<CliTarget> Locate(const RunOptions& options) {
  CliTarget target;
  if (!options.cli_url.empty()) {
    const size_t colon = options.cli_url.rfind(':');
    const int port = colon == std::string::npos
                         ? 0
                         : std::atoi(options.cli_url.c_str() + colon + 1);
    if (port < 1 || port > 65535) {
      return Fail("--cli-url " + options.cli_url +
                  ": expected HOST:PORT with a port from 1 to 65535");
    }
    target.host = options.cli_url.substr(0, colon);
    target.port = port;
    return target;
  }
  target.path =
      options.cli.empty() ? Variable("COPILOT_CLI_PATH") : options.cli;
  if (target.path.empty()) {
    target.path = FindInPath("copilot");
  } else if (target.path.find('/') == std::string::npos) {
    target.path = FindInPath(target.path);
  }
  if (target.path.empty() || access(target.path.c_str(), F_OK) != 0) {
    return Fail(
        "no Copilot CLI: pass --cli, set COPILOT_CLI_PATH, or install it with "
        "`npm install -g @github/copilot`",
        "COPILOT_CLI_MISSING");
  }
  return target;
}

AttemptParams MakeParams(const RunOptions& options) {
  AttemptParams params;
  params.session_id = options.session;
  params.run_id = RandomUuid();
  params.prompt = options.prompt;
  params.provider = "github-copilot";
  params.model_id = options.model;
  params.agent_id = options.agent;
  params.copilot_home = options.home;
  params.workspace_dir = options.cwd.empty()
                             ? std::filesystem::current_path().string()
                             : options.cwd;
  params.timeout_ms = int64_t{options.timeout_s} * 1000;
  if (!options.provider_url.empty()) {
    params.session_provider = {{"type", "openai"},
                               {"baseUrl", options.provider_url},
                               {"wireApi", "completions"}};
    const std::string key =
        options.provider_key_variable.empty()
            ? ""
            : Variable(options.provider_key_variable.c_str());
    if (!key.empty()) params.session_provider["apiKey"] = key;
  }
  return params;
}

AttemptHost MakeHost(bool stream) {
  AttemptHost host;
  if (stream) {
    host.on_delta = [](const Json& delta) -> Status {
      std::fputs(delta.value("delta", "").c_str(), stdout);
      std::fflush(stdout);
      return {};
    };
  }
  host.log = [](const std::string& level, const std::string& message) {
    std::fprintf(stderr, "copilot-harness: %s: %s\n", level.c_str(),
                 message.c_str());
  };
  return host;
}

int Report(const RunOptions& options, const Expected<AttemptResult>& result) {
  if (!result) {
    std::fprintf(stderr, "copilot-harness: %s\n",
                 result.error().message.c_str());
    return kEnvironment;
  }
  const bool failed =
      result->prompt_error || result->timed_out || result->aborted;
  if (options.json) {
    std::printf("%s\n", result->ToJson()
                            .dump(2, ' ', false, Json::error_handler_t::replace)
                            .c_str());
    return failed ? kTurnFailed : kOk;
  }
  std::puts("");
  if (result->prompt_error) {
    std::fprintf(stderr, "copilot-harness: %s\n",
                 result->prompt_error->message.c_str());
  } else if (result->timed_out) {
    std::fprintf(stderr, "copilot-harness: no answer within %d s\n",
                 options.timeout_s);
  }
  return failed ? kTurnFailed : kOk;
}

int Run(const RunOptions& options) {
  auto target = Locate(options);
  if (!target) {
    std::fprintf(stderr, "copilot-harness: %s\n",
                 target.error().message.c_str());
    return kEnvironment;
  }
  HarnessOptions harness_options;
  harness_options.cli = std::move(*target);
  if (!options.store.empty()) {
    harness_options.store =
        MakeFileBindingStore(std::filesystem::absolute(options.store));
  }
  Harness harness(std::move(harness_options));
  return Report(options, harness.RunAttempt(MakeParams(options),
                                            MakeHost(!options.json)));
}

int Completion(const std::string& shell) {
  const std::string words =
      "run adapter completion --prompt --cli --cli-url --model --session "
      "--store --cwd --agent --home --timeout --json --provider-base-url "
      "--provider-key-env --help";
  if (shell == "bash") {
    std::printf("complete -f -W '%s' copilot-harness\n", words.c_str());
  } else if (shell == "zsh") {
    std::printf("#compdef copilot-harness\n_arguments '*: :(%s)'\n",
                words.c_str());
  } else if (shell == "fish") {
    std::printf("complete -c copilot-harness -a '%s'\n", words.c_str());
  } else {
    std::fputs("copilot-harness: completion is for bash, zsh or fish\n",
               stderr);
    return kUsage;
  }
  return kOk;
}

int Main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  CLI::App app("Runs agent turns through the GitHub Copilot CLI.",
               "copilot-harness");
  app.footer(kFooter);
  app.require_subcommand(1);
  RunOptions options;
  auto* run = app.add_subcommand("run", "run one turn");
  run->add_option("--prompt,-p", options.prompt, "what to say")->required();
  run->add_option("--cli", options.cli, "the CLI to start");
  run->add_option("--cli-url", options.cli_url, "a running CLI server");
  run->add_option("--model", options.model, "model id")->capture_default_str();
  run->add_option("--session", options.session, "name of the conversation")
      ->capture_default_str();
  run->add_option("--store", options.store,
                  "file that remembers conversations between runs");
  run->add_option("--cwd", options.cwd, "working directory of the turn");
  run->add_option("--agent", options.agent, "agent id");
  run->add_option("--home", options.home, "state directory of the CLI");
  run->add_option("--timeout", options.timeout_s, "seconds")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  run->add_option("--provider-base-url", options.provider_url,
                  "OpenAI-compatible endpoint instead of GitHub's models");
  run->add_option("--provider-key-env", options.provider_key_variable,
                  "variable that holds its key");
  run->add_flag("--json", options.json, "print the whole result");
  auto* adapter =
      app.add_subcommand("adapter", "speak the conformance adapter protocol");
  std::string shell;
  auto* completion = app.add_subcommand("completion", "shell completion");
  completion->add_option("shell", shell)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  if (adapter->parsed()) return RunAdapter();
  if (completion->parsed()) return Completion(shell);
  return Run(options);
}

}  // namespace
}  // namespace copilot::harness

int main(int argc, char** argv) { return copilot::harness::Main(argc, argv); }
