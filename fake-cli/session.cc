// SPDX-License-Identifier: MIT
#include "fake-cli/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "fake-cli/attachments.h"
#include "fake-cli/files/session_fs.h"
#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/skills.h"
#include "fake-cli/tokens.h"
#include "fake-cli/tool_result.h"
#include "fake-cli/tools/catalogue.h"
#include "fake-cli/tools/shells.h"
#include "fake-cli/turn.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// Data of tool.execution_complete for a call of an earlier process.
// A tool's result in a conversation that is read back: with its source.
Json RestoredToolMessage(const std::string& call_id, const std::string& tool,
                         const std::string& arguments,
                         const std::string& text) {
  Json source = {{"kind", "tool"}, {"name", tool}};
  const std::string summary =
      FindBuiltIn(tool) == nullptr
          ? ""
          : IntentionOf(tool, Json::parse(arguments, nullptr, false));
  if (!summary.empty()) source["summary"] = summary;
  return {{"role", "tool"},
          {"tool_call_id", call_id},
          {"content", text},
          {"__copilotMessageSource", std::move(source)}};
}

std::string ResumedResult(const std::string& call_id,
                          const ToolResult& result) {
  JsonObject data;
  data.Text("toolCallId", call_id)
      .Text("model", "resumed")
      .Text("interactionId", "resume")
      .Bool("success", result.success);
  if (result.success) {
    data.Raw("result", result.Content().dump(-1, ' ', false,
                                             Json::error_handler_t::replace))
        .Raw("toolTelemetry", "{}");
  } else {
    data.Raw("error", JsonObject()
                          .Text("message", result.error.empty() ? result.text
                                                                : result.error)
                          .Text("code", result.code)
                          .str());
  }
  return data.str();
}

}  // namespace

Session::Session(Host& host_in, Workspace workspace_in, SessionConfig config_in)
    : host(host_in),
      workspace(std::move(workspace_in)),
      config(std::move(config_in)),
      log(
          host.ids(),
          [this](const std::string& event) { host.SendEvent(*this, event); },
          [this](std::string_view type) {
            host.SendLifecycle(*this, "session.updated", type);
          }),
      task_subscription_(host.ids().Uuid()) {
  if (host.release().version().empty()) return;
  log.Emulate(&host.release(),
              [this](const RequestForm& form, std::string_view data) {
                old_requests.Ask(form, data);
              });
}

Session::~Session() = default;

void Session::Send(QueuedMessage message) {
  if (closed_) return;
  const bool busy = turn_ != nullptr || compacting || awaited_ > 0;
  message.delivery = busy ? "queued" : "idle";
  queue.Number(&message);
  log.Ephemeral("pending_messages.modified");
  if (!message.wait) {
    message.responder.Result(JsonObject().Text("messageId", message.id).str());
  }
  if (message.immediate && turn_ != nullptr) {
    queue.Steer(std::move(message));
    return;
  }
  queue.Add(std::move(message));
  if (!busy) StartNext();
}

void Session::StartNext() {
  if (shut_ || queue_paused || queue.empty() || turn_ != nullptr ||
      compacting || awaited_ > 0 || closed_) {
    return;
  }
  QueuedMessage message = queue.Take();
  if (!message.resumed) log.Ephemeral("pending_messages.modified");
  turn_ = std::make_shared<Turn>(*this, std::move(message));
  const auto turn = turn_;
  turn->Start();
}

void Session::Abort(const std::string& reason,
                    const std::function<void()>& acknowledge) {
  if (turn_ == nullptr) {
    acknowledge();
    return;
  }
  queue.Clear();
  const auto turn = turn_;
  turn->Abort(reason, acknowledge);
}

bool Session::AnyAgent(const std::function<bool(Session&)>& takes) {
  const auto working = agents;  // one may end meanwhile
  return std::any_of(working.begin(), working.end(), [&](const auto& each) {
    const auto agent = each.lock();
    return agent != nullptr && takes(*agent);
  });
}

