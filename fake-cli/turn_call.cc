// SPDX-License-Identifier: MIT
//
// The way of a model call: asked, told piece by piece, answered or failed.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/auto_compaction.h"
#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/model/request.h"
#include "fake-cli/tokens.h"
#include "fake-cli/tools/catalogue.h"
#include "fake-cli/tools/shell_syntax.h"
#include "fake-cli/turn.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

std::string ShellInfo(const std::string& arguments) {
  const Json parsed = Json::parse(arguments, nullptr, false);
  const ShellCommand command = ReadShellCommand(TextOf(parsed, "command"));
  return JsonObject()
      .Raw("possiblePaths", Dump(command.paths))
      .Bool("hasWriteFileRedirection", command.writes)
      .str();
}

std::string ResultOf(const TurnError& error) {
  if (error.status_code == 0) return "transport_error";
  if (error.status_code == 400) return "http_400";
  return fmt::format("http_{}xx", error.status_code / 100);
}

}  // namespace

void Turn::BeginCall(const std::function<void()>& ask) {
  if (call_open_) return;
  call_open_ = true;
  answered_ = false;
  ++call_index_;
  message_started_ = false;
  message_id_ = session_.host.ids().Uuid();
  reasoning_id_ = session_.host.ids().Uuid();
  answer_ = {};
  told_tools_.clear();
  retried_ = false;
  log().Ephemeral("model.turn_started",
                  StageEvent("turn_started", session_.config, call_index_));
  log().Persist("assistant.turn_start",
                JsonObject()
                    .Text("turnId", std::to_string(call_index_))
                    .Text("interactionId", interaction_id_)
                    .str());
  CountTools();
  if (session_.host.UsesProvider(session_)) {
    CompactAtThreshold(session_.shared_from_this(), call_index_);
  }
  AnnounceCall(TruncateToLimit(session_), ask);
}

void Turn::AnnounceCall(const std::string& truncation,
                        const std::function<void()>& ask) {
  const SessionConfig& config = session_.config;
  const std::string turn_id = std::to_string(call_index_);
  log().Ephemeral(
      "session.usage_info",
      JsonObject()
          .Int("tokenLimit", PromptLimit(config))
          .Int("currentTokens", session_.context_tokens())
          .Int("messagesLength",
               static_cast<int64_t>(session_.conversation.size() +
                                    SystemMessages(session_).size()))
          .Int("systemTokens", session_.system_tokens)
          .Int("conversationTokens", session_.tokens)
          .Int("toolDefinitionsTokens", session_.tool_tokens)
          .Bool("isInitial", call_index_ == 0)
          .str());
  if (!truncation.empty()) log().Persist("session.truncation", truncation);
  if (ask) ask();
  log().Ephemeral(
      "model.log",
      R"({"kind":"log","level":"debug","message":"Model does not support vision, skipping image processing"})");
  log().Ephemeral(
      "model.call_start",
      JsonObject().Text("turnId", turn_id).Text("model", config.model).str());
  log().Ephemeral("model.model_call_started",
                  StageEvent("model_call_started", config, call_index_));
}

void Turn::CountTools() {
  const auto offered = OfferedTools(session_.config, mode_);
  tool_count_ = static_cast<int64_t>(offered.size());
  session_.tool_tokens = 0;
  for (const ToolDefinition& tool : offered) {
    session_.tool_tokens += DefinitionTokens(tool);
  }
}

ModelCallScope Turn::Scope() const {
  ModelCallScope scope(session_.config);
  scope.turn = call_index_;
  // What is tried again counts as the agent's, as every follow-up does.
  if (call_index_ > 0 || retried_ || message_.resumed)
    scope.initiator = "agent";
  if (session_.config.sub_agent) {
    scope.initiator = "sub-agent";
    scope.interaction_type = "conversation-subagent";
  }
  scope.tool_count = tool_count_;
  scope.tool_tokens = session_.tool_tokens;
  return scope;
}

void Turn::Delta(std::string_view text) {
  if (!session_.config.streaming || text.empty()) return;
  streamed_bytes_ += static_cast<int64_t>(text.size());
  log().Ephemeral(
      "assistant.streaming_delta",
      JsonObject().Int("totalResponseSizeBytes", streamed_bytes_).str());
  StartMessage();
  log().Ephemeral("assistant.message_delta", JsonObject()
                                                 .Text("messageId", message_id_)
                                                 .Text("deltaContent", text)
                                                 .str());
}

