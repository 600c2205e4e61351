// SPDX-License-Identifier: MIT
//
// The way of a turn: prompt, calls until the model is done, idle or abort.
#include "fake-cli/turn.h"

#include <fmt/format.h>

#include <utility>

#include "fake-cli/attachments.h"
#include "fake-cli/auto_compaction.h"
#include "fake-cli/compaction.h"
#include "fake-cli/files/session_fs.h"
#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/model/request.h"
#include "fake-cli/skills.h"
#include "fake-cli/tokens.h"
#include "fake-cli/tools/catalogue.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// The system message as the CLI divides it: its own part never changes.
std::string SystemBlocks(const std::string& own, const std::string& rest) {
  return "[" + JsonObject().Text("content", own).Bool("isStatic", true).str() +
         "," + JsonObject().Text("content", rest).str() + "]";
}

}  // namespace

Turn::Turn(Session& session, QueuedMessage message)
    : session_(session), message_(std::move(message)) {}

void Turn::Start() {
  interaction_id_ = session_.host.ids().Uuid();
  mode_ = session_.mode;
  if (message_.resumed) {
    log().Ephemeral("session.mcp_servers_loaded", session_.mcp.LoadedData());
    log().Ephemeral("session.tools_updated",
                    JsonObject().Text("model", session_.config.model).str());
    EmitSystemMessage();
    player_ = session_.host.NewPlayer(session_, "");
    Next();
    return;
  }
  session_.TellInterrupted();
  ChooseModel();
  const bool new_here = !std::exchange(session_.announced_skills, true);
  if (new_here) {
    log().Ephemeral("session.skills_loaded", SkillsData(session_.host));
  }
  const bool first = session_.workspace.name.empty();
  if (first) session_.workspace.name = message_.display;
  if (session_.fs != nullptr && first) {
    session_.fs->Name([self = shared_from_this(), new_here] {
      if (self->live_) self->Introduce(true, new_here);
    });
    return;
  }
  if (session_.fs != nullptr && new_here) session_.fs->Reopen();
  Introduce(first, new_here);
}

void Turn::Introduce(bool named, bool new_here) {
  if (named && session_.config.checkpoints) {
    log().Ephemeral("session.title_changed",
                    JsonObject().Text("title", message_.display).str());
  }
  if (!new_here) {
    Prepare(false);
    return;
  }
  session_.hooks.Invoke(
      {"sessionStart",
       {{"source", session_.user_messages == 0 ? "new" : "resume"},
        {"initialPrompt", message_.display}}},
      [self = shared_from_this()](const Json& output) {
        if (!self->live_) return;
        const std::string context = TextOf(output, "additionalContext");
        if (!context.empty()) {
          self->session_.conversation.push_back(
              {{"role", "user"}, {"content", context}});
        }
        self->Prepare(true);
      });
}

// A session that was given no model takes the one of the environment.
void Turn::ChooseModel() {
  SessionConfig& config = session_.config;
  const std::string model = session_.host.default_model();
  if (!config.model.empty() || model.empty() || config.provider.is_null()) {
    return;
  }
  config.model = model;
  log().Persist("session.model_change", JsonObject()
                                            .Null("previousModel")
                                            .Text("newModel", model)
                                            .Null("previousReasoningEffort")
                                            .Null("reasoningEffort")
                                            .Null("previousReasoningSummary")
                                            .Null("reasoningSummary")
                                            .Text("source", "startup")
                                            .Null("contextTier")
                                            .Null("autoTier")
                                            .str());
}

void Turn::Prepare(bool new_here) {
  session_.mcp.WhenSettled([self = shared_from_this(), new_here] {
    if (self->live_) self->Open(new_here);
  });
}

void Turn::Open(bool new_here) {
  log().Ephemeral("session.mcp_servers_loaded", session_.mcp.LoadedData());
  const bool changed = std::exchange(session_.tell_filters, false);
  if (new_here || changed) TellOfFilters();
  if (!log().materialised()) {
    log().Materialise(session_.events_file());
  }
  const std::string obstacle = Obstacle();
  if (!obstacle.empty()) {
    log().Persist("session.error",
                  JsonObject()
                      .Text("errorType", "query")
                      .Text("message", "Execution failed: " + obstacle)
                      .str());
    End(false);
    return;
  }
  AwaitRoom(session_, [self = shared_from_this()] {
    if (self->live_) self->Submit();
  });
}

