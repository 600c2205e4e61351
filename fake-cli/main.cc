// SPDX-License-Identifier: MIT
//
// fake-copilot: the server the SDKs start, and a few commands of our own.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "fake-cli/completion.h"
#include "fake-cli/methods/listing.h"
#include "fake-cli/server.h"
#include "fake-cli/wrap.h"

namespace copilot::fake_cli {
namespace {

constexpr char kHelp[] =
    R"(fake-copilot: a scriptable fake of the GitHub Copilot CLI's server mode.

Usage:
  fake-copilot --headless (--stdio | [--port N] [--host H]) [options]
  fake-copilot wrap --out FILE [--script FILE] [--journal FILE]
                    [--emulate VERSION]
  fake-copilot check FILE...
  fake-copilot methods [--json] [--schemas DIR]
  fake-copilot completion bash|zsh|fish

Options of the server, as the real CLI has them:
  --stdio                     speak over stdin and stdout
  --port N, --host H          listen on TCP (default: 127.0.0.1, any free port)
  --auth-token-env VAR        read a GitHub token from VAR
  --no-auto-login             nobody is logged in
  --log-level L, --no-auto-update, --session-idle-timeout S, --remote
                              accepted
  --version

Options of the fake:
  --script FILE               play this script (or FAKE_COPILOT_SCRIPT)
  --journal FILE              record everything (or FAKE_COPILOT_JOURNAL)
  --emulate VERSION           speak as this earlier release of the CLI
                              (or FAKE_COPILOT_EMULATE)

Methods of the real CLI's API, as "methods" lists them, are
  full                        as in the real CLI, as far as a client can see
  scripted                    the same, but a script decides what comes of it
  stub                        one plausible answer
  absent                      unknown, though the schemas of a release (DIR, see
                              docs/schemas.md) name them

Examples:
  COPILOT_CLI_PATH=$(which fake-copilot) npm test
  fake-copilot check script.json
  fake-copilot wrap --out ./copilot --script script.json --journal log.jsonl
  fake-copilot methods | grep '^stub'

Exit codes: 0 ended in order; 1 wrong command line, as the real CLI; 2 wrong
script, unknown release to emulate or wrong usage of a command of the fake; 3
the journal or a file cannot be written.
)";

void PrintErrors(const wire::DocumentErrors& errors) {
  for (const wire::DocumentError& error : errors) {
    std::fprintf(stderr, "fake-copilot: %s\n", error.ToString().c_str());
  }
}

int Usage(const std::string& problem) {
  std::fprintf(stderr, "fake-copilot: %s; see fake-copilot --help\n",
               problem.c_str());
  return 2;
}

int Check(const std::vector<std::string>& files) {
  if (files.empty()) return Usage("check needs a file");
  int code = 0;
  for (const std::string& file : files) {
    const auto script = Script::Load(file);
    if (script) {
      std::printf("%s: ok\n", file.c_str());
    } else {
      PrintErrors(script.error());
      code = 2;
    }
  }
  return code;
}

int RunWrap(const std::vector<std::string>& arguments) {
  WrapOptions options;
  options.program = std::filesystem::read_symlink("/proc/self/exe");
  for (size_t i = 0; i < arguments.size(); i += 2) {
    std::string* value = arguments[i] == "--out"       ? &options.out
                         : arguments[i] == "--script"  ? &options.script
                         : arguments[i] == "--journal" ? &options.journal
                         : arguments[i] == "--emulate" ? &options.emulate
                                                       : nullptr;
    if (value == nullptr) {
      return Usage("wrap does not know '" + arguments[i] + "'");
    }
    if (i + 1 == arguments.size()) {
      return Usage(arguments[i] + " needs a value");
    }
    *value = arguments[i + 1];
  }
  if (options.out.empty()) return Usage("wrap needs --out FILE");
  if (!options.emulate.empty()) {
    if (const auto release = Release::Find(options.emulate); !release) {
      return Usage(release.error());
    }
  }
  if (!options.script.empty()) {
    if (const auto script = Script::Load(options.script); !script) {
      PrintErrors(script.error());
      return 2;
    }
  }
  if (const auto done = Wrap(options); !done) {
    std::fprintf(stderr, "fake-copilot: %s\n", done.error().c_str());
    return 3;
  }
  return 0;
}

bool WantsColour() {
  const char* no_colour = getenv("NO_COLOR");
  const char* terminal = getenv("TERM");
  return (no_colour == nullptr || *no_colour == '\0') &&
         (terminal == nullptr || std::string(terminal) != "dumb");
}

int RunMethods(const std::vector<std::string>& arguments) {
  bool json = false;
  std::set<std::string> published;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--json") {
      json = true;
    } else if (arguments[i] == "--schemas" && i + 1 < arguments.size()) {
      auto methods = PublishedMethods(arguments[++i]);
      if (!methods) {
        std::fprintf(stderr, "fake-copilot: %s\n", methods.error().c_str());
        return 2;
      }
      published = std::move(*methods);
    } else {
      return Usage(arguments[i] == "--schemas"
                       ? "--schemas needs a value"
                       : "methods does not know '" + arguments[i] + "'");
    }
  }
  const auto methods = ListMethods(published);
  const std::string text = json ? MethodsJson(methods)
                           : isatty(STDOUT_FILENO) != 0
                               ? MethodTableText(methods, WantsColour())
                               : MethodLines(methods);
  std::fputs(text.c_str(), stdout);
  return 0;
}

