// SPDX-License-Identifier: MIT
#include "fake-cli/turn.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "fake-cli/attachments.h"
#include "fake-cli/auto_compaction.h"
#include "fake-cli/compaction.h"
#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/model/request.h"
#include "fake-cli/permission.h"
#include "fake-cli/skills.h"
#include "fake-cli/tokens.h"
#include "fake-cli/tools/catalogue.h"
#include "fake-cli/tools/shell_syntax.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The system message as the CLI divides it: its own part never changes.
std::string SystemBlocks(const std::string& own, const std::string& rest) {
  return "[" + JsonObject().Text("content", own).Bool("isStatic", true).str() +
         "," + JsonObject().Text("content", rest).str() + "]";
}

std::string ShellInfo(const std::string& arguments) {
  const Json parsed = Json::parse(arguments, nullptr, false);
  const ShellCommand command =
      ReadShellCommand(parsed.is_object() ? parsed.value("command", "") : "");
  return JsonObject()
      .Raw("possiblePaths", Dump(command.paths))
      .Bool("hasWriteFileRedirection", command.writes)
      .str();
}

std::string TextOf(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

// What a preToolUse hook's refusal tells the model; empty when it is none.
std::string Denial(const Json& output) {
  if (TextOf(output, "permissionDecision") != "deny") return "";
  return "Denied by preToolUse hook: " +
         TextOf(output, "permissionDecisionReason");
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
  if (first && session_.config.checkpoints) {
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
    log().Materialise(session_.host.store().EventsFile(session_.id()));
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
  if (session_.user_messages == 1) {
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

std::string Turn::UnknownTool(const std::string& name) const {
  std::string available;
  for (const ToolDefinition& tool : OfferedTools(session_.config, mode_)) {
    if (!available.empty()) available += ", ";
    available += tool.name;
  }
  return fmt::format(
      "Tool '{}' does not exist. Available tools that can be called are {}.",
      name, available);
}

void Turn::AskBeforeTool(size_t index) {
  RunningTool& tool = tools_[index];
  tool.started_ms = NowMs();
  const Json arguments = Json::parse(tool.request.arguments, nullptr, false);
  const std::string id = tool.request.id;
  const Json call = {
      {"id", id}, {"name", tool.request.name}, {"args", arguments}};
  session_.hooks.Invoke(
      {"preToolUse",
       {{"toolName", tool.request.name}, {"toolArgs", arguments}},
       {{"toolCalls", Json::array({call})}},
       [id](const Json& output) {
         const std::string denial = Denial(output);
         return denial.empty() ? Json::object() : Json{{id, denial}};
       }},
      [self = shared_from_this(), index](const Json& output) {
        if (self->live_) self->TakeToolDecision(index, output);
      });
}

void Turn::TakeToolDecision(size_t index, const Json& output) {
  RunningTool& tool = tools_[index];
  if (const std::string denial = Denial(output); !denial.empty()) {
    ToolResult result = Failed(denial, denial, "denied");
    result.members = {{"sessionLog", denial}};
    result.bare = true;
    CompleteTool(index, result);
    return;
  }
  const auto modified = output.find("modifiedArgs");
  if (modified != output.end() && modified->is_object()) {
    tool.request.arguments = Dump(*modified);
    Correct(tool.request);
  }
  const std::string context = TextOf(output, "additionalContext");
  if (!context.empty()) {
    contexts_.push_back("Additional context from preToolUse hook:\n" + context);
  }
  const std::string decision = TextOf(output, "permissionDecision");
  tool.allowed = decision == "allow";
  if (decision == "ask") {
    tool.request.permission = {
        {"kind", "hook"},
        {"toolName", tool.request.name},
        {"toolArgs", Json::parse(tool.request.arguments, nullptr, false)},
        {"hookMessage", TextOf(output, "permissionDecisionReason")}};
  }
  StartTool(index);
}

// The model's memory of a call whose arguments a hook has changed.
void Turn::Correct(const ToolRequest& request) {
  for (Json& call : session_.conversation.back()["tool_calls"]) {
    if (call["id"] == request.id) {
      call["function"]["arguments"] = request.arguments;
    }
  }
}

void Turn::StartTool(size_t index) {
  RunningTool& tool = tools_[index];
  const std::string& name = tool.request.name;
  if (!tool.request.valid) {
    const std::string complaint =
        "The arguments of the tool call are not valid JSON.";
    CompleteTool(index, Failed(complaint, complaint));
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
  const McpTool* const remote = FindMcpTool(name);
  if (remote != nullptr || (client_tool == nullptr && IsBuiltIn(name))) {
    ToolCall call{session_, tool.request.id, name,
                  Json::parse(tool.request.arguments, nullptr, false)};
    tool.built_in = remote != nullptr ? MakeMcpTool(std::move(call), *remote)
                                      : MakeBuiltInTool(std::move(call));
    if (const auto refusal = tool.built_in->Refusal()) {
      CompleteTool(index, *refusal);
      return;
    }
    tool.request.permission = tool.built_in->Permission();
    if (tool.request.permission.is_null()) {
      RunApproved(index);
    } else {
      AskPermission(index);
    }
    return;
  }
  if (client_tool == nullptr) {
    CompleteTool(index, Failed(UnknownTool(name),
                               fmt::format("Tool '{}' does not exist.", name)));
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
      MakePermission(tool.request.permission, tool.request.id, session_.id());
  const bool covered = std::any_of(
      session_.rules.begin(), session_.rules.end(),
      [&](const auto& rule) { return rule.Covers(tool.request.permission); });
  if (tool.allowed || covered || session_.approve_all ||
      session_.approvals.contains(asked.approval_key)) {
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
      session_.approvals.insert(MakePermission(tool.request.permission,
                                               tool.request.id, session_.id())
                                    .approval_key);
    }
    RunApproved(index);
    return;
  }
  user_cancelled_ |= verdict.ends_turn;
  if (verdict.code == "failure") {  // the answer was none
    CompleteTool(index, Failed("Error: " + verdict.message, verdict.message));
  } else if (tool.built_in) {
    CompleteTool(index, tool.built_in->Denied(verdict));
  } else {
    ToolResult result = Failed(verdict.message, verdict.error, verdict.code);
    result.members = {{"sessionLog", verdict.error}};
    CompleteTool(index, result);
  }
}

void Turn::RunApproved(size_t index) {
  const std::string& name = tools_[index].request.name;
  if (session_.config.FindTool(name) != nullptr) {
    CallClientTool(index);
  } else if (const auto built_in = tools_[index].built_in) {
    built_in->Run([self = shared_from_this(), index](const ToolResult& result) {
      if (self->live_) self->FinishTool(index, result);
    });
  } else {
    FinishTool(index, Succeeded("done"));
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
        self->FinishTool(index, result);
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
      [self = shared_from_this(), index, request_id, question,
       choices](const wire::RawResult& raw) {
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
        ToolResult result = Succeeded(answer.text);
        result.telemetry = {
            {"properties",
             {{"outcome", "answered"},
              {"had_choices", choices.is_array()},
              {"was_freeform", answer.was_freeform}}},
            {"restrictedProperties",
             {{"question", question}, {"answer", answer.answer}}}};
        if (choices.is_array()) {
          result.telemetry["restrictedProperties"]["choices"] = choices.dump();
        }
        self->FinishTool(index, result);
      });
}

Json Turn::Telemetry(const ToolResult& result) const {
  Json telemetry =
      result.telemetry.is_object() ? result.telemetry : Json::object();
  if (result.bare) return telemetry;
  Json& metrics = telemetry["metrics"];
  metrics["context_token_limit"] = PromptLimit(session_.config);
  metrics["context_current_tokens"] = session_.context_tokens();
  if (!result.untruncated) metrics["large_output_threshold_bytes"] = 20480;
  return telemetry;
}

void Turn::FinishTool(size_t index, const ToolResult& result) {
  RunningTool& tool = tools_[index];
  Json input = {
      {"toolName", tool.request.name},
      {"toolArgs", Json::parse(tool.request.arguments, nullptr, false)}};
  if (result.success) {
    input["toolResult"] = ResultForHooks(result);
  } else {
    input["error"] = result.error;
  }
  const auto shown = [](const Json& output) {
    Json told = output;
    if (told.contains("modifiedResult")) told["modifiedResult"] = true;
    return told;
  };
  session_.hooks.Invoke(
      {result.success ? "postToolUse" : "postToolUseFailure", std::move(input),
       nullptr, shown},
      [self = shared_from_this(), index, result](const Json& output) {
        if (self->live_) self->TakeToolReview(index, result, output);
      });
}

void Turn::TakeToolReview(size_t index, ToolResult result, const Json& output) {
  const std::string& name = tools_[index].request.name;
  const auto modified = output.find("modifiedResult");
  if (modified != output.end() && modified->is_object()) {
    result.text = TextOf(*modified, "textResultForLlm");
    result.members = nullptr;
  }
  const std::string context = TextOf(output, "additionalContext");
  if (!context.empty() && result.success) {
    result.text += fmt::format(
        "\n\nTool \"{}\" succeeded. Additional guidance from postToolUse "
        "hooks:\n{}",
        name, context);
  } else if (!context.empty()) {
    contexts_.push_back(
        fmt::format("Tool \"{}\" failed. Additional guidance from "
                    "postToolUseFailure hooks:\n{}",
                    name, context));
  }
  CompleteTool(index, result);
}

// The result as model.tool_execution and the hooks tell it.
Json Turn::ResultForHooks(const ToolResult& done) const {
  Json result = done.members.is_object() ? done.members : Json::object();
  result["textResultForLlm"] = done.text;
  result["resultType"] = done.success ? "success" : done.code;
  if (!done.success) result["error"] = done.error;
  result["toolTelemetry"] = Telemetry(done);
  return result;
}

void Turn::CompleteTool(size_t index, const ToolResult& done) {
  const auto self = shared_from_this();
  RunningTool& tool = tools_[index];
  tool.done = true;
  // It may be the one that calls: it goes later.
  session_.host.After(1, [gone = std::move(tool.built_in)] {});
  tool.outcome.call_id = tool.request.id;
  tool.outcome.name = tool.request.name;
  tool.outcome.capture = tool.request.capture;
  tool.outcome.success = done.success;
  tool.outcome.text = done.text;
  log().Ephemeral("model.message",
                  MessageEvent(Scope(), answer_,
                               {{"role", "tool"},
                                {"tool_call_id", tool.request.id},
                                {"content", done.text}}));
  JsonObject data;
  data.Text("toolCallId", tool.request.id)
      .Text("model", session_.config.model)
      .Text("interactionId", interaction_id_)
      .Text("turnId", std::to_string(call_index_))
      .Bool("rte", false);
  if (done.event.is_object()) {
    for (const auto& [name, value] : done.event.items()) {
      data.Raw(name, value.dump());
    }
  }
  data.Bool("success", tool.outcome.success);
  if (done.success) {
    data.Raw("result", Dump(done.Content()));
  } else {
    data.Raw("error", JsonObject()
                          .Text("message", done.ErrorMessage())
                          .Text("code", done.code)
                          .str());
    if (done.told_of_failure) data.Raw("result", Dump(done.Content()));
  }
  Json counted = Telemetry(done);
  const bool binary = done.members.is_object() &&
                      done.members.contains("binaryResultsForLlm") &&
                      !done.members["binaryResultsForLlm"].empty();
  if (done.success && !binary) {
    counted["metrics"]["result_token_count"] = CountTokens(tool.outcome.text);
  }
  data.Raw("toolTelemetry", Dump(counted));
  if (binary) log().Hide("session.binary_asset", "{}");
  log().Persist("tool.execution_complete", data.str());
  std::string edits;
  if (done.event.is_object() && done.event.contains("fileEdits")) {
    edits = Dump(done.event["fileEdits"]);
    const Json metrics = done.telemetry.value("metrics", Json::object());
    session_.usage.AddEdit(done.event["fileEdits"][0].value("path", ""),
                           metrics.value("linesAdded", int64_t{0}),
                           metrics.value("linesRemoved", int64_t{0}));
  }
  log().Ephemeral("model.tool_execution",
                  JsonObject()
                      .Text("kind", "tool_execution")
                      .Int("turn", call_index_)
                      .Text("toolCallId", tool.request.id)
                      .Raw("toolResult", Dump(ResultForHooks(done)))
                      .RawIf("fileEdits", edits)
                      .Int("durationMs", NowMs() - tool.started_ms)
                      .Bool("rte", false)
                      .str());

  if (--tools_left_ == 0) OnToolsDone();
}

void Turn::OnToolsDone() {
  std::vector<ToolOutcome> outcomes;
  for (RunningTool& tool : tools_) {
    const Json message = {{"role", "tool"},
                          {"tool_call_id", tool.request.id},
                          {"content", tool.outcome.text}};
    session_.tokens += MessageTokens(message);
    session_.conversation.push_back(message);
    outcomes.push_back(std::move(tool.outcome));
  }
  for (const std::string& context : std::exchange(contexts_, {})) {
    const Json message = {{"role", "user"}, {"content", context}};
    log().Ephemeral("model.message",
                    MessageEvent(Scope(), answer_, message, "system"));
    session_.conversation.push_back(message);
  }
  tools_.clear();
  EndCall();
  if (user_cancelled_) {
    CancelByUser();
    return;
  }
  for (const QueuedMessage& message : session_.queue.TakeSteering()) {
    log().Persist("user.message",
                  JsonObject()
                      .Text("content", message.display)
                      .Text("messageId", message.id)
                      .Text("delivery", "steering")
                      .Text("interactionId", interaction_id_)
                      .Text("turnId", std::to_string(call_index_ + 1))
                      .str());
    session_.conversation.push_back(
        {{"role", "user"}, {"content", message.prompt}});
  }
  player_->OnOutcomes(outcomes);
  Next();
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

namespace {

std::string ResultOf(const TurnError& error) {
  if (error.status_code == 0) return "transport_error";
  if (error.status_code == 400) return "http_400";
  return fmt::format("http_{}xx", error.status_code / 100);
}

}  // namespace

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
       {{"transcriptPath", session_.host.store().EventsFile(session_.id())},
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