bool Session::AnswerTool(const std::string& request_id, const Json& params,
                         const std::function<void()>& acknowledge) {
  const auto found = pending_tools.find(request_id);
  if (found == pending_tools.end()) {
    return AnyAgent([&](Session& agent) {
      return agent.AnswerTool(request_id, params, acknowledge);
    });
  }
  const PendingTool pending = std::move(found->second);
  pending_tools.erase(found);
  log.Persist("external_tool.completed",
              JsonObject().Text("requestId", request_id).str(),
              params.contains("error") ? "error" : "");
  acknowledge();
  pending.answer(params);
  return true;
}

bool Session::AnswerPermission(const std::string& request_id,
                               const Json& answer,
                               const std::function<void()>& acknowledge) {
  const auto found = pending_permissions.find(request_id);
  if (found == pending_permissions.end()) {
    return AnyAgent([&](Session& agent) {
      return agent.AnswerPermission(request_id, answer, acknowledge);
    });
  }
  const PendingPermission pending = std::move(found->second);
  pending_permissions.erase(found);
  const Json result = host.release().Decision(answer);
  log.Persist("permission.completed",
              JsonObject()
                  .Text("requestId", request_id)
                  .Text("toolCallId", pending.tool_call_id)
                  .Raw("result", CompletedResult(result))
                  .str());
  acknowledge();
  pending.answer(result);
  return true;
}

void Session::Restore() {
  takes_model_ = config.model.empty();
  for (const std::string& event : log.events()) TakeEvent(event);
  for (const std::string& record : log.hidden_records()) TakeUsage(record);
}

void Session::TakeUsage(const std::string& record) {
  const Json data = ObjectOf(Json::parse(record, nullptr, false), "data");
  if (!MemberOf(data, "usage").is_object()) return;
  const Json& tokens_used = ObjectOf(data, "usage");
  TokenUsage call;
  call.calls = 1;
  call.input = NumberOf(tokens_used, "inputTokens");
  call.output = NumberOf(tokens_used, "outputTokens");
  call.cache_read = NumberOf(tokens_used, "cacheReadTokens");
  call.cache_write = NumberOf(tokens_used, "cacheWriteTokens");
  call.duration_ms = NumberOf(data, "durationMs");
  usage.Add(TextOf(data, "model"), call);
  usage.AddUserRequest();
}

void Session::Shut() {
  if (std::exchange(shut_, true)) return;
  log.Persist("session.shutdown", ShutdownData());
}

void Session::TakeEvent(std::string_view event) {
  const Json document = Json::parse(event, nullptr, false);
  if (!document.is_object() || document.contains("agentId")) return;
  const std::string type = TextOf(document, "type");
  const Json& data = ObjectOf(document, "data");
  Json message;
  if (type == "user.message") {
    message = {{"role", "user"},
               {"content", TextOf(data, "transformedContent")},
               {"__copilotAutoApprovalHumanMessageIndex", user_messages++}};
  } else if (type == "assistant.message") {
    message = {{"role", "assistant"},
               {"content", TextOf(data, "content")},
               {"apiCallId", TextOf(data, "apiCallId")}};
    Json calls = Json::array();
    for (const Json& tool : ListOf(data, "toolRequests")) {
      calls.push_back({{"id", TextOf(tool, "toolCallId")},
                       {"type", "function"},
                       {"function",
                        {{"name", TextOf(tool, "name")},
                         {"arguments", Dump(ObjectOf(tool, "arguments"))}}}});
    }
    if (!calls.empty()) message["tool_calls"] = std::move(calls);
    if (message["content"] == "") message["content"] = nullptr;
  } else if (type == "tool.execution_start") {
    interrupted_[TextOf(data, "toolCallId")] = {
        TextOf(data, "toolName"), Dump(ObjectOf(data, "arguments")), ""};
  } else if (type == "external_tool.requested") {
    const auto found = interrupted_.find(TextOf(data, "toolCallId"));
    if (found != interrupted_.end()) {
      found->second.request_id = TextOf(data, "requestId");
    }
  } else if (type == "tool.execution_complete") {
    const std::string id = TextOf(data, "toolCallId");
    const Interrupted tool = interrupted_[id];
    interrupted_.erase(id);
    const bool success = FlagOf(data, "success");
    message = RestoredToolMessage(
        id, tool.name, tool.arguments,
        success ? TextOf(ObjectOf(data, "result"), "content")
                : TextOf(ObjectOf(data, "error"), "message"));
  } else if (type == "session.binary_asset") {
    assets_.insert(TextOf(data, "assetId"));
  } else if (type == "session.start" || type == "session.resume") {
    const std::string model = TextOf(data, "selectedModel");
    if (!model.empty() && takes_model_) config.model = model;
  }
  if (message.is_null()) return;
  tokens += MessageTokens(message);
  conversation.push_back(std::move(message));
}

