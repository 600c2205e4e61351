// SPDX-License-Identifier: MIT
#include "harness/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/harness.h"
#include "harness/uuid.h"

namespace copilot::harness {
namespace {

void Complain(const std::string& text) {
  std::fprintf(stderr, "copilot-harness: %s\n", text.c_str());
}

std::string FindInPath(const std::string& name, const std::string& path) {
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, end - at) + "/" + name;
    if (end > at && access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return "";
}

Expected<CliTarget> ParseUrl(const std::string& url) {
  const size_t colon = url.rfind(':');
  CliTarget target;
  if (colon != std::string::npos) {
    target.host = url.substr(0, colon);
    const char* const begin = url.data() + colon + 1;
    const char* const end = url.data() + url.size();
    const auto parsed = std::from_chars(begin, end, target.port);
    if (parsed.ec != std::errc() || parsed.ptr != end) target.port = 0;
  }
  if (target.host.empty() || target.port < 1 || target.port > 65535) {
    return Fail(
        "--cli-url " + url + ": expected HOST:PORT with a port from 1 to 65535",
        "USAGE");
  }
  return target;
}

// Prints the answer as it comes, and in the end what did not come in pieces.
class Printer {
 public:
  void Delta(const std::string& delta) {
    const std::lock_guard lock(mutex_);
    std::fputs(delta.c_str(), stdout);
    std::fflush(stdout);
    printed_ += delta;
  }

  void Finish(const std::vector<std::string>& texts) {
    const std::lock_guard lock(mutex_);
    if (printed_.empty()) {
      for (const std::string& text : texts) {
        if (!printed_.empty()) printed_ += "\n\n";
        printed_ += text;
      }
      std::fputs(printed_.c_str(), stdout);
    }
    if (!printed_.empty() && printed_.back() != '\n') std::fputc('\n', stdout);
    std::fflush(stdout);
  }

 private:
  std::mutex mutex_;
  std::string printed_;
};

// Turns the first SIGINT or SIGTERM into an abort; the second one ends the
// program in the usual way.
class Interrupts {
 public:
  explicit Interrupts(AbortController abort) : signals_(io_, SIGINT, SIGTERM) {
    signals_.async_wait([this, abort](const std::error_code& error, int) {
      if (error) return;
      signals_.clear();
      abort.Abort("interrupted");
    });
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Interrupts() {
    io_.stop();
    thread_.join();
  }

 private:
  asio::io_context io_;
  asio::signal_set signals_;
  std::thread thread_;
};

int Report(const RunOptions& options, const Expected<AttemptResult>& result,
           Printer* printer) {
  if (!result) {
    Complain(result.error().message);
    return kEnvironment;
  }
  if (options.json) {
    const std::string text =
        result->ToJson().dump(2, ' ', false, Json::error_handler_t::replace);
    std::printf("%s\n", text.c_str());
  } else {
    printer->Finish(result->assistant_texts);
  }
  if (result->prompt_error) {
    Complain(result->prompt_error->message);
    return result->prompt_error->code == "COPILOT_CLI_MISSING" ? kEnvironment
                                                               : kTurnFailed;
  }
  if (result->timed_out) {
    Complain(fmt::format("no complete answer within {} s", options.timeout_s));
  } else if (result->aborted) {
    Complain("interrupted");
  }
  return result->timed_out || result->aborted ? kTurnFailed : kOk;
}

}  // namespace

Expected<CliTarget> LocateCli(const RunOptions& options,
                              const Environment& environment) {
  if (!options.cli_url.empty()) return ParseUrl(options.cli_url);
  CliTarget target;
  target.path = options.cli.empty()
                    ? environment.Get("COPILOT_CLI_PATH").value_or("")
                    : options.cli;
  const std::string wanted = target.path.empty() ? "copilot" : target.path;
  if (wanted.find('/') == std::string::npos) {
    target.path = FindInPath(wanted, environment.Get("PATH").value_or(""));
  }
  if (target.path.empty() || access(target.path.c_str(), F_OK) != 0) {
    return Fail(fmt::format("no Copilot CLI: `{}` does not exist. Pass --cli, "
                            "set COPILOT_CLI_PATH, or install it with `npm "
                            "install -g @github/copilot`",
                            wanted),
                "COPILOT_CLI_MISSING");
  }
  target.path = AbsolutePath(target.path, environment.CurrentDirectory());
  return target;
}

AttemptParams MakeRunParams(const RunOptions& options,
                            const Environment& environment) {
  AttemptParams params;
  params.session_id = options.session;
  params.run_id = RandomUuid();
  params.prompt = options.prompt;
  params.provider = "github-copilot";
  params.model_id = options.model;
  params.agent_id = options.agent;
  params.copilot_home = options.home;
  params.workspace_dir =
      AbsolutePath(options.cwd, environment.CurrentDirectory());
  params.timeout_ms = int64_t{options.timeout_s} * 1000;
  if (!options.provider_url.empty()) {
    params.session_provider = {{"type", "openai"},
                               {"baseUrl", options.provider_url},
                               {"wireApi", "completions"}};
    const auto key = environment.Get(options.provider_key_variable);
    if (key && !key->empty()) params.session_provider["apiKey"] = *key;
  }
  return params;
}

int RunCommand(const RunOptions& options) {
  const auto environment = std::make_shared<ProcessEnvironment>();
  auto target = LocateCli(options, *environment);
  if (!target) {
    Complain(target.error().message);
    return target.error().code == "USAGE" ? kUsage : kEnvironment;
  }
  HarnessOptions harness_options;
  harness_options.cli = *std::move(target);
  harness_options.environment = environment;
  if (!options.store.empty()) {
    harness_options.store = MakeFileBindingStore(
        AbsolutePath(options.store, environment->CurrentDirectory()));
  }
  Printer printer;
  AttemptHost host;
  if (!options.json) {
    host.on_delta = [&printer](const Json& delta) -> Status {
      printer.Delta(delta.value("delta", ""));
      return {};
    };
  }
  host.log = [](const std::string& level, const std::string& message) {
    Complain(level + ": " + message);
  };
  const AbortController abort;
  const Interrupts interrupts(abort);
  Harness harness(std::move(harness_options));
  const auto result = harness.RunAttempt(MakeRunParams(options, *environment),
                                         host, abort.signal());
  return Report(options, result, &printer);
}

}  // namespace copilot::harness
