// SPDX-License-Identifier: MIT
#include "harness/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <utility>

#include "harness/cli_discovery.h"
#include "harness/config/agent.h"
#include "harness/plugin.h"
#include "harness/prompt_images.h"
#include "harness/session_event.h"
#include "harness/supports.h"
#include "harness/terminal.h"
#include "harness/text.h"
#include "harness/uuid.h"

namespace copilot::harness {
namespace {

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

// What an option, or else the configuration, does not decide.
void Complete(const RunOptions& options, const Environment& environment,
              AttemptParams* params) {
  params->session_id = options.session;
  params->run_id = RandomUuid();
  params->prompt = options.prompt;
  params->custom_instructions = options.instructions;
  params->copilot_home = options.home;
  const std::string& directory =
      options.cwd.empty() ? params->workspace_dir : options.cwd;
  params->workspace_dir =
      AbsolutePath(directory, environment.CurrentDirectory());
  params->timeout_ms = int64_t{options.timeout_s} * 1000;
}

std::string ReadAll(std::FILE* file) {
  std::string text;
  std::array<char, 65536> chunk;
  while (const size_t count = std::fread(chunk.data(), 1, chunk.size(), file)) {
    text.append(chunk.data(), count);
  }
  return text;
}

constexpr char kCommands[] =
    "/compact [INSTRUCTIONS]  make the conversation shorter\n"
    "/reset                   begin a new one\n"
    "/exit                    end\n";

// Lines of the terminal, until /exit or the end of the input.
int Converse(Harness& harness, AttemptParams params, const TurnOptions& options,
             Console* console) {
  int code = kOk;
  for (;;) {
    const auto line = console->Ask("> ", AbortSignal());
    if (!line) return code;
    const std::string text(Trim(*line));
    if (text.empty()) continue;
    if (text == "/exit") return code;
    if (text == "/help") {
      console->Print(kCommands);
    } else if (text == "/reset") {
      harness.Reset(params.session_id);
    } else if (text == "/compact" || text.rfind("/compact ", 0) == 0) {
      params.custom_instructions = text.substr(std::string("/compact").size());
      code = ReportCompaction(harness.Compact(params, AttemptHost{}), false);
    } else {
      params.prompt = text;
      params.run_id = RandomUuid();
      code = RunTurn(harness, params, options, console);
      params.images = Json::array();
    }
  }
}

}  // namespace

Expected<CliTarget> LocateCli(const RunOptions& options,
                              const Environment& environment) {
  if (!options.cli_url.empty()) return ParseUrl(options.cli_url);
  const std::string wanted =
      options.cli.empty() ? environment.Get("COPILOT_CLI_PATH").value_or("")
                          : options.cli;
  if (wanted.empty()) {
    const std::shared_ptr<const Environment> borrowed(std::shared_ptr<void>(),
                                                      &environment);
    auto found = CliDiscovery(borrowed, "", ProgramDirectory()).Locate();
    if (!found) return Fail(found.error().message, "COPILOT_CLI_MISSING");
    return found;
  }
  CliTarget target;
  target.path = wanted;
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
  params.provider = "github-copilot";
  params.model_id = options.model.empty() ? kDefaultModel : options.model;
  params.agent_id = options.agent;
  Complete(options, environment, &params);
  if (!options.provider_url.empty()) {
    params.session_provider = {{"type", "openai"},
                               {"baseUrl", options.provider_url},
                               {"wireApi", "completions"}};
    const auto key = environment.Get(options.provider_key_variable);
    if (key && !key->empty()) params.session_provider["apiKey"] = *key;
  }
  return params;
}

Expected<AttemptParams> MakeConfiguredParams(const RunOptions& options,
                                             const Environment& environment) {
  if (options.config.empty()) return MakeRunParams(options, environment);
  const auto configuration = LoadConfiguration(options.config, environment);
  if (!configuration) return Fail(configuration.error());
  auto setup =
      ResolveAgent(*configuration, options.agent, options.model, environment);
  if (!setup) return Fail(setup.error());
  const PluginState plugin = StateOfPlugin(configuration->document);
  if (!plugin.loads) {
    return Fail(
        fmt::format("{}: {}: {}", options.config, plugin.path, plugin.reason),
        "CONFIG");
  }
  const Json supports = Supports(setup->supports);
  if (supports["supported"] != true) {
    return Fail(
        fmt::format("{}: {} does not come to this harness: {}. See "
                    "`copilot-harness explain`",
                    options.config, configuration->Redacted(setup->model.value),
                    StringMember(supports, "reason")),
        "CONFIG");
  }
  Complete(options, environment, &setup->params);
  return std::move(setup->params);
}

Status AttachImages(const RunOptions& options, const Environment& environment,
                    AttemptParams* params) {
  for (const std::string& file : options.attach) {
    auto image = ReadImage(AbsolutePath(file, environment.CurrentDirectory()));
    if (!image) return Fail("--attach " + image.error().message, "USAGE");
    params->images.push_back(*std::move(image));
  }
  return {};
}

int ExitCodeOf(const Error& error) {
  return error.code == "USAGE" || error.code == "CONFIG" ? kUsage
                                                         : kEnvironment;
}

int RunCommand(const RunOptions& options) {
  const auto environment = std::make_shared<ProcessEnvironment>();
  // Somebody who can be asked sees the questions, too.
  const bool typed = isatty(STDIN_FILENO) == 1;
  Console console(STDIN_FILENO, stderr, ColourOn(stderr));
  Console* const asked =
      typed && isatty(STDERR_FILENO) == 1 && !options.turn.json ? &console
                                                                : nullptr;
  const bool conversation = options.prompt.empty() && asked != nullptr;
  std::string prompt = options.prompt;
  if (prompt.empty() && !typed) prompt = ReadAll(stdin);
  if (options.prompt.empty() && !conversation && IsBlank(prompt)) {
    Complain("expected a prompt: --prompt TEXT, or text on stdin");
    return kUsage;
  }
  auto target = LocateCli(options, *environment);
  auto params = target ? MakeConfiguredParams(options, *environment)
                       : Expected<AttemptParams>(Fail(target.error()));
  if (!params) {
    Complain(params.error().message);
    return ExitCodeOf(params.error());
  }
  if (const auto done = AttachImages(options, *environment, &*params); !done) {
    Complain(done.error().message);
    return ExitCodeOf(done.error());
  }
  params->prompt = std::move(prompt);
  HarnessOptions harness_options;
  harness_options.cli = *std::move(target);
  harness_options.environment = environment;
  if (!options.store.empty()) {
    harness_options.store = MakeFileBindingStore(
        AbsolutePath(options.store, environment->CurrentDirectory()));
  }
  Harness harness(std::move(harness_options));
  return conversation ? Converse(harness, *params, options.turn, asked)
                      : RunTurn(harness, *params, options.turn, asked);
}

}  // namespace copilot::harness
