// SPDX-License-Identifier: MIT
#include "fake-cli/turn.h"

#include <fmt/format.h>

#include <utility>

#include "fake-cli/compaction.h"
#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/permission.h"
#include "fake-cli/tool_result.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// Estimated tokens of a text: a quarter of its bytes.
int64_t Tokens(size_t bytes) { return static_cast<int64_t>(bytes / 4) + 1; }

std::string ModelEvent(std::string_view kind, int turn) {
  return JsonObject().Text("kind", kind).Int("turn", turn).str();
}

std::string TimedModelEvent(std::string_view kind, const std::string& model,
                            int turn) {
  return JsonObject()
      .Text("kind", kind)
      .Text("model", model)
      .Raw("modelInfo",
           JsonObject().Text("id", model).Text("name", model).str())
      .Int("turn", turn)
      .Int("timestampMs", NowMs())
      .str();
}

// What built-in tools show of their arguments (protocol 10.3).
std::string IntentionOf(const Json& arguments) {
  if (!arguments.is_object()) return "";
  for (const char* name : {"description", "command", "question", "url"}) {
    const auto at = arguments.find(name);
    if (at != arguments.end() && at->is_string()) return at->get<std::string>();
  }
  return "";
}

std::string TitleOf(const std::string& tool) {
  if (tool == "bash") return "Running command";
  if (tool == "create") return "Creating file";
  if (tool == "ask_user") return "Asking user";
  if (tool == "web_fetch") return "Fetching web content";
  return "";
}

}  // namespace

Turn::Turn(Session& session, QueuedMessage message)
    : session_(session), message_(std::move(message)) {}

void Turn::Start() {
  interaction_id_ = session_.host.ids().Uuid();
  if (!std::exchange(session_.announced_skills, true)) {
    log().Ephemeral("session.skills_loaded", R"({"skills":[]})");
  }
  const bool first = session_.workspace.name.empty();
  if (first) {
    session_.workspace.name = message_.display;
    log().Ephemeral("session.title_changed",
                    JsonObject().Text("title", message_.display).str());
  }
  log().Ephemeral("session.mcp_servers_loaded", R"({"servers":[]})");
  log().Ephemeral("session.tools_updated",
                  JsonObject().Text("model", session_.config.model).str());
  if (!log().materialised()) {
    log().Materialise(session_.host.store().EventsFile(session_.id()));
  }
  ++session_.user_messages;
  EmitUserMessage();
  EmitSystemMessage();
  if (first) {
    session_.workspace.updated_ms = log().modified_ms();
    session_.host.store().Write(session_.workspace);
  }
  player_ = session_.host.NewPlayer(session_, message_.prompt);
  Next();
}

void Turn::Next() {
  if (!live_) return;
  const auto self = shared_from_this();
  player_->Continue(*this);
}

void Turn::EmitUserMessage() {
  const std::string text =
      fmt::format("<current_datetime>{}</current_datetime>\n\n{}",
                  IsoTime(NowMs()), message_.prompt);
  JsonObject data;
  data.Text("content", message_.display)
      .Text("transformedContent", text)
      .Text("messageId", message_.id)
      .Raw("supportedNativeDocumentMimeTypes", "[]");
  if (message_.attachments.is_array()) {
    data.Raw("attachments", message_.attachments.dump());
  }
  data.Text("delivery", message_.delivery)
      .Text("interactionId", interaction_id_)
      .Text("turnId", "0")
      .Text("parentAgentTaskId", session_.host.ids().Uuid());
  log().Persist("user.message", data.str());
  session_.tokens += Tokens(text.size());
  session_.conversation.push_back({{"role", "user"}, {"content", text}});
}

