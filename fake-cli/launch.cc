// SPDX-License-Identifier: MIT
#include "fake-cli/launch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

extern char** environ;

namespace copilot::fake_cli {
namespace {

constexpr char kUsage[] =
    "\nUsage: copilot [OPTIONS] [COMMAND]\n\nFor more information, try "
    "'--help'.\n";
constexpr char kTryHelp[] = "\n\nFor more information, try '--help'.\n";

std::string Get(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

// A flag that takes a value: how it is spelled and what its value is called.
struct ValueFlag {
  std::string_view flag;
  std::string_view value;
};

constexpr ValueFlag kValueFlags[] = {
    {"--port", "port"},
    {"--host", "host"},
    {"--log-level", "level"},
    {"--auth-token-env", "var"},
    {"--session-idle-timeout", "seconds"},
    {"--script", "file"},
    {"--journal", "file"},
    {"--emulate", "version"},
};

constexpr std::string_view kSwitches[] = {
    "--headless", "--server",         "--ui-server",    "--stdio",
    "--remote",   "--no-auto-update", "--no-auto-login"};

class Parser {
 public:
  Parser(const std::vector<std::string>& arguments,
         const Environment& environment)
      : arguments_(arguments), environment_(environment) {}

  tl::expected<LaunchOptions, EarlyExit> Run() {
    for (at_ = 0; at_ < arguments_.size(); ++at_) {
      if (auto wrong = Argument()) return tl::unexpected(*wrong);
    }
    if (auto wrong = Check()) return tl::unexpected(*wrong);
    ReadEnvironment();
    if (auto wrong = CheckOffline()) return tl::unexpected(*wrong);
    return options_;
  }

 private:
  using Wrong = std::optional<EarlyExit>;

  static Wrong Error(std::string text) {
    return EarlyExit{1, "", std::move(text)};
  }

  Wrong Argument() {
    const std::string& argument = arguments_[at_];
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    for (const ValueFlag& flag : kValueFlags) {
      if (name != flag.flag) continue;
      std::string value;
      if (equals != std::string::npos) {
        value = argument.substr(equals + 1);
      } else if (at_ + 1 == arguments_.size()) {
        return Error(fmt::format(
            "error: a value is required for '{} <{}>' but none was supplied{}",
            flag.flag, flag.value, kTryHelp));
      } else {
        value = arguments_[++at_];
        if (value.size() > 1 && value[0] == '-') return Unexpected(value);
      }
      return Value(flag, value);
    }
    if (std::find(std::begin(kSwitches), std::end(kSwitches), argument) !=
        std::end(kSwitches)) {
      Switch(argument);
      return std::nullopt;
    }
    if (!argument.empty() && argument[0] == '-') return Unexpected(argument);
    if (at_ == 0) {
      return Error(fmt::format(
          "error: Invalid command format.\n\nDid you mean: copilot -i "
          "\"{}\"?\n\nFor non-interactive mode, use the -p or --prompt "
          "option.\nTry 'copilot --help' for more information.\n",
          argument));
    }
    return Error(fmt::format("error: unrecognized subcommand '{}'\n{}",
                             argument, kUsage));
  }

  static Wrong Unexpected(const std::string& argument) {
    return Error(fmt::format("error: unexpected argument '{}' found\n{}",
                             argument, kUsage));
  }

  void Switch(const std::string& flag) {
    if (flag == "--headless" || flag == "--server") headless_ = true;
    if (flag == "--ui-server") ui_server_ = true;
    if (flag == "--stdio") options_.stdio = true;
    if (flag == "--no-auto-login") options_.auto_login = false;
  }

  Wrong Value(const ValueFlag& flag, const std::string& value) {
    if (flag.flag == "--port") return Number(flag, value, &port_);
    if (flag.flag == "--session-idle-timeout") {
      std::optional<long> seconds;
      return Number(flag, value, &seconds);
    }
    if (flag.flag == "--log-level") return LogLevel(value);
    if (flag.flag == "--host") options_.host = value;
    if (flag.flag == "--auth-token-env") options_.auth_token_variable = value;
    if (flag.flag == "--script") options_.script = value;
    if (flag.flag == "--journal") options_.journal = value;
    if (flag.flag == "--emulate") options_.emulate = value;
    return std::nullopt;
  }

  static Wrong Number(const ValueFlag& flag, const std::string& value,
                      std::optional<long>* out) {
    long number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, code] = std::from_chars(value.data(), end, number);
    if (code != std::errc() || stop != end) {
      return Error(fmt::format(
          "error: invalid value '{}' for '{} <{}>': invalid digit found in "
          "string{}",
          value, flag.flag, flag.value, kTryHelp));
    }
    *out = number;
    return std::nullopt;
  }

  static Wrong LogLevel(const std::string& value) {
    for (const char* level :
         {"none", "error", "warning", "info", "debug", "all", "default"}) {
      if (value == level) return std::nullopt;
    }
    return Error(fmt::format(
        "error: invalid value '{}' for '--log-level <level>'\n  [possible "
        "values: none, error, warning, info, debug, all, default]{}",
        value, kTryHelp));
  }

  Wrong Check() {
    if (headless_ && ui_server_) {
      return Error(
          "Cannot use --server/--headless with --ui-server. Use --server or "
          "--headless for headless mode, or --ui-server for TUI + server "
          "mode.\n");
    }
    if (!headless_) {
      return Error(
          "No prompt provided. Run in an interactive terminal or provide a "
          "prompt with -p or via standard in.\n");
    }
    if (options_.stdio && port_) {
      return Error(
          "Cannot specify both --stdio and --port. Use --stdio for pipe "
          "communication or --port for TCP.\n");
    }
    if (port_ && (*port_ < 0 || *port_ > 65535)) {
      return Error(
          "Failed to start server: Error: port must be between 0 and "
          "65535\n");
    }
    options_.port = static_cast<int>(port_.value_or(0));
    return std::nullopt;
  }

  void ReadEnvironment() {
    if (!options_.auth_token_variable.empty()) {
      options_.auth_token =
          wire::Secret(Get(environment_, options_.auth_token_variable));
    }
    if (!options_.stdio) {
      options_.connection_token =
          wire::Secret(Get(environment_, "COPILOT_CONNECTION_TOKEN"));
    }
    options_.model = Get(environment_, "COPILOT_MODEL");
    options_.online = Get(environment_, "COPILOT_OFFLINE") != "true";
    const std::string cache = Get(environment_, "XDG_CACHE_HOME");
    options_.cache =
        (cache.empty() ? Get(environment_, "HOME") + "/.cache" : cache) +
        "/copilot";
    options_.copilot_home = Get(environment_, "COPILOT_HOME");
    if (options_.copilot_home.empty()) {
      options_.copilot_home = Get(environment_, "HOME") + "/.copilot";
    }
    if (options_.script.empty()) {
      options_.script = Get(environment_, "FAKE_COPILOT_SCRIPT");
    }
    if (options_.journal.empty()) {
      options_.journal = Get(environment_, "FAKE_COPILOT_JOURNAL");
    }
    if (options_.emulate.empty()) {
      options_.emulate = Get(environment_, "FAKE_COPILOT_EMULATE");
    }
  }

  // Protocol 1.4: what offline mode insists on.
  Wrong CheckOffline() const {
    const bool provider =
        !Get(environment_, "COPILOT_PROVIDER_BASE_URL").empty();
    if (Get(environment_, "COPILOT_OFFLINE") == "true" && !provider) {
      return Error(
          "Offline mode requires a local model provider. Set "
          "COPILOT_PROVIDER_BASE_URL to configure one.\n");
    }
    if (provider && Get(environment_, "COPILOT_MODEL").empty()) {
      return Error(
          "BYOK providers require an explicit model. Run `copilot help "
          "providers` for configuration details.\n");
    }
    return std::nullopt;
  }

  const std::vector<std::string>& arguments_;
  const Environment& environment_;
  size_t at_ = 0;
  LaunchOptions options_;
  bool headless_ = false;
  bool ui_server_ = false;
  std::optional<long> port_;
};

}  // namespace

tl::expected<LaunchOptions, EarlyExit> ParseLaunch(
    const std::vector<std::string>& arguments, const Environment& environment) {
  return Parser(arguments, environment).Run();
}

Environment CurrentEnvironment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (equals == nullptr) continue;
    environment[std::string(*entry, static_cast<size_t>(equals - *entry))] =
        equals + 1;
  }
  return environment;
}

}  // namespace copilot::fake_cli