void Turn::Submit() {
  log().Ephemeral("session.tools_updated",
                  JsonObject().Text("model", session_.config.model).str());
  session_.hooks.Invoke({"userPromptSubmitted", {{"prompt", message_.prompt}}},
                        [self = shared_from_this()](const Json& output) {
                          if (self->live_) self->TakePrompt(output);
                        });
}

// Why the CLI does not even begin.
std::string Turn::Obstacle() const {
  for (const ClientTool& tool : session_.config.tools) {
    if (tool.overrides_built_in || FindBuiltIn(tool.name) == nullptr) continue;
    return fmt::format(
        "tool initialization before the turn failed: GenericFailure, External "
        "tool \"{}\" conflicts with a built-in tool of the same name. Set "
        "overridesBuiltInTool: true to explicitly override it.",
        tool.name);
  }
  if (!session_.host.CanAnswer(session_)) {
    return "InvalidArg, No GitHub OAuth token or Copilot HMAC key provided";
  }
  return "";
}

void Turn::TakePrompt(const Json& output) {
  const std::string modified = TextOf(output, "modifiedPrompt");
  if (!modified.empty()) message_.prompt = modified;
  const std::string notice = std::exchange(session_.notice, "");
  attachments_ = ReadAttachments(message_.attachments);
  transformed_ = fmt::format(
      "{}<current_datetime>{}</current_datetime>\n\n{}{}", attachments_.before,
      IsoTime(NowMs()), notice.empty() ? "" : notice + "\n\n", message_.prompt);
  const std::string context = TextOf(output, "additionalContext");
  if (!context.empty()) {
    transformed_ +=
        fmt::format("\n\n<system_reminder>\n{}\n</system_reminder>", context);
  }
  session_.hooks.Invoke(
      {"userPromptTransformed",
       {{"prompt", message_.prompt}, {"transformedPrompt", transformed_}}},
      [self = shared_from_this()](const Json&) {
        if (self->live_) self->Begin();
      });
}

void Turn::Begin() {
  ++session_.user_messages;
  session_.usage.AddUserRequest();
  EmitUserMessage();
  EmitSystemMessage();
  if (session_.user_messages == 1 && session_.fs == nullptr) {
    session_.workspace.updated_ms = log().modified_ms();
    session_.host.store().Write(session_.workspace);
  }
  player_ = session_.host.NewPlayer(session_, message_.prompt);
  Next();
}

void Turn::TellOfFilters() {
  const auto tell = [&](const std::string& message) {
    log().Ephemeral("session.info", JsonObject()
                                        .Text("infoType", "configuration")
                                        .Text("message", message)
                                        .str());
  };
  const SessionConfig& config = session_.config;
  const std::vector<std::string> disabled =
      DisabledTools(config, session_.mode);
  if (!disabled.empty()) {
    tell(fmt::format("Disabled tools: {}", fmt::join(disabled, ", ")));
  }
  for (const std::string& name : UnknownTools(config)) {
    tell(fmt::format("Unknown tool name in the tool allowlist: \"{}\"", name));
  }
}

void Turn::Next() {
  if (!live_) return;
  const auto self = shared_from_this();
  player_->Continue(*this);
}

void Turn::EmitUserMessage() {
  const std::string& text = transformed_;
  JsonObject data;
  data.Text("content", message_.display)
      .Text("transformedContent", text)
      .Text("messageId", message_.id)
      .Raw("supportedNativeDocumentMimeTypes", "[]");
  if (attachments_.told.is_array()) {
    data.Raw("attachments", Dump(attachments_.told));
    session_.KeepAssets(attachments_.told);
  }
  data.TextIf("agentMode", message_.agent_mode)
      .Text("delivery", message_.delivery)
      .Text("interactionId", interaction_id_)
      .Text("turnId", "0")
      .Text("parentAgentTaskId", session_.host.ids().Uuid());
  log().Persist("user.message", data.str());
  if (!message_.agent_mode.empty()) {
    session_.mode = mode_ = message_.agent_mode;
    log().Persist("session.mode_notice_delivered",
                  JsonObject().Text("mode", session_.mode).str());
  }
  Json content = text + attachments_.after;
  if (!attachments_.parts.empty()) {
    content = Json::array({{{"type", "text"}, {"text", content}}});
    content.insert(content.end(), attachments_.parts.begin(),
                   attachments_.parts.end());
  }
  const Json message = {
      {"role", "user"},
      {"content", std::move(content)},
      {"__copilotAutoApprovalHumanMessageIndex", session_.user_messages - 1}};
  session_.tokens += MessageTokens(message);
  session_.conversation.push_back(message);
  ++unbilled_;
}