void Turn::EmitSystemMessage() {
  const SessionConfig& config = session_.config;
  const std::string own = "You are a fake of the GitHub Copilot CLI.";
  std::string content = own;
  if (config.system_mode == "replace") {
    content = config.system_content;
  } else if (!config.system_content.empty()) {
    content += "\n\n" + config.system_content;
  }
  JsonObject first;
  first.Text("content", content).Bool("isStatic", true);
  log().Persist("system.message",
                JsonObject()
                    .Text("role", "system")
                    .Text("content", content)
                    .Raw("contentBlocks", "[" + first.str() + "]")
                    .Text("interactionId", interaction_id_)
                    .Raw("metadata", "{}")
                    .str());
}

void Turn::BeginCall() {
  if (call_open_) return;
  call_open_ = true;
  answered_ = false;
  ++call_index_;
  message_started_ = false;
  streamed_bytes_ = 0;
  message_id_ = session_.host.ids().Uuid();
  reasoning_id_ = session_.host.ids().Uuid();
  const std::string turn_id = std::to_string(call_index_);
  const std::string& model = session_.config.model;
  log().Ephemeral("model.turn_started",
                  TimedModelEvent("turn_started", model, call_index_));
  log().Persist("assistant.turn_start",
                JsonObject()
                    .Text("turnId", turn_id)
                    .Text("interactionId", interaction_id_)
                    .str());
  log().Ephemeral(
      "session.usage_info",
      JsonObject()
          .Int("tokenLimit", kTokenLimit)
          .Int("currentTokens", session_.tokens)
          .Int("messagesLength",
               static_cast<int64_t>(session_.conversation.size()) + 1)
          .Int("systemTokens", 0)
          .Int("conversationTokens", session_.tokens)
          .Int("toolDefinitionsTokens", 0)
          .Bool("isInitial", call_index_ == 0)
          .str());
  log().Ephemeral(
      "model.log",
      R"({"kind":"log","level":"debug","message":"Model does not support vision, skipping image processing"})");
  log().Ephemeral(
      "model.call_start",
      JsonObject().Text("turnId", turn_id).Text("model", model).str());
  log().Ephemeral("model.model_call_started",
                  TimedModelEvent("model_call_started", model, call_index_));
}

void Turn::Delta(std::string_view text) {
  if (!session_.config.streaming || text.empty()) return;
  streamed_bytes_ += static_cast<int64_t>(text.size());
  log().Ephemeral(
      "assistant.streaming_delta",
      JsonObject().Int("totalResponseSizeBytes", streamed_bytes_).str());
  if (!std::exchange(message_started_, true)) {
    log().Ephemeral("assistant.message_start",
                    JsonObject().Text("messageId", message_id_).str());
  }
  log().Ephemeral("assistant.message_delta", JsonObject()
                                                 .Text("messageId", message_id_)
                                                 .Text("deltaContent", text)
                                                 .str());
}

void Turn::ReasoningDelta(std::string_view text) {
  if (!session_.config.streaming || text.empty()) return;
  streamed_bytes_ += static_cast<int64_t>(text.size());
  log().Ephemeral(
      "assistant.streaming_delta",
      JsonObject().Int("totalResponseSizeBytes", streamed_bytes_).str());
  log().Ephemeral("assistant.reasoning_delta",
                  JsonObject()
                      .Text("reasoningId", reasoning_id_)
                      .Text("deltaContent", text)
                      .str());
}

void Turn::EmitUsage(const ModelAnswer& answer) {
  const Json& given = answer.usage;
  const auto count = [&](const char* name, int64_t fallback) {
    const Json value = given.value(name, Json());
    return value.is_number() ? value.dump() : std::to_string(fallback);
  };
  JsonObject data;
  data.Text("model", session_.config.model)
      .Text("modelDisplayName", session_.config.model)
      .Raw("inputTokens", count("inputTokens", session_.tokens))
      .Raw("outputTokens", count("outputTokens", Tokens(answer.text().size())))
      .Raw("cacheReadTokens", count("cacheReadTokens", 0))
      .Raw("cacheWriteTokens", count("cacheWriteTokens", 0))
      .Raw("cost", "0.0")
      .Int("duration", 1)
      .Text("initiator", call_index_ == 0 ? "user" : "agent")
      .Text("interactionType", "conversation-agent")
      .Bool("isByok", !session_.config.provider.is_null())
      .Bool("isAuto", false)
      .Int("maxPromptTokens", kTokenLimit)
      .Text("transport", "http")
      .Text("apiCallId", api_call_id_)
      .Bool("rte", false)
      .Text("apiEndpoint", "/chat/completions")
      .Raw("quotaSnapshots", "{}")
      .Int("numToolCalls", static_cast<int64_t>(answer.tools.size()))
      .Text("finishReason", answer.tools.empty() ? "stop" : "tool_calls")
      .Bool("contentFilterTriggered", false);
  log().Ephemeral("assistant.usage", data.str());
}