bool Allowed(const std::string& name) {
  for (const char* prefix :
       {"COPILOT_", "GH_", "GITHUB_", "OPENCLAW_", "XDG_", "NODE_"}) {
    if (name.rfind(prefix, 0) == 0) return true;
  }
  return name == "HOME" || name == "PATH";
}

void RecordStart(const std::vector<std::string>& arguments,
                 const Environment& environment, const LaunchOptions& options,
                 const std::string& version, Journal* journal) {
  if (!journal->enabled()) return;
  nlohmann::json members = {{"args", arguments},
                            {"cwd", std::filesystem::current_path().string()},
                            {"version", version},
                            {"transport", options.stdio ? "stdio" : "tcp"}};
  nlohmann::json shown = nlohmann::json::object();
  for (const auto& [name, value] : environment) {
    // The variable that --auth-token-env names may have any name.
    if (name == options.auth_token_variable ||
        Redactor::IsCredentialName(name)) {
      journal->redactor().Learn(value);
    }
    if (Allowed(name)) shown[name] = value;
  }
  members["env"] = std::move(shown);
  if (!options.auth_token.empty()) {
    members["authToken"] = options.auth_token.fingerprint();
  }
  journal->Add("start", std::move(members));
}

int Serve(const std::vector<std::string>& arguments) {
  const Environment environment = CurrentEnvironment();
  auto options = ParseLaunch(arguments, environment);
  if (!options) {
    std::fputs(options.error().out.c_str(), stdout);
    std::fputs(options.error().err.c_str(), stderr);
    return options.error().code;
  }
  Release release;
  if (!options->emulate.empty()) {
    auto found = Release::Find(options->emulate);
    if (!found) return Usage(found.error());
    release = std::move(*found);
  }
  Script script;
  if (!options->script.empty()) {
    auto loaded = Script::Load(options->script);
    if (!loaded) {
      PrintErrors(loaded.error());
      return 2;
    }
    script = std::move(*loaded);
  }
  Journal journal;
  if (!options->journal.empty()) {
    if (const auto opened = journal.Open(options->journal); !opened) {
      std::fprintf(stderr, "fake-copilot: %s\n", opened.error().c_str());
      return 3;
    }
  }
  const std::string version =
      options->emulate.empty() ? script.version() : options->emulate;
  RecordStart(arguments, environment, *options, version, &journal);
  journal.Flush();
  asio::io_context io(1);
  Server server(io, std::move(*options), std::move(script), journal,
                std::move(release));
  const int code = server.Run();
  journal.Flush();
  return code;
}

int Main(const std::vector<std::string>& arguments) {
  signal(SIGPIPE, SIG_IGN);
  const std::string command = arguments.empty() ? "--help" : arguments[0];
  const std::vector<std::string> rest(
      arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (command == "--help" || command == "-h" || command == "help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (command == "--version") {
    std::printf(
        "GitHub Copilot CLI %s.\nRun 'copilot update' to check for updates.\n",
        Script().version().c_str());
    return 0;
  }
  if (command == "check") return Check(rest);
  if (command == "wrap") return RunWrap(rest);
  if (command == "methods") return RunMethods(rest);
  if (command == "completion") {
    const auto text = Completion(rest.empty() ? "" : rest[0]);
    if (!text) return Usage("completion is for bash, zsh or fish");
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  return Serve(arguments);
}

}  // namespace
}  // namespace copilot::fake_cli

int main(int argc, char** argv) {
  return copilot::fake_cli::Main(
      std::vector<std::string>(argv + 1, argv + argc));
}
