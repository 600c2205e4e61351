// SPDX-License-Identifier: MIT
//
// bash, read_bash, stop_bash and list_bash.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/session.h"
#include "fake-cli/tools/built_in.h"
#include "fake-cli/tools/shell_syntax.h"
#include "fake-cli/tools/shells.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr size_t kLargeOutput = 20480;  // bytes
constexpr size_t kPreview = 500;
constexpr int64_t kCommandTimeoutMs = 30000;
// How much must have come since to be told while the command runs.
constexpr int64_t kPartialEveryMs = 500;

Shells& ShellsOf(Session& session) {
  if (!session.shells) {
    session.shells = std::make_shared<Shells>(session.host.io());
  }
  return *session.shells;
}

std::string ShellList(Session& session) {
  const auto running = ShellsOf(session).Running();
  if (running.empty()) return "<no active shell sessions>";
  std::string list = "<active shell sessions>";
  for (const auto& shell : running) {
    list += fmt::format("\n- shellId: {}: {}", shell->id, shell->command);
  }
  return list;
}

ToolResult Logged(ToolResult result) {
  result.members["sessionLog"] = result.text;
  return result;
}

// Much output goes to a file.
std::string Shortened(Session& session, const std::string& output) {
  if (output.size() <= kLargeOutput) return output;
  const char* temp = getenv("TMPDIR");
  const std::string path = fmt::format("{}/{}-copilot-tool-output-{}-{}.txt",
                                       temp == nullptr ? "/tmp" : temp, NowMs(),
                                       getpid(), session.host.ids().Uuid());
  std::ofstream(path, std::ios::binary) << output;
  return fmt::format(
      "Output too large to read at once ({:.1f} KB). Saved to: {}\nConsider "
      "using tools like grep (for searching), head/tail (for viewing "
      "start/end), view with view_range (for specific sections), or jq (for "
      "JSON) to examine portions of the output.\n\nPreview (first {} "
      "chars):\n{}",
      static_cast<double>(output.size()) / 1024, path, kPreview,
      output.substr(0, kPreview));
}

// The result of a command that has ended.
ToolResult Ended(Session& session, const Shell& shell,
                 const std::string& output) {
  std::string text = Shortened(session, output);
  if (text.empty() || text.back() != '\n') text.push_back('\n');
  text += fmt::format("<shellId: {} completed with exit code {}>", shell.id,
                      *shell.exit_code);
  ToolResult result = Logged(Succeeded(std::move(text)));
  Json exit = {{"type", "shell_exit"},
               {"shellId", shell.id},
               {"exitCode", *shell.exit_code},
               {"cwd", session.config.working_directory}};
  if (!output.empty()) exit["outputPreview"] = output.substr(0, kLargeOutput);
  result.members["contents"] = Json::array({std::move(exit)});
  return result;
}

class Bash : public BuiltInTool, public std::enable_shared_from_this<Bash> {
 public:
  explicit Bash(ToolCall call)
      : call_(std::move(call)),
        command_(call_.Text("command")),
        mode_(call_.Text("mode").empty() ? "sync" : call_.Text("mode")) {}

  Json Permission() override {
    Json segments = Json::array();
    for (const ShellSegment& segment : ReadShellCommand(command_).segments) {
      segments.push_back({{"identifier", segment.program},
                          {"fullCommandText", segment.text},
                          {"allowMatchIdentifier", nullptr},
                          {"staticTokens", nullptr},
                          {"hasUnboundExecutableContent", false},
                          {"workingDirectory", nullptr}});
    }
    return {{"kind", "shell"},
            {"fullCommandText", command_},
            {"shellType", "bash"},
            {"intention", call_.Text("description")},
            {"commands",
             Json::array({{{"identifier", command_}, {"readOnly", false}}})},
            {"commandSegments", std::move(segments)},
            {"possiblePaths", Json::array()},
            {"canOfferSessionApproval", false},
            {"hasWriteFileRedirection", false},
            {"possibleUrls", Json::array()}};
  }

  ToolResult Denied(const Verdict& verdict) override {
    ToolResult result = BuiltInTool::Denied(verdict);
    result.telemetry = {
        {"properties", {{"shell_error_category", "permission_denied"}}}};
    return result;
  }