std::string Turn::ToolRequestsJson() const {
  std::string list = "[";
  for (const RunningTool& tool : tools_) {
    const bool built_in =
        session_.config.FindTool(tool.request.name) == nullptr;
    const Json arguments = Json::parse(tool.request.arguments, nullptr, false);
    JsonObject entry;
    entry.Text("toolCallId", tool.request.id)
        .Text("name", tool.request.name)
        .Raw("arguments", tool.request.arguments)
        .Text("type", "function");
    if (built_in) {
      entry.TextIf("intentionSummary", IntentionOf(arguments))
          .TextIf("toolTitle", TitleOf(tool.request.name));
    }
    if (list.size() > 1) list.push_back(',');
    list += entry.str();
  }
  return list + ']';
}

void Turn::EmitAssistantMessage(const ModelAnswer& answer) {
  // The chain of parents has a record here that no client sees.
  log().Hide("session.usage_record",
             JsonObject().Text("usageId", api_call_id_).str());
  JsonObject data;
  data.Text("messageId", message_id_)
      .Text("originatingMessageId", message_.id)
      .Text("model", session_.config.model)
      .Text("content", answer.text())
      .Raw("toolRequests", ToolRequestsJson())
      .Text("interactionId", interaction_id_)
      .Text("turnId", std::to_string(call_index_))
      .TextIf("reasoningText", answer.reasoning)
      .Bool("rte", false)
      .Text("apiCallId", api_call_id_);
  log().Persist("assistant.message", data.str());
  if (!answer.reasoning.empty()) {
    log().Ephemeral("assistant.reasoning",
                    JsonObject()
                        .Text("reasoningId", reasoning_id_)
                        .Text("content", answer.reasoning)
                        .Bool("rte", false)
                        .str());
  }
}

void Turn::CompleteCall(ModelAnswer answer) {
  BeginCall();
  answered_ = true;
  if (!answer.streamed) {
    ReasoningDelta(answer.reasoning);
    for (const std::string& chunk : answer.chunks) Delta(chunk);
  }
  api_call_id_ = answer.api_call_id.empty()
                     ? "chatcmpl-" + session_.host.ids().Uuid().substr(0, 8)
                     : answer.api_call_id;
  tools_.clear();
  for (ToolRequest& request : answer.tools) {
    if (request.id.empty()) {
      request.id = "call_" + session_.host.ids().Uuid().substr(0, 12);
    }
    tools_.push_back({std::move(request), {}, "", "", false});
  }
  const std::string turn_id = std::to_string(call_index_);
  const std::string& model = session_.config.model;
  EmitUsage(answer);
  log().Ephemeral("model.model_call_success",
                  ModelEvent("model_call_success", call_index_));
  log().Ephemeral("model.call_finished",
                  JsonObject()
                      .Text("turnId", turn_id)
                      .Int("dispatchDurationMs", 1)
                      .Text("outcome", "success")
                      .Int("editClassifierVersion", 1)
                      .Text("interactionId", interaction_id_)
                      .Bool("containsBuiltInFileEditRequest", false)
                      .str());
  log().Ephemeral("model.message", ModelEvent("message", call_index_));
  EmitAssistantMessage(answer);
  session_.tokens += Tokens(answer.text().size());
  Json spoken = {{"role", "assistant"}, {"content", answer.text()}};
  if (!tools_.empty()) {
    Json calls = Json::array();
    for (const RunningTool& tool : tools_) {
      calls.push_back({{"id", tool.request.id},
                       {"type", "function"},
                       {"function",
                        {{"name", tool.request.name},
                         {"arguments", tool.request.arguments}}}});
    }
    spoken["tool_calls"] = std::move(calls);
    if (answer.chunks.empty()) spoken["content"] = nullptr;
  }
  session_.conversation.push_back(std::move(spoken));
  const std::string final_result =
      JsonObject()
          .Text("model", model)
          .Bool("isByok", !session_.config.provider.is_null())
          .Text("result", "success")
          .str();
  if (tools_.empty()) {
    log().Ephemeral("model.response", ModelEvent("response", call_index_));
    log().Ephemeral("model.call_final_result", final_result);
    EndCall();
    Next();
    return;
  }
  for (const RunningTool& tool : tools_) {
    JsonObject data;
    data.Text("toolCallId", tool.request.id)
        .Text("toolName", tool.request.name)
        .Raw("arguments", tool.request.arguments)
        .Text("turnId", turn_id)
        .Text("model", model);
    if (session_.config.FindTool(tool.request.name) == nullptr) {
      data.TextIf("toolTitle", TitleOf(tool.request.name));
    }
    log().Persist("tool.execution_start", data.str());
  }
  log().Ephemeral("model.call_final_result", final_result);
  tools_left_ = tools_.size();
  const auto self = shared_from_this();
  for (size_t i = 0; i < tools_.size() && live_; ++i) StartTool(i);
}