void Session::AwaitPending() {
  for (const auto& [call_id, tool] : interrupted_) {
    if (tool.request_id.empty()) continue;
    ++awaited_;
    pending_tools[tool.request_id] = {
        [this, id = call_id](const Json& params) { OnAwaited(id, params); }};
  }
  if (awaited_ == 0) return;
  log.Ephemeral("pending_messages.modified");
  log.Ephemeral("pending_messages.modified");
  log.Ephemeral("session.skills_loaded", SkillsData(host));
  log.Ephemeral("session.mcp_servers_loaded", mcp.LoadedData());
  announced_skills = true;
}

void Session::OnAwaited(const std::string& call_id, const Json& params) {
  const Interrupted tool = interrupted_[call_id];
  interrupted_.erase(call_id);
  const ToolResult result = ReadToolResult(params, tool.name, tool.arguments);
  log.Persist("tool.execution_complete", ResumedResult(call_id, result));
  conversation.push_back(
      RestoredToolMessage(call_id, tool.name, tool.arguments, result.text));
  if (--awaited_ > 0) return;
  QueuedMessage go_on;
  go_on.id = host.ids().Uuid();
  go_on.resumed = true;
  queue.AddFirst(std::move(go_on));
  StartNext();
}

void Session::TellInterrupted() {
  if (interrupted_.empty()) return;
  const ToolResult result = Failed(
      "Tool execution was interrupted before a result was recorded. Its "
      "effects may be absent, partial, or already complete, and other tools "
      "may have completed successfully. Check the current state before "
      "retrying; do not assume success or replay this operation blindly.",
      "", "interrupted");
  for (const auto& [call_id, tool] : interrupted_) {
    log.Persist("tool.execution_complete", ResumedResult(call_id, result));
    conversation.push_back(
        RestoredToolMessage(call_id, tool.name, tool.arguments, result.text));
  }
  log.Persist(
      "session.warning",
      JsonObject()
          .Text("warningType", "interrupted_tools")
          .Text("message",
                fmt::format("{} tool call(s) had no recorded result at resume. "
                            "Files or other state may be partially changed. "
                            "Completed tool results were retained; unresolved "
                            "operations were not automatically retried. Verify "
                            "the current state before continuing.",
                            interrupted_.size()))
          .str());
  interrupted_.clear();
}

void Session::KeepAssets(const Json& attachments) {
  for (const Json& attachment : attachments) {
    const Json asset = BinaryAsset(attachment);
    if (asset.is_null() || !assets_.insert(asset["assetId"]).second) continue;
    log.Hide("session.binary_asset", asset.dump());
  }
}

void Session::GoOn(const std::string& prompt) {
  QueuedMessage message;
  message.id = host.ids().Uuid();
  message.prompt = message.display = prompt;
  message.delivery = "queued";
  message.from_hook = true;
  queue.AddFirst(std::move(message));
  log.Ephemeral("pending_messages.modified");
}

void Session::OnTurnFinished(bool aborted, bool silent) {
  const auto finished = std::exchange(turn_, nullptr);
  if (fs == nullptr) log.Flush();
  if (closed_) return;
  if (queue.has_steering()) {
    for (QueuedMessage& message : queue.TakeSteering()) {
      message.originating = finished->message().id;
      message.delivery = "queued";
      queue.AddFirst(std::move(message));
    }
    log.Ephemeral("pending_messages.modified");
  }
  if (!queue.empty() && !queue_paused) {
    StartNext();
    return;
  }
  if (silent) return;
  if (aborted) log.Ephemeral("pending_messages.modified", "{}", "abort");
  JsonObject idle;
  if (aborted) idle.Bool("aborted", true);
  log.Ephemeral("assistant.idle", idle.str());
  const std::string data = idle.Text("mode", mode).str();
  const auto tell = [this, data] { log.Ephemeral("session.idle", data); };
  if (fs == nullptr) {
    tell();
  } else {
    fs->Append(tell);
  }
}

