// SPDX-License-Identifier: MIT
//
// Small parts of the state of a session.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "fake-cli/compaction.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/model/events.h"
#include "fake-cli/tools/catalogue.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

void CurrentModel(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject()
                    .TextIf("modelId", session->config.model)
                    .TextIf("reasoningEffort", session->config.reasoning_effort)
                    .str());
  }
}

void SwitchModel(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string model = TextOf(call.params, "modelId");
  if (model.empty()) {
    call.Fail("missing string parameter 'modelId'");
    return;
  }
  const std::string previous = std::exchange(session->config.model, model);
  const std::string effort = TextOf(call.params, "reasoningEffort");
  session->config.reasoning_effort = effort;
  session->log.Persist("session.model_change",
                       JsonObject()
                           .Text("source", "sdk")
                           .Null("contextTier")
                           .Text("previousModel", previous)
                           .Text("newModel", model)
                           .TextIf("reasoningEffort", effort)
                           .str());
  session->notice = fmt::format(
      "<tools_changed_notice>\nThe model has been switched from {} to "
      "{}.\n</tools_changed_notice>",
      previous, model);
  call.Result(
      JsonObject()
          .Text("status", "applied")
          .Bool("deferred", false)
          .Text("modelId", model)
          .Text("message",
                fmt::format("Model changed from {} to {}{}", previous, model,
                            effort.empty() ? "" : " (" + effort + ")"))
          .Raw("deprecationWarnings", "[]")
          .Raw("modelState", JsonObject()
                                 .Text("modelId", model)
                                 .TextIf("reasoningEffort", effort)
                                 .str())
          .str());
}

void GetMode(const Call& call) {
  if (const auto session = Need(call)) call.Result(Quote(session->mode));
}

void SetMode(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string mode = TextOf(call.params, "mode");
  if (mode != "interactive" && mode != "plan" && mode != "autopilot") {
    call.Fail(
        fmt::format("unknown variant `{}`, expected one of "
                    "`interactive`, `plan`, `autopilot`",
                    mode));
    return;
  }
  const std::string previous = std::exchange(session->mode, mode);
  if (previous != mode) {
    session->log.Persist("session.mode_changed",
                         JsonObject()
                             .Text("previousMode", previous)
                             .Text("newMode", mode)
                             .str());
  }
  // It is the model that has not changed.
  call.Result(
      R"({"status":"unchanged","modelChanged":false,"modeApplied":true})");
}

void GetName(const Call& call) {
  if (const auto session = Need(call)) {
    JsonObject result;
    if (session->workspace.name.empty()) {
      result.Null("name");
    } else {
      result.Text("name", session->workspace.name);
    }
    call.Result(result.str());
  }
}

void SetName(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->workspace.name = TextOf(call.params, "name");
  session->workspace.user_named = true;
  const auto tell = [call, session] {
    session->log.Ephemeral(
        "session.title_changed",
        JsonObject().Text("title", session->workspace.name).str());
    call.Result("null");
  };
  if (session->fs != nullptr) {
    session->fs->Name(tell);
  } else {
    call.server.store().Write(session->workspace);
    tell();
  }
}

void Log(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string level = TextOf(call.params, "level", "info");
  const std::string text = TextOf(call.params, "message");
  EventOptions options;
  options.ephemeral = call.params.value("ephemeral", Json()) == true;
  std::string type = "session." + level;
  JsonObject data;
  if (level == "error") {
    data.Text("errorType", "notification");
  } else if (level == "warning") {
    data.Text("warningType", "notification");
  } else if (level == "info") {
    data.Text("infoType", "notification");
  } else {
    call.Fail("unsupported session log level: " + level);
    return;
  }
  const std::string id =
      session->log.Emit(type, data.Text("message", text).str(), options);
  call.Result(JsonObject().Text("eventId", id).str());
}

void IsProcessing(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject().Bool("processing", session->processing()).str());
  }
}

void ContextInfo(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const int64_t limit = PromptLimit(session->config);
  call.Result(JsonObject()
                  .Raw("contextInfo",
                       JsonObject()
                           .Text("modelName", session->config.model)
                           .Int("systemTokens", session->system_tokens)
                           .Null("customInstructionsTokens")
                           .Int("conversationTokens", session->tokens)
                           .Int("toolDefinitionsTokens", session->tool_tokens)
                           .Int("mcpToolsTokens", 0)
                           .Int("totalTokens", session->context_tokens())
                           .Int("promptTokenLimit", limit)
                           .Int("compactionThreshold",
                                static_cast<int64_t>(std::llround(
                                    session->config.compaction_threshold *
                                    static_cast<double>(limit))))
                           .Int("limit", limit)
                           .Int("bufferTokens",
                                static_cast<int64_t>(std::llround(
                                    (1 - session->config.exhaustion_threshold) *
                                    static_cast<double>(limit))))
                           .str())
                  .str());
}

// --- what was used, and what there is to use

void UsageMetrics(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  call.Result(
      session->usage
          .Snapshot(session->workspace.created_ms, session->config.model)
          .dump());
}

void ListTools(const Call& call) {
  Json tools = Json::array();
  for (const ToolDefinition& tool : BuiltInTools()) {
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"parameters", tool.parameters},
                     {"safeForTelemetry", true}});
  }
  call.Result(JsonObject().Raw("tools", tools.dump()).str());
}

}  // namespace

void AddStateMethods(MethodTable& table) {
  table["session.model.getCurrent"] = CurrentModel;
  table["session.model.switchTo"] = SwitchModel;
  table["session.mode.get"] = GetMode;
  table["session.mode.set"] = SetMode;
  table["session.name.get"] = GetName;
  table["session.name.set"] = SetName;
  table["session.log"] = Log;
  table["session.metadata.isProcessing"] = IsProcessing;
  table["session.metadata.contextInfo"] = ContextInfo;
  table["session.usage.getMetrics"] = UsageMetrics;
  table["tools.list"] = ListTools;
}

}  // namespace copilot::fake_cli