void Turn::CompleteEmpty(ModelAnswer answer) {
  answered_ = true;
  api_call_id_ = answer.api_call_id;
  EmitUsage(answer);
  EmitAssistantMessage(answer);
  Fail({"query", "No response was returned. Send your message again to retry.",
        "", 0});
}

void Turn::CompleteCutOff(ModelAnswer answer) {
  answered_ = true;
  api_call_id_ = answer.api_call_id;
  EmitUsage(answer);
  session_.conversation.push_back(
      {{"role", "assistant"}, {"content", answer.text()}});
  session_.conversation.push_back(
      {{"role", "user"},
       {"content", "Please continue from where you left off."}});
  session_.tokens += Tokens(answer.text().size());
  EndCall();
  Next();
}

void Turn::StartTool(size_t index) {
  RunningTool& tool = tools_[index];
  const std::string& name = tool.request.name;
  if (!tool.request.valid) {
    ToolFailed(index, "The arguments of the tool call are not valid JSON.",
               "The arguments of the tool call are not valid JSON.", "failure");
    return;
  }
  if (!tool.request.permission.is_null()) {
    AskPermission(index);
    return;
  }
  const ClientTool* client_tool = session_.config.FindTool(name);
  if (client_tool == nullptr && name == "ask_user" &&
      session_.config.request_user_input) {
    AskUser(index);
    return;
  }
  if (client_tool == nullptr) {
    std::string available;
    for (const ClientTool& other : session_.config.tools) {
      if (!available.empty()) available += ", ";
      available += other.name;
    }
    ToolFailed(index,
               fmt::format("Tool '{}' does not exist. Available tools that can "
                           "be called are {}.",
                           name, available),
               fmt::format("Tool '{}' does not exist.", name), "failure");
    return;
  }
  if (client_tool->skip_permission) {
    CallClientTool(index);
    return;
  }
  tool.request.permission = {
      {"kind", "custom-tool"},
      {"toolName", name},
      {"toolDescription", client_tool->description},
      {"args", Json::parse(tool.request.arguments, nullptr, false)}};
  AskPermission(index);
}