void Session::KeepFiles(std::unique_ptr<SessionFs> with) {
  fs = std::move(with);
  log.WriteBy([this] {
    if (announced_skills) fs->AppendSoon();  // there was a turn
  });
}

std::string Session::directory() const {
  return fs != nullptr ? fs->directory() : host.store().Directory(id());
}

std::string Session::events_file() const {
  return fs != nullptr ? fs->events_file() : host.store().EventsFile(id());
}

std::shared_ptr<FileSystem> Session::files() const {
  return fs != nullptr ? fs->files() : MakeDiskFiles();
}

Checkpoint Session::WriteCheckpoint(int number, std::string title,
                                    const std::string& text) {
  if (fs != nullptr) return fs->WriteCheckpoint(number, title, text);
  host.store().Write(workspace);
  return host.store().WriteCheckpoint(id(), number, std::move(title), text);
}

void Session::Background() {
  background_.push_back(std::exchange(turn_, nullptr));
}

void Session::CompactionEnded() {
  compacting = false;
  StartNext();
}

void Session::TellTask(std::string_view kind, const std::string& task,
                       const std::string& reaction) {
  const auto text = [](const std::string& document) {
    return document.empty() ? "null" : Quote(document);
  };
  host.NotifyClients(
      *this, "host.event",
      JsonObject()
          .Raw("scope", JsonObject()
                            .Text("type", "session")
                            .Text("sessionId", id())
                            .str())
          .Text("kind", "task_transition")
          .Raw("payload", JsonObject()
                              .Text("subscriptionId", task_subscription_)
                              .Text("kind", kind)
                              .Raw("taskJson", text(task))
                              .Raw("reactionJson", text(reaction))
                              .str())
          .str());
}

void Session::Elicit(const Json& form, const std::string& source,
                     std::function<void(const Json& result)> answer) {
  const std::string request_id = host.ids().Uuid();
  pending_elicitations[request_id] = std::move(answer);
  log.Ephemeral(
      "elicitation.requested",
      JsonObject()
          .Text("requestId", request_id)
          .Raw("requestedSchema",
               form.value("requestedSchema", Json::object())
                   .dump(-1, ' ', false, Json::error_handler_t::replace))
          .Text("message", TextOf(form, "message"))
          .TextIf("elicitationSource", source)
          .str());
}

void Session::CancelElicitations() {
  for (const auto& [request, answer] :
       std::exchange(pending_elicitations, {})) {
    answer({{"action", "cancel"}});
  }
}

void Session::EndTurns() {
  if (turn_ != nullptr) {
    turn_->Drop();
    turn_.reset();
  }
  for (const auto& turn : background_) turn->Drop();
  queue.Clear();
}

void Session::Drop() {
  EndTurns();
  mcp.Close();
  pending_tools.clear();
  pending_permissions.clear();
  pending_elicitations.clear();
  running_compaction.reset();
  compaction_call.reset();
  auto_compaction.reset();
  cancel_compaction = nullptr;
  after_compaction = nullptr;
  closed_ = true;
}

void Session::Close(bool on_wire) {
  EndTurns();
  const std::string data = ShutdownData();
  shells.reset();
  mcp.Close();
  CancelElicitations();
  if (on_wire) {
    log.Persist("session.shutdown", data);
  } else {
    log.Hide("session.shutdown", data);
  }
  closed_ = true;
  if (fs != nullptr) return;
  if (on_wire) TellTask("disposed");
  log.Flush();
  workspace.updated_ms = log.modified_ms();
  host.store().Write(workspace);
  host.store().UnmarkInUse(id());
}

void Session::Leave(std::function<void()> done) {
  fs->Measure([self = shared_from_this(), done = std::move(done)] {
    if (self->closed_) return done();
    self->Close(true);
    self->fs->Append([self, done] {
      self->TellTask("disposed");
      done();
    });
  });
}