// What the model is told of the summaries on disk.
std::string Turn::CheckpointList() const {
  if (session_.checkpoints.empty()) return "";
  std::string list = "\nCheckpoints of the session, oldest first:";
  for (const Checkpoint& checkpoint : session_.checkpoints) {
    list += "\n- " + checkpoint.path;
  }
  return list;
}

void Turn::EmitSystemMessage() {
  const SessionConfig& config = session_.config;
  const bool replaced = config.system_mode == "replace";
  const std::string own =
      replaced ? "" : "You are a fake of the GitHub Copilot CLI.";
  const std::string rest =
      replaced ? config.system_content
               : "Working directory: " + config.working_directory +
                     CheckpointList() +
                     (config.system_content.empty() ? "" : "\n\n") +
                     config.system_content;
  session_.system_parts = {rest};
  if (!replaced) session_.system_parts = {own, rest};
  const std::string text = SystemText(session_.system_parts);
  session_.system_tokens = MessageTokens({{"content", text}});
  if (!replaced) session_.system_tokens += UnsaidTokens(config, mode_);
  JsonObject data;
  data.Text("role", "system").Text("content", text);
  if (!replaced) data.Raw("contentBlocks", SystemBlocks(own, rest));
  data.Text("interactionId", interaction_id_);
  if (!replaced) {
    const std::string trailer = JsonObject()
                                    .Null("sessionId")
                                    .Text("clientName", config.client_name)
                                    .Bool("coauthorEnabled", true)
                                    .str();
    data.Raw("metadata",
             R"({"variables":{"gitCommitTrailer":)" + trailer + "}}");
  }
  log().Persist("system.message", data.str());
}

void Turn::EndCall(std::string_view occasion) {
  if (!call_open_) return;
  call_open_ = false;
  log().Ephemeral("model.turn_ended",
                  StageEvent("turn_ended", session_.config, call_index_));
  log().Persist("assistant.turn_end",
                JsonObject().Text("turnId", std::to_string(call_index_)).str(),
                occasion);
}

void Turn::CancelByUser() {
  EmitSnapshot();
  log().Persist("abort", R"({"reason":"user_initiated"})", "rejection");
  log().Ephemeral(
      "session.info",
      R"({"infoType":"cancellation","message":"Operation cancelled by user"})",
      "rejection");
  log().Ephemeral("pending_messages.modified");
  End(false);
}

void Turn::AbortByRuntime(const std::string& reason) {
  BeginCall();
  log().Persist("abort", JsonObject().Text("reason", reason).str());
  EndCall();
  End(true);
}

void Turn::Event(const Json& step) {
  EventOptions options;
  options.ephemeral = step.value("ephemeral", false);
  options.agent_id = step.value("agentId", "");
  options.id = step.value("id", "");
  log().Emit(step.value("type", ""), step.value("data", Json::object()).dump(),
             options);
  Next();
}

void Turn::Reemit(const std::string& type, int times) {
  for (int i = 0; i < times; ++i) log().Reemit(type);
  Next();
}

void Turn::Compaction(const Json& step) {
  EmitBackgroundCompaction(session_, step);
  Next();
}

void Turn::GoIdle() {
  idle_told_ = true;
  in_background_ = true;
  log().Ephemeral("assistant.idle");
  log().Ephemeral("session.idle",
                  JsonObject().Text("mode", session_.mode).str());
  session_.Background();
  session_.StartNext();
  Next();
}

void Turn::Wait(int64_t ms) {
  session_.host.After(ms, [self = shared_from_this()] { self->Next(); });
}

void Turn::Stall() { BeginCall(); }

void Turn::Finish() {
  EmitSnapshot();
  if (std::exchange(session_.compacted, false)) session_.TellUsage();
  session_.hooks.Invoke(
      {"agentStop",
       {{"transcriptPath", session_.events_file()},
        {"stopReason", "end_turn"},
        {"stop_hook_active", message_.from_hook}}},
      [self = shared_from_this()](const Json& output) {
        if (!self->live_) return;
        const std::string reason = TextOf(output, "reason");
        if (TextOf(output, "decision") == "block" && !reason.empty()) {
          self->session_.GoOn(reason);
        }
        self->End(false);
      });
}