void Turn::AskPermission(size_t index) {
  RunningTool& tool = tools_[index];
  const PermissionAsked asked =
      MakePermission(tool.request.permission, tool.request.id);
  if (session_.approve_all || session_.approvals.contains(asked.approval_key)) {
    RunApproved(index);
    return;
  }
  if (!session_.config.request_permission) {
    OnDecision(index, {{"kind", "user-not-available"}});
    return;
  }
  tool.pending_permission = session_.host.ids().Uuid();
  session_.pending_permissions[tool.pending_permission] = {
      tool.request.id, asked.prompt_request,
      [self = shared_from_this(), index](const Json& decision) {
        if (self->live_) self->OnDecision(index, decision);
      }};
  log().Persist("permission.requested",
                JsonObject()
                    .Text("requestId", tool.pending_permission)
                    .Raw("permissionRequest", asked.request)
                    .Raw("promptRequest", asked.prompt_request)
                    .Text("agentMode", session_.mode)
                    .Text("permissionMode", "manual")
                    .Text("ownerSessionId", session_.id())
                    .str());
}

void Turn::OnDecision(size_t index, const Json& decision) {
  RunningTool& tool = tools_[index];
  tool.pending_permission.clear();
  if (!tool.request.capture.empty()) tool.outcome.captured = decision;
  const Verdict verdict = Judge(decision);
  if (verdict.approved) {
    if (verdict.remember) {
      session_.approvals.insert(
          MakePermission(tool.request.permission, tool.request.id)
              .approval_key);
    }
    RunApproved(index);
    return;
  }
  user_cancelled_ |= verdict.ends_turn;
  ToolFailed(index, verdict.message, verdict.message, verdict.code);
}

void Turn::RunApproved(size_t index) {
  const std::string& name = tools_[index].request.name;
  if (session_.config.FindTool(name) != nullptr) {
    CallClientTool(index);
  } else {
    ToolSucceeded(index, "done");
  }
}

void Turn::CallClientTool(size_t index) {
  RunningTool& tool = tools_[index];
  tool.pending_tool = session_.host.ids().Uuid();
  session_.pending_tools[tool.pending_tool] = {
      [self = shared_from_this(), index](const Json& params) {
        if (!self->live_) return;
        RunningTool& done = self->tools_[index];
        done.pending_tool.clear();
        const ToolResult result =
            ReadToolResult(params, done.request.name, done.request.arguments);
        done.outcome.captured = {{"text", result.text},
                                 {"success", result.success}};
        self->user_cancelled_ |= result.ends_turn;
        if (result.success) {
          done.outcome.success = true;
          done.outcome.text = result.text;
          self->CompleteTool(index, result.json, "", "");
        } else {
          self->ToolFailed(index, result.text, result.error, result.code);
        }
      }};
  log().Persist("external_tool.requested",
                JsonObject()
                    .Text("requestId", tool.pending_tool)
                    .Text("sessionId", session_.id())
                    .Text("toolCallId", tool.request.id)
                    .Text("toolName", tool.request.name)
                    .Raw("arguments", tool.request.arguments)
                    .Text("workingDirectory", session_.config.working_directory)
                    .str());
}

void Turn::AskUser(size_t index) {
  RunningTool& tool = tools_[index];
  const Json arguments = Json::parse(tool.request.arguments, nullptr, false);
  const std::string request_id = session_.host.ids().Uuid();
  const std::string question = arguments.value("question", "");
  const Json choices = arguments.value("choices", Json());
  const bool freeform = arguments.value("allowFreeform", true);
  log().Ephemeral("user_input.requested",
                  JsonObject()
                      .Text("requestId", request_id)
                      .Text("question", question)
                      .Raw("choices", choices.dump())
                      .Bool("allowFreeform", freeform)
                      .Text("toolCallId", tool.request.id)
                      .str());
  JsonObject params;
  params.Text("sessionId", session_.id()).Text("question", question);
  if (!choices.is_null()) params.Raw("choices", choices.dump());
  params.Bool("allowFreeform", freeform);
  session_.host.AskClients(
      session_, "userInput.request", params.str(),
      [self = shared_from_this(), index,
       request_id](const wire::RawResult& raw) {
        if (!self->live_ || self->tools_[index].done) return;
        const UserAnswer answer = ReadUserAnswer(raw);
        self->log().Ephemeral("user_input.completed",
                              JsonObject()
                                  .Text("answer", answer.answer)
                                  .Bool("wasFreeform", answer.was_freeform)
                                  .Text("requestId", request_id)
                                  .str());
        self->tools_[index].outcome.captured = {
            {"answer", answer.answer}, {"wasFreeform", answer.was_freeform}};
        self->ToolSucceeded(index, answer.text);
      });
}