void Turn::StartMessage() {
  if (!session_.config.streaming || std::exchange(message_started_, true)) {
    return;
  }
  log().Ephemeral("assistant.message_start",
                  JsonObject().Text("messageId", message_id_).str());
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

void Turn::ToolDelta(const std::string& call_id, const std::string& name,
                     std::string_view type, std::string_view arguments) {
  if (!session_.config.streaming) return;
  if (told_tools_.insert(call_id).second) {
    streamed_bytes_ += static_cast<int64_t>(name.size());
  }
  streamed_bytes_ += static_cast<int64_t>(arguments.size());
  log().Ephemeral(
      "assistant.streaming_delta",
      JsonObject().Int("totalResponseSizeBytes", streamed_bytes_).str());
  log().Ephemeral("assistant.tool_call_delta",
                  JsonObject()
                      .Text("toolCallId", call_id)
                      .Text("toolName", name)
                      .TextIf("toolType", type)
                      .Text("inputDelta", arguments)
                      .str());
}

void Turn::EmitAnswer(ModelAnswer& answer) {
  if (answer.api_call_id.empty()) {
    answer.api_call_id = "chatcmpl-" + session_.host.ids().Uuid().substr(0, 8);
  }
  if (!answer.streamed) {
    answer.refusable |= session_.config.streaming;
    const auto estimate = [&](const char* name, int64_t tokens) {
      if (!answer.usage.contains(name)) answer.usage[name] = tokens;
    };
    estimate("inputTokens", session_.context_tokens());
    estimate("outputTokens", CountTokens(answer.text()));
  }
  TokenUsage used;
  used.calls = 1;
  used.input = answer.usage.value("inputTokens", int64_t{0});
  used.output = answer.usage.value("outputTokens", int64_t{0});
  used.cache_read = answer.usage.value("cacheReadTokens", int64_t{0});
  used.cache_write = answer.usage.value("cacheWriteTokens", int64_t{0});
  used.reasoning = answer.usage.value("reasoningTokens", int64_t{-1});
  used.duration_ms = answer.duration_ms;
  session_.usage.Add(session_.config.model, used);
  // The chain of parents has a record here that no client sees.
  const std::string accounting = JsonObject()
                                     .Text("sourceSessionId", session_.id())
                                     .Int("sequence", session_.usage.sequence())
                                     .Text("usageId", answer.api_call_id)
                                     .str();
  log().Hide("session.usage_record", JsonObject()
                                         .Raw("accounting", accounting)
                                         .Text("model", session_.config.model)
                                         .Raw("usage", Dump(answer.usage))
                                         .Int("durationMs", answer.duration_ms)
                                         .str());
  log().Ephemeral("assistant.usage", UsageEvent(Scope(), answer, accounting));
  log().Ephemeral("model.model_call_success",
                  CallSuccessEvent(Scope(), answer));
  log().Ephemeral(
      "model.call_finished",
      JsonObject()
          .Text("turnId", std::to_string(call_index_))
          .Int("dispatchDurationMs", answer.duration_ms)
          .Text("outcome", "success")
          .Int("editClassifierVersion", 1)
          .Text("interactionId", interaction_id_)
          .Bool("containsBuiltInFileEditRequest", EditsFiles(answer))
          .str());
  spoken_ = SpokenMessage(answer);
  spoken_["apiCallId"] = answer.api_call_id;
  spoken_["outputTokens"] = used.output;
  log().Ephemeral("model.message", MessageEvent(Scope(), answer, spoken_));
  if (!answer.reasoning.empty()) {
    spoken_["reasoning_wire_field"] = "reasoning_content";
  }
}

// The messages that have now been answered are to bill, or not.
void Turn::MarkBilled() {
  Json& conversation = session_.conversation;
  for (auto at = conversation.rbegin(); at != conversation.rend(); ++at) {
    if (unbilled_ == 0) return;
    if (!at->contains("__copilotAutoApprovalHumanMessageIndex")) continue;
    (*at)["copilotBillingMetadata"] = {{"billable", false}};
    --unbilled_;
  }
}

bool Turn::EditsFiles(const ModelAnswer& answer) const {
  return std::any_of(answer.tools.begin(), answer.tools.end(),
                     [&](const ToolRequest& tool) {
                       return (tool.name == "create" || tool.name == "edit") &&
                              RunsBuiltIn(session_.config, mode_, tool.name);
                     });
}

std::string Turn::ToolRequestsJson() const {
  std::string list = "[";
  for (const RunningTool& tool : tools_) {
    const bool built_in = IsBuiltIn(tool.request.name);
    const Json arguments = Json::parse(tool.request.arguments, nullptr, false);
    JsonObject entry;
    entry.Text("toolCallId", tool.request.id)
        .Text("name", tool.request.name)
        .Raw("arguments", tool.request.arguments)
        .Text("type", "function");
    if (FindBuiltIn(tool.request.name) != nullptr) {
      entry.TextIf("intentionSummary",
                   IntentionOf(tool.request.name, arguments));
    }
    if (built_in) {
      entry.TextIf("toolTitle", FindBuiltIn(tool.request.name)->title);
    } else if (const McpTool* remote = FindMcpTool(tool.request.name)) {
      entry.Text("toolTitle", remote->title)
          .Text("mcpServerName", remote->server)
          .Text("mcpToolName", remote->name);
    }
    if (list.size() > 1) list.push_back(',');
    list += entry.str();
  }
  return list + ']';
}

void Turn::EmitAssistantMessage(const ModelAnswer& answer) {
  JsonObject data;
  data.Text("messageId", message_id_)
      .TextIf("originatingMessageId", Originating())
      .Text("model", session_.config.model)
      .Text("content", answer.text())
      .Raw("toolRequests", ToolRequestsJson())
      .Text("interactionId", interaction_id_)
      .Text("turnId", std::to_string(call_index_))
      .TextIf("reasoningText", answer.reasoning)
      .Bool("rte", false)
      .Text("apiCallId", answer.api_call_id);
  if (const auto tools = answer.message_members.find("serverTools");
      tools != answer.message_members.end()) {
    data.Raw("serverTools", Dump(*tools));
  }
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
  for (ToolRequest& request : answer.tools) {
    if (request.id.empty()) {
      request.id = "call_" + session_.host.ids().Uuid().substr(0, 12);
    }
    if (!answer.streamed) {
      ToolDelta(request.id, request.name, "function", request.arguments);
    }
  }
  EmitAnswer(answer);
  tools_.clear();
  for (const ToolRequest& request : answer.tools) {
    RunningTool tool;
    tool.request = request;
    tools_.push_back(std::move(tool));
  }
  answer_ = std::move(answer);
  EmitAssistantMessage(answer_);
  session_.tokens += MessageTokens(spoken_);
  session_.conversation.push_back(spoken_);
  const std::string& model = session_.config.model;
  const std::string turn_id = std::to_string(call_index_);
  const std::string final_result =
      JsonObject()
          .Text("model", model)
          .Bool("isByok", FactsOf(session_.config).byok)
          .Text("result", "success")
          .str();
  if (tools_.empty()) {
    log().Ephemeral("model.response", ResponseEvent(Scope(), answer_));
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
    if (IsBuiltIn(tool.request.name)) {
      data.TextIf("toolTitle", FindBuiltIn(tool.request.name)->title);
    } else if (const McpTool* remote = FindMcpTool(tool.request.name)) {
      data.Text("toolTitle", remote->title)
          .Text("mcpServerName", remote->server)
          .Text("mcpConfigServerName", remote->server)
          .Text("mcpTransport", remote->transport)
          .Text("mcpConfigSource", "user")
          .Text("mcpToolName", remote->name);
    }
    if (tool.request.name == "bash") {
      data.Raw("shellToolInfo", ShellInfo(tool.request.arguments));
    }
    log().Persist("tool.execution_start", data.str());
  }
  log().Ephemeral("model.call_final_result", final_result);
  tools_left_ = tools_.size();
  const auto self = shared_from_this();
  for (size_t i = 0; i < tools_.size() && live_; ++i) AskBeforeTool(i);
}

std::string Turn::Originating() const {
  if (message_.resumed) return "";
  return message_.originating.empty() ? message_.id : message_.originating;
}

bool Turn::IsBuiltIn(const std::string& tool) const {
  return RunsBuiltIn(session_.config, mode_, tool);
}

const McpTool* Turn::FindMcpTool(const std::string& tool) const {
  const SessionConfig& config = session_.config;
  return config.FindTool(tool) == nullptr ? config.FindMcpTool(tool) : nullptr;
}

void Turn::CompleteEmpty(ModelAnswer answer) {
  answered_ = true;
  EmitAnswer(answer);
  answer_ = std::move(answer);
  EmitAssistantMessage(answer_);
  session_.conversation.push_back(spoken_);
  log().Ephemeral("model.response", ResponseEvent(Scope(), answer_));
  log().Ephemeral("model.call_final_result",
                  JsonObject()
                      .Text("model", session_.config.model)
                      .Bool("isByok", FactsOf(session_.config).byok)
                      .Text("result", "success")
                      .str());
  EndCall();
  EmitSnapshot();
  TurnError error;
  error.message = "No response was returned. Send your message again to retry.";
  Fail(error);
}

void Turn::CompleteCutOff(ModelAnswer answer) {
  answered_ = true;
  EmitAnswer(answer);
  session_.conversation.push_back(spoken_);
  session_.conversation.push_back(
      {{"role", "user"},
       {"content", "Please continue from where you left off."}});
  session_.tokens += MessageTokens(spoken_);
  EndCall();
  Next();
}

// The conversation as the model has it, system message and all.
void Turn::EmitSnapshot() {
  MarkBilled();
  Json messages = SystemMessages(session_);
  messages.insert(messages.end(), session_.conversation.begin(),
                  session_.conversation.end());
  log().Ephemeral("model.messages_snapshot",
                  JsonObject()
                      .Text("kind", "messages_snapshot")
                      .Raw("messages", Dump(messages))
                      .str());
}

void Turn::FinishCall(std::string_view outcome, int64_t duration_ms) {
  log().Ephemeral("model.call_finished",
                  JsonObject()
                      .Text("turnId", std::to_string(call_index_))
                      .Int("dispatchDurationMs", duration_ms)
                      .Text("outcome", outcome)
                      .Int("editClassifierVersion", 1)
                      .Text("interactionId", interaction_id_)
                      .str());
}

void Turn::FailAttempt(const CallFailure& failure) {
  log().Ephemeral("model.call_failure", CallFailureEvent(Scope(), failure));
  log().Ephemeral("model.model_call_failure",
                  ModelCallFailureEvent(Scope(), failure));
  FinishCall("error", failure.duration_ms);
}

void Turn::Retry(std::string_view reason) {
  retried_ = true;
  log().Ephemeral("model.turn_retry",
                  StageEvent("turn_retry", session_.config, call_index_,
                             fmt::format(R"("reason":"{}")", reason)));
  log().Ephemeral("assistant.turn_retry",
                  JsonObject()
                      .Text("turnId", std::to_string(call_index_))
                      .Text("model", session_.config.model)
                      .Text("reason", reason)
                      .str());
  if (reason != "rate_limit") {
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
  AnnounceCall();
}

void Turn::Fail(const TurnError& error) {
  if (answered_) {
    EndWith(error);
    return;
  }
  BeginCall();
  session_.hooks.Invoke(
      {"errorOccurred",
       {{"error",
         {{"name", "Error"},
          {"message", error.raw.empty() ? error.message : error.raw},
          {"stack", "Error: " + error.message}}},
        {"errorContext", "model_call"},
        {"recoverable", true}}},
      [self = shared_from_this(), error](const Json&) {
        if (!self->live_) return;
        self->log().Ephemeral(
            "model.call_final_result",
            JsonObject()
                .Text("model", self->session_.config.model)
                .Bool("isByok", FactsOf(self->session_.config).byok)
                .Text("result", ResultOf(error))
                .str());
        self->TellFailure(error.cause.empty() ? error.message : error.cause);
        self->EndWith(error);
      });
}

void Turn::EndWith(const TurnError& error) {
  EndCall();
  JsonObject data;
  data.Text("errorType", error.type)
      .Text("message", error.message)
      .TextIf("errorCode", error.code);
  if (error.status_code != 0) data.Int("statusCode", error.status_code);
  if (!answered_) data.TextIf("originatingMessageId", Originating());
  log().Persist("session.error", data.str());
  End(false);
}

void Turn::TellFailure(const std::string& error) {
  log().Ephemeral("model.turn_failed",
                  StageEvent("turn_failed", session_.config, call_index_,
                             fmt::format(R"("error":{})", Quote(error))));
}

}  // namespace copilot::fake_cli