void Session::TellUsage() {
  const std::string cache =
      JsonObject()
          .Text("conversation", "main")
          .Raw("models", "{}")
          .Text("lastActiveModel", config.model)
          .Raw("pendingRewriteSources", R"(["compaction"])")
          .str();
  log.Persist(
      "session.usage_checkpoint",
      JsonObject()
          .Int("totalNanoAiu", 0)
          .Int("totalPremiumRequests", 0)
          .Raw("modelCacheState", "[]")
          .Raw("promptCacheBreakState", "[" + cache + "]")
          .Raw("accountingSnapshot",
               usage.Snapshot(workspace.created_ms, config.model).dump())
          .Raw("providerModelMetrics", usage.ProviderModelMetrics().dump())
          .Raw("usageAccountingWatermarks",
               JsonObject().Int(id(), usage.sequence()).str())
          .str());
}

std::string Session::ShutdownData() const {
  const bool used = !usage.empty();
  JsonObject data;
  if (used) {
    data.Raw("accountingSnapshot",
             usage.Snapshot(workspace.created_ms, config.model).dump())
        .Raw("providerModelMetrics", usage.ProviderModelMetrics().dump())
        .Raw("usageAccountingWatermarks",
             JsonObject().Int(id(), usage.sequence()).str());
  }
  data.Text("shutdownType", "routine")
      .Int("totalPremiumRequests", 0)
      .Int("totalNanoAiu", 0)
      .Int("totalApiDurationMs", usage.duration_ms())
      .Int("sessionStartTime", workspace.created_ms);
  if (log.materialised()) data.Int("eventsFileSizeBytes", log.file_bytes());
  data.Raw("codeChanges", usage.CodeChanges().dump())
      .Raw("modelMetrics", usage.ModelMetrics().dump());
  if (used) {
    data.Raw("agentMetrics", usage.AgentMetrics().dump())
        .TextIf("currentModel", config.model);
  }
  // An empty context is three tokens to the CLI.
  data.Int("currentTokens", used ? context_tokens() : 3)
      .Int("systemTokens", system_tokens)
      .Int("conversationTokens", tokens)
      .Int("toolDefinitionsTokens", tool_tokens);
  return data.str();
}

std::string Session::PendingPermissions() const {
  std::string items = "[";
  for (const auto& [request_id, pending] : pending_permissions) {
    if (items.size() > 1) items.push_back(',');
    items += JsonObject()
                 .Text("requestId", request_id)
                 .Raw("request", pending.prompt_request)
                 .str();
  }
  return items + ']';
}

std::string Session::WithdrawableMessage() const {
  return turn_ == nullptr || turn_->spoken() ? "" : turn_->message().id;
}

void Session::Truncate(
    const std::string& event_id,
    std::function<void(std::optional<int64_t> removed)> done) {
  const auto cut = [this, event_id, done = std::move(done)](
                       const std::optional<int64_t>& removed) {
    if (!removed) return done(std::nullopt);
    conversation = Json::array();
    tokens = 0;
    user_messages = 0;
    interrupted_.clear();
    for (const std::string& event : log.events()) TakeEvent(event);
    std::erase_if(checkpoints, [this](const Checkpoint& each) {
      return each.number > workspace.summary_count;
    });
    log.Ephemeral("session.snapshot_rewind", JsonObject()
                                                 .Text("upToEventId", event_id)
                                                 .Int("eventsRemoved", *removed)
                                                 .str());
    done(removed);
  };
  if (fs != nullptr) {
    fs->Truncate(event_id, cut);
    return;
  }
  const auto removed = log.Truncate(event_id);
  if (removed && workspace.summary_count != log.LastCheckpoint()) {
    workspace.summary_count = log.LastCheckpoint();
    host.store().DropCheckpoints(id(), workspace.summary_count);
    host.store().Write(workspace);
  }
  cut(removed);
}

void Session::Flush() { log.Flush(); }

std::string CompletedResult(const Json& decision) {
  const std::string kind = decision.is_object() ? TextOf(decision, "kind") : "";
  Json result = decision;
  if (kind == "approve-once") return R"({"kind":"approved"})";
  if (kind == "approve-for-session") result["kind"] = "approved-for-session";
  if (kind == "approve-for-location") result["kind"] = "approved-for-location";
  if (kind == "reject") {
    result = {{"kind", "denied-interactively-by-user"}};
    if (decision.contains("feedback")) {
      result["feedback"] = decision["feedback"];
    }
  }
  if (kind == "user-not-available") {
    return R"({"kind":"denied-no-approval-rule-and-could-not-request-from-user"})";
  }
  return result.dump();
}

}  // namespace copilot::fake_cli