void Turn::ToolSucceeded(size_t index, const std::string& text) {
  tools_[index].outcome.success = true;
  tools_[index].outcome.text = text;
  CompleteTool(
      index,
      JsonObject().Text("content", text).Text("detailedContent", text).str(),
      "", "");
}

void Turn::ToolFailed(size_t index, const std::string& text,
                      const std::string& message, const std::string& code) {
  tools_[index].outcome.success = false;
  tools_[index].outcome.text = text;
  CompleteTool(index, "", message, code);
}

void Turn::CompleteTool(size_t index, const std::string& result_json,
                        const std::string& error_message,
                        const std::string& error_code) {
  const auto self = shared_from_this();
  RunningTool& tool = tools_[index];
  tool.done = true;
  tool.outcome.call_id = tool.request.id;
  tool.outcome.name = tool.request.name;
  tool.outcome.capture = tool.request.capture;
  log().Ephemeral("model.message", ModelEvent("message", call_index_));
  JsonObject data;
  data.Text("toolCallId", tool.request.id)
      .Text("model", session_.config.model)
      .Text("interactionId", interaction_id_)
      .Text("turnId", std::to_string(call_index_))
      .Bool("rte", false)
      .Bool("success", tool.outcome.success);
  if (tool.outcome.success) {
    data.Raw("result", result_json);
  } else {
    data.Raw("error", JsonObject()
                          .Text("message", error_message)
                          .Text("code", error_code)
                          .str());
  }
  data.Raw("toolTelemetry",
           R"({"metrics":{"large_output_threshold_bytes":20480}})");
  log().Persist("tool.execution_complete", data.str());
  log().Ephemeral("model.tool_execution",
                  JsonObject()
                      .Text("kind", "tool_execution")
                      .Int("turn", call_index_)
                      .Text("toolCallId", tool.request.id)
                      .str());
  if (--tools_left_ == 0) OnToolsDone();
}

void Turn::OnToolsDone() {
  std::vector<ToolOutcome> outcomes;
  for (RunningTool& tool : tools_) {
    session_.tokens += Tokens(tool.outcome.text.size());
    session_.conversation.push_back({{"role", "tool"},
                                     {"tool_call_id", tool.request.id},
                                     {"content", tool.outcome.text}});
    outcomes.push_back(std::move(tool.outcome));
  }
  tools_.clear();
  EndCall();
  if (user_cancelled_) {
    CancelByUser();
    return;
  }
  for (const std::string& text : std::exchange(session_.steering, {})) {
    log().Persist("user.message",
                  JsonObject()
                      .Text("content", text)
                      .Text("messageId", session_.host.ids().Uuid())
                      .Text("delivery", "steering")
                      .Text("interactionId", interaction_id_)
                      .Text("turnId", std::to_string(call_index_ + 1))
                      .str());
    session_.conversation.push_back({{"role", "user"}, {"content", text}});
  }
  player_->OnOutcomes(outcomes);
  Next();
}

void Turn::EndCall() {
  if (!call_open_) return;
  call_open_ = false;
  log().Ephemeral(
      "model.turn_ended",
      TimedModelEvent("turn_ended", session_.config.model, call_index_));
  log().Persist("assistant.turn_end",
                JsonObject().Text("turnId", std::to_string(call_index_)).str());
}

void Turn::CancelByUser() {
  log().Persist("abort", R"({"reason":"user_initiated"})");
  log().Ephemeral(
      "session.info",
      R"({"infoType":"cancellation","message":"Operation cancelled by user"})");
  End(false);
}

