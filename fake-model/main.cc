// SPDX-License-Identifier: MIT
//
// fake-model: a scriptable model provider on loopback.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "fake-model/completion.h"
#include "fake-model/server.h"

namespace copilot::fake_model {
namespace {

constexpr int kBadUsage = 2;
constexpr int kCannotListen = 3;

constexpr char kHelp[] =
    R"(fake-model: a scriptable model provider (OpenAI, Anthropic, Azure, Ollama),
and the Copilot API that a signed-in CLI talks to.

Usage:
  fake-model [--port N] [--host H] [--script FILE] [--record FILE] [--strict]
             [--tls-cert FILE --tls-key FILE] [--until-eof]
  fake-model check FILE...
  fake-model completion bash|zsh|fish

Options:
  --port N         listen on this port (default: a free one)
  --host H         on this address (default: 127.0.0.1)
  --script FILE    what to answer; "Hello from the model." without one
  --record FILE    append every request to FILE as a JSON line
  --strict         answer requests that break the rules of their API with 400
  --tls-cert FILE  serve https with this certificate chain (PEM)
  --tls-key FILE   and this private key (PEM)
  --until-eof      also end when stdin ends

Prints "fake-model listening on http://127.0.0.1:PORT/v1" and serves until
SIGTERM or SIGINT.

Examples:
  fake-model --script answers.json --record requests.jsonl
  fake-model check answers.json
  COPILOT_OFFLINE=true COPILOT_MODEL=gpt-4.1 \
    COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:PORT/v1 copilot -p 'Hi'
  COPILOT_API_URL=http://127.0.0.1:PORT COPILOT_GITHUB_TOKEN=gho_any \
    COPILOT_DEBUG_GITHUB_API_URL=http://127.0.0.1:PORT copilot -p 'Hi'

Exit codes: 0 ended by a signal or the end of stdin, or the check passed; 2
wrong script or usage; 3 cannot listen, or the record cannot be written.
)";

struct Options {
  std::string host = "127.0.0.1";
  int port = 0;
  std::string script;
  std::string record;
  ServerOptions server;
  bool until_eof = false;
};

int Usage(const std::string& problem) {
  std::fprintf(stderr, "fake-model: %s; see fake-model --help\n",
               problem.c_str());
  return kBadUsage;
}

void PrintErrors(const wire::DocumentErrors& errors) {
  for (const wire::DocumentError& error : errors) {
    std::fprintf(stderr, "fake-model: %s\n", error.ToString().c_str());
  }
}

int Check(const std::vector<std::string>& files) {
  if (files.empty()) return Usage("check needs a file");
  int code = 0;
  for (const std::string& file : files) {
    if (const auto script = Script::Load(file); script) {
      std::printf("%s: ok\n", file.c_str());
    } else {
      PrintErrors(script.error());
      code = kBadUsage;
    }
  }
  return code;
}

std::optional<int> ParsePort(const std::string& text) {
  int port = -1;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port < 0 || port > 65535) {
    return std::nullopt;
  }
  return port;
}

// What an option with a value sets; null for another argument.
std::string* Target(const std::string& name, Options& options,
                    std::string& port) {
  if (name == "--port") return &port;
  if (name == "--host") return &options.host;
  if (name == "--script") return &options.script;
  if (name == "--record") return &options.record;
  if (name == "--tls-cert") return &options.server.tls_cert;
  if (name == "--tls-key") return &options.server.tls_key;
  return nullptr;
}

// The options, or what is wrong with the command line.
tl::expected<Options, std::string> ParseOptions(
    const std::vector<std::string>& arguments) {
  Options options;
  std::string port = "0";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "--until-eof") {
      options.until_eof = true;
    } else if (name == "--strict") {
      options.server.strict = true;
    } else if (std::string* target = Target(name, options, port)) {
      if (++i == arguments.size()) {
        return tl::unexpected(fmt::format("{} needs a value", name));
      }
      *target = arguments[i];
    } else {
      return tl::unexpected(fmt::format("unknown argument '{}'", name));
    }
  }
  const auto number = ParsePort(port);
  if (!number) {
    return tl::unexpected(
        fmt::format("--port is '{}', expected a number from 0 to 65535", port));
  }
  options.port = *number;
  if (options.server.tls_cert.empty() != options.server.tls_key.empty()) {
    return tl::unexpected(std::string("--tls-cert and --tls-key go together"));
  }
  return options;
}

// SIGTERM and SIGINT as something to read. Before any thread is made.
int SignalDescriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

void WaitForEnd(int signal_fd, bool until_eof) {
  pollfd fds[] = {{signal_fd, POLLIN, 0},
                  {until_eof ? STDIN_FILENO : -1, POLLIN, 0}};
  while (true) {
    if (poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (fds[0].revents != 0) return;
    char skipped[4096];
    if (fds[1].revents != 0 &&
        read(STDIN_FILENO, skipped, sizeof(skipped)) <= 0) {
      return;
    }
  }
}

int Serve(const Options& options) {
  Script script;
  if (!options.script.empty()) {
    auto loaded = Script::Load(options.script);
    if (!loaded) {
      PrintErrors(loaded.error());
      return kBadUsage;
    }
    script = std::move(*loaded);
  }
  Record record;
  if (!options.record.empty()) {
    if (const auto opened = record.Open(options.record); !opened) {
      std::fprintf(stderr, "fake-model: %s\n", opened.error().c_str());
      return kCannotListen;
    }
  }
  const int signal_fd = SignalDescriptor();
  Server server(std::move(script), record, options.server);
  const auto port = server.Start(options.host, options.port);
  if (!port) {
    std::fprintf(stderr, "fake-model: %s\n", port.error().c_str());
    return kCannotListen;
  }
  const bool ipv6 = options.host.find(':') != std::string::npos;
  std::printf("fake-model listening on %s://%s%s%s:%d/v1\n",
              options.server.tls_cert.empty() ? "http" : "https",
              ipv6 ? "[" : "", options.host.c_str(), ipv6 ? "]" : "", *port);
  std::fflush(stdout);
  WaitForEnd(signal_fd, options.until_eof);
  // Connections that a client keeps open hold up an orderly stop; nothing is
  // lost without one.
  std::fflush(stdout);
  _exit(0);
}

int Main(const std::vector<std::string>& arguments) {
  signal(SIGPIPE, SIG_IGN);
  const std::string command = arguments.empty() ? "" : arguments[0];
  const std::vector<std::string> rest(
      arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (command == "--help" || command == "-h" || command == "help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (command == "check") return Check(rest);
  if (command == "completion") {
    const auto text = Completion(rest.empty() ? "" : rest[0]);
    if (!text) return Usage("completion is for bash, zsh or fish");
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  const auto options = ParseOptions(arguments);
  return options ? Serve(*options) : Usage(options.error());
}

}  // namespace
}  // namespace copilot::fake_model

int main(int argc, char** argv) {
  return copilot::fake_model::Main(
      std::vector<std::string>(argv + 1, argv + argc));
}