  void Run(Finish finish) override {
    finish_ = std::move(finish);
    log().Ephemeral("sandbox.decision", JsonObject()
                                            .Text("kind", "enforcement_state")
                                            .Text("control", "process")
                                            .Text("outcome", "inactive")
                                            .Text("toolCallId", call_.id)
                                            .Text("platform", "linux")
                                            .Text("backend", "unsupported")
                                            .Text("enforcementPoint", "shell")
                                            .str());
    const std::weak_ptr<Bash> weak = weak_from_this();
    auto shell = ShellsOf(call_.session)
                     .Start(call_.Text("shellId"), command_,
                            call_.session.config.working_directory,
                            {[weak](auto stream, auto text) {
                               if (const auto live = weak.lock()) {
                                 live->OnOutput(stream, text);
                               }
                             },
                             // Keeps this until the end.
                             [self = shared_from_this()](int code) {
                               self->OnExit(code);
                             }});
    if (!shell) {
      Finished(Failed("Error: " + shell.error(), shell.error()));
      return;
    }
    shell_ = *shell;
    shell_->description = call_.Text("description");
    shell_->mode = mode_;
    shell_->background = mode_ != "sync";
    if (shell_->background) {
      Partial();
      ToolResult result = Logged(Succeeded(fmt::format(
          "<command started in background with shellId: {}>", shell_->id)));
      result.telemetry = Telemetry();
      Finished(std::move(result));
      return;
    }
    call_.session.host.After(kCommandTimeoutMs, [weak] {
      if (const auto live = weak.lock()) live->OnTimeout();
    });
  }

  void Cancel() override {
    finish_ = nullptr;
    if (!shell_) return;
    cancelled_ = true;
    TellTask("cancelled");
    ShellsOf(call_.session).Stop(shell_->id);
  }

 private:
  EventLog& log() { return call_.session.log; }

  void Finished(ToolResult result) {
    if (const auto finish = std::exchange(finish_, nullptr)) {
      finish(std::move(result));
    }
  }

  void OnOutput(std::string_view stream, std::string_view text) {
    if (shell_ == nullptr || cancelled_) return;
    log().Ephemeral("tool.shell_output", JsonObject()
                                             .Text("toolCallId", call_.id)
                                             .Text("stream", stream)
                                             .Text("text", text)
                                             .Int("sequence", sequence_++)
                                             .str());
    const int64_t now = NowMs();
    if (now - told_ms_ < kPartialEveryMs) return;
    told_ms_ = now;
    Partial();
  }

  // What there is so far; of much output the end.
  void Partial() {
    const std::string& output = shell_->output;
    const size_t begin = output.size() - std::min(output.size(), kLargeOutput);
    log().Ephemeral("tool.execution_partial_result",
                    JsonObject()
                        .Text("toolCallId", call_.id)
                        .Text("partialOutput", output.substr(begin))
                        .str());
  }

  Json Telemetry() const {
    return {{"properties",
             {{"customTimeout",
               call_.arguments.contains("initial_wait") ? "true" : "false"},
              {"executionMode", mode_},
              {"detached", mode_ == "detached" ? "true" : "false"},
              {"sandboxApplied", "false"},
              {"sandboxOptOutRequested", "false"}}}};
  }

  void OnExit(int code) {
    if (cancelled_) return;
    Partial();
    if (shell_->background) {
      Notify(code);
      return;
    }
    shell_->read = shell_->output.size();
    shell_->reclaimed = true;
    ToolResult result = Ended(call_.session, *shell_, shell_->output);
    result.event = {{"shellExecution", {{"exitCode", code}}}};
    result.telemetry = Telemetry();
    result.telemetry["metrics"] = {{"commandTimeout", kCommandTimeoutMs}};
    if (code != 0) {
      result.telemetry["metrics"]["exit_code"] = code;
      result.telemetry["properties"]["shell_error_category"] =
          "command_nonzero_exit";
    }
    Finished(std::move(result));
    TellTask("completed");
  }

  void TellTask(std::string_view status) {
    call_.session.TellTask("completed",
                           JsonObject()
                               .Text("id", shell_->id)
                               .Text("type", "shell")
                               .Text("ownerId", "session")
                               .Text("shellId", shell_->id)
                               .Bool("detached", false)
                               .Text("status", status)
                               .Text("description", shell_->description)
                               .str(),
                           R"({"deferIdle":true})");
  }

  void OnTimeout() {
    if (!finish_ || shell_->background) return;
    shell_->background = true;
    shell_->read = shell_->output.size();
    std::string text = Shortened(call_.session, shell_->output);
    if (!text.empty() && text.back() != '\n') text.push_back('\n');
    text += fmt::format(
        "<command with shellId: {} is still running after {} seconds. {}You "
        "will be automatically notified when it completes; if you need the "
        "command to complete end your response with no tool calls to wait for "
        "the notification, or use stop_bash to stop it.>",
        shell_->id, kCommandTimeoutMs / 1000,
        text.empty() ? "The command is still running but hasn't produced "
                       "output yet. "
                     : "");
    ToolResult result = Logged(Succeeded(text));
    result.members["error"] = text;
    result.telemetry = Telemetry();
    result.telemetry["metrics"] = {{"commandTimeout", kCommandTimeoutMs}};
    Finished(std::move(result));
  }