void Turn::Retry(std::string_view reason, const TurnError& error, int attempt) {
  const std::string& model = session_.config.model;
  JsonObject failure;
  failure.Text("model", model).Int("durationMs", 1);
  if (error.status_code != 0) failure.Int("statusCode", error.status_code);
  failure.Text("apiEndpoint", "/chat/completions")
      .Text("transport", "http")
      .Int("retryAttempt", attempt)
      .Text("failureKind", error.status_code != 0 ? "api" : "transport")
      .Text("errorMessage", error.message);
  log().Ephemeral("model.call_failure", failure.str());
  log().Ephemeral("model.model_call_failure",
                  ModelEvent("model_call_failure", call_index_));
  log().Ephemeral("model.call_finished",
                  JsonObject()
                      .Text("turnId", std::to_string(call_index_))
                      .Int("dispatchDurationMs", 1)
                      .Text("outcome", "error")
                      .str());
  if (reason.empty()) return;  // the last attempt
  log().Ephemeral("model.turn_retry", ModelEvent("turn_retry", call_index_));
  log().Ephemeral("assistant.turn_retry",
                  JsonObject()
                      .Text("turnId", std::to_string(call_index_))
                      .Text("model", model)
                      .Text("reason", reason)
                      .str());
  if (reason == "rate_limit") return;
  log().Ephemeral(
      "session.info",
      JsonObject()
          .Text("infoType", "model_retry")
          .Text("message", reason == "streaming_error"
                               ? "Response was interrupted due to a server "
                                 "error. Retrying..."
                               : "Request failed due to a transient API "
                                 "error. Retrying...")
          .str());
}

void Turn::Fail(const TurnError& error) {
  const auto self = shared_from_this();
  BeginCall();
  if (!answered_) {
    log().Ephemeral("model.call_final_result",
                    JsonObject()
                        .Text("model", session_.config.model)
                        .Text("result", "error")
                        .str());
    log().Ephemeral("model.turn_failed",
                    JsonObject()
                        .Text("kind", "turn_failed")
                        .Text("model", session_.config.model)
                        .Int("turn", call_index_)
                        .Text("error", error.message)
                        .str());
  }
  EndCall();
  JsonObject data;
  data.Text("errorType", error.type)
      .Text("message", error.message)
      .TextIf("errorCode", error.code);
  if (error.status_code != 0) data.Int("statusCode", error.status_code);
  data.Text("originatingMessageId", message_.id);
  log().Persist("session.error", data.str());
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
  log().Ephemeral("model.messages_snapshot", R"({"kind":"messages_snapshot"})");
  End(false);
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
    session_.pending_tools.erase(tool.pending_tool);
    session_.pending_permissions.erase(tool.pending_permission);
  }
}

void Turn::Abort(const std::string& reason,
                 const std::function<void()>& acknowledge) {
  const auto self = shared_from_this();
  if (!live_) return;
  if (player_) player_->Cancel();
  log().Persist("abort", JsonObject().Text("reason", reason).str());
  log().Ephemeral("pending_messages.modified");
  std::string call_ids;
  std::string names;
  for (const RunningTool& tool : tools_) {
    if (tool.done) continue;
    call_ids += (call_ids.empty() ? "" : ",") + Quote(tool.request.id);
    names += (names.empty() ? "" : ",") + Quote(tool.request.name);
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
        .Text("apiEndpoint", "/chat/completions")
        .Text("transport", "http")
        .Text("cancelPhase",
              message_started_ ? "mid_stream" : "pre_first_token");
  } else {
    interrupted.Raw("toolCallIds", "[" + call_ids + "]")
        .Raw("toolNames", "[" + names + "]")
        .Raw("safeToolNames", "[]");
  }
  log().Ephemeral("agent.interrupted", interrupted.str());
  log().Ephemeral("model.turn_failed", ModelEvent("turn_failed", call_index_));
  EndCall();
  log().Ephemeral("session.background_tasks_changed");
  acknowledge();
  End(true);
}

}  // namespace copilot::fake_cli