void Turn::End(bool aborted) {
  const auto self = shared_from_this();
  if (!std::exchange(live_, false)) return;
  if (message_.wait) {
    message_.responder.Result(
        JsonObject().Text("messageId", message_.id).str());
  }
  if (in_background_) {
    std::erase(session_.background_, self);
    return;
  }
  session_.OnTurnFinished(aborted, idle_told_);
}

void Turn::Drop() {
  if (!std::exchange(live_, false)) return;
  if (player_) player_->Cancel();
  for (const RunningTool& tool : tools_) {
    if (tool.built_in) tool.built_in->Cancel();
    session_.pending_tools.erase(tool.pending_tool);
    session_.pending_permissions.erase(tool.pending_permission);
  }
}

// What the model is told of tools that were cut short.
void Turn::RememberInterruption() {
  if (tools_.empty()) return;
  session_.conversation.back().erase("outputTokens");
  for (const RunningTool& tool : tools_) {
    session_.conversation.push_back(
        {{"role", "tool"},
         {"tool_call_id", tool.request.id},
         {"content", tool.done ? tool.outcome.text
                               : "The execution of this tool, or a previous "
                                 "tool was interrupted."}});
  }
}

void Turn::Abort(const std::string& reason,
                 const std::function<void()>& acknowledge) {
  const auto self = shared_from_this();
  if (!live_) return;
  if (player_) player_->Cancel();
  RememberInterruption();
  log().Persist("abort", JsonObject().Text("reason", reason).str());
  log().Ephemeral("pending_messages.modified", "{}", "abort");
  std::string call_ids;
  std::string names;
  std::string safe;
  for (const RunningTool& tool : tools_) {
    if (tool.done) continue;
    if (tool.built_in) tool.built_in->Cancel();
    call_ids += (call_ids.empty() ? "" : ",") + Quote(tool.request.id);
    names += (names.empty() ? "" : ",") + Quote(tool.request.name);
    if (IsBuiltIn(tool.request.name)) {
      safe += (safe.empty() ? "" : ",") + Quote(tool.request.name);
    }
    if (session_.pending_tools.erase(tool.pending_tool) > 0) {
      log().Persist("external_tool.completed",
                    JsonObject().Text("requestId", tool.pending_tool).str());
    }
    if (session_.pending_permissions.erase(tool.pending_permission) > 0) {
      log().Persist(
          "permission.completed",
          JsonObject()
              .Text("requestId", tool.pending_permission)
              .Text("toolCallId", tool.request.id)
              .Raw("result",
                   R"({"kind":"cancelled","reason":"Session aborted"})")
              .str());
    }
  }
  JsonObject interrupted;
  interrupted.Text("activity", call_ids.empty() ? "model_call" : "tool_call")
      .Int("turn", call_index_)
      .Int("elapsedMs", 1);
  if (call_ids.empty()) {
    interrupted.Text("model", session_.config.model)
        .Text("apiEndpoint", ApiOf(session_.config.provider).endpoint)
        .Text("transport", "http")
        .Text("cancelPhase",
              message_started_ ? "mid_stream" : "pre_first_token");
    if (message_started_) interrupted.Raw("outputTtftMs", "0.1");
  } else {
    interrupted.Raw("toolCallIds", "[" + call_ids + "]")
        .Raw("toolNames", "[" + names + "]")
        .Raw("safeToolNames", "[" + safe + "]");
  }
  log().Ephemeral("agent.interrupted", interrupted.str());
  if (call_ids.empty()) {
    log().Ephemeral("model.telemetry",
                    CancelledCallEvent(Scope(), session_.host.ids().Uuid(),
                                       ApiOf(session_.config.provider).endpoint,
                                       call_index_ == 0, 1, 0,
                                       Fingerprint(session_.conversation)));
    FinishCall("cancelled", 1);
  }
  TellFailure(call_ids.empty() ? "Request was aborted."
                               : "Tool execution was aborted.");
  EndCall("abort");
  log().Ephemeral("session.background_tasks_changed", "{}", "abort");
  acknowledge();
  End(true);
}

}  // namespace copilot::fake_cli