  void Notify(int code) {
    const std::string how = code == 0
                                ? "completed successfully"
                                : fmt::format("failed with exit code {}", code);
    log().Ephemeral(
        "system.notification",
        JsonObject()
            .Text("content",
                  fmt::format("<system_notification>\nShell command \"{}\" "
                              "(shellId: {}) has {}.\n</system_notification>",
                              shell_->description, shell_->id, how))
            .Raw("kind", JsonObject()
                             .Text("type", "shell_completed")
                             .Text("shellId", shell_->id)
                             .Int("exitCode", code)
                             .Text("description", shell_->description)
                             .str())
            .str());
  }

  const ToolCall call_;
  const std::string command_;
  const std::string mode_;
  Finish finish_;
  std::shared_ptr<Shell> shell_;
  bool cancelled_ = false;
  int64_t sequence_ = 0;
  int64_t told_ms_ = 0;  // when a partial result was told
};

// The three that look after shells.
class ShellControl : public BuiltInTool {
 public:
  explicit ShellControl(ToolCall call) : call_(std::move(call)) {}

  void Run(Finish finish) override {
    if (call_.name == "list_bash") {
      finish(Logged(Succeeded(ShellList(call_.session))));
    } else if (call_.name == "stop_bash") {
      finish(Stop());
    } else {
      Read(std::move(finish));
    }
  }

 private:
  ToolResult Stop() {
    const std::string id = call_.Text("shellId");
    const bool known = ShellsOf(call_.session).Find(id) != nullptr;
    ShellsOf(call_.session).Stop(id);
    ToolResult result =
        Logged(Succeeded(fmt::format("<command with id: {} stopped>", id)));
    result.telemetry = {
        {"properties",
         {{"shell_status", known ? "stopped" : "never_created"}}}};
    return result;
  }

  void Read(Finish finish) {
    const auto shell = ShellsOf(call_.session).Find(call_.Text("shellId"));
    if (!shell || shell->reclaimed) {
      finish(Unknown(shell.get()));
      return;
    }
    const Json delay = call_.arguments.value("delay", Json(0));
    const int64_t ms = delay.is_number()
                           ? static_cast<int64_t>(delay.get<double>() * 1000)
                           : 0;
    const auto tell = [shell, &session = call_.session,
                       finish = std::move(finish)] {
      const std::string output = shell->output.substr(shell->read);
      shell->read = shell->output.size();
      shell->reclaimed = shell->exit_code.has_value();
      ToolResult result =
          shell->exit_code
              ? Ended(session, *shell, output)
              : Logged(Succeeded(fmt::format("{}\n<shellId: {} is still "
                                             "running>",
                                             output, shell->id)));
      result.telemetry = {{"properties",
                           {{"read_target_state", "active"},
                            {"read_target_original_mode", shell->mode}}}};
      finish(std::move(result));
    };
    if (shell->exit_code || ms <= 0) {
      tell();
    } else {
      call_.session.host.After(std::min<int64_t>(ms, kCommandTimeoutMs), tell);
    }
  }

  ToolResult Unknown(const Shell* shell) {
    const bool gone = shell != nullptr;
    const std::string id = call_.Text("shellId");
    const std::string text = fmt::format(
        "shellId: {} {}\n\n{}", id,
        gone ? "was reclaimed and is no longer available."
             : "not found or was never created. Please supply a valid shell "
               "ID.",
        ShellList(call_.session));
    ToolResult result = Logged(Failed(text, text));
    result.telemetry = {
        {"properties",
         {{"shell_error_category", gone ? "shell_not_found" : "shell_unknown"},
          {"shell_operation", "read"},
          {"read_target_state", gone ? "reaped_idle" : "never_existed"},
          {"read_target_original_mode", gone ? shell->mode : "unknown"}}}};
    return result;
  }

  const ToolCall call_;
};

}  // namespace

std::shared_ptr<BuiltInTool> MakeShellTool(ToolCall call) {
  if (call.name == "bash") return std::make_shared<Bash>(std::move(call));
  if (call.name == "read_bash" || call.name == "stop_bash" ||
      call.name == "list_bash") {
    return std::make_shared<ShellControl>(std::move(call));
  }
  return nullptr;
}

}  // namespace copilot::fake_cli
