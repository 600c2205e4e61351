// SPDX-License-Identifier: MIT
#include "harness/event_bridge.h"

#include <sstream>
#include <utility>

#include "harness/replay.h"
#include "harness/session_event.h"
#include "harness/text.h"
#include "harness/usage.h"

namespace copilot::harness {
namespace {

constexpr char kDefaultMessageId[] = "assistant-message";

// What a finished tool shows: its detailed text, its text, or its error.
std::string MetaOf(const SessionEvent& event) {
  const Json& result = MemberOrNull(event.data(), "result");
  for (const char* name : {"detailedContent", "content"}) {
    const std::string text = StringMember(result, name);
    if (!text.empty()) return text;
  }
  return StringMember(MemberOrNull(event.data(), "error"), "message");
}

// The lines of a plan without list markers and blank lines.
Json PlanSteps(const std::string& plan) {
  Json steps = Json::array();
  std::istringstream in(plan);
  std::string line;
  while (std::getline(in, line)) {
    std::string_view step = Trim(line);
    const size_t digits = step.find_first_not_of("0123456789");
    if (digits > 0 && digits != std::string_view::npos &&
        (step[digits] == '.' || step[digits] == ')')) {
      step = Trim(step.substr(digits + 1));
    } else if (step.starts_with("- ") || step.starts_with("* ") ||
               step.starts_with("+ ")) {
      step = Trim(step.substr(1));
    }
    if (!step.empty()) steps.push_back(step);
  }
  return steps;
}

}  // namespace

EventBridge::EventBridge(std::shared_ptr<SdkSession> session,
                         const AttemptParams& params, const AttemptHost& host,
                         std::shared_ptr<Executor> executor,
                         std::shared_ptr<Clock> clock, Profile profile)
    : session_(std::move(session)),
      params_(params),
      host_(host),
      deltas_(executor),
      compactions_(executor),
      agent_events_(executor),
      clock_(std::move(clock)),
      profile_(profile) {
  // The order is part of the contract (harness spec 6.1).
  On("assistant.message_delta", &EventBridge::OnDelta);
  On("user.message", &EventBridge::OnUserMessage);
  On("assistant.reasoning_delta", &EventBridge::OnReasoningDelta);
  On("assistant.message", &EventBridge::OnMessage);
  On("assistant.usage", &EventBridge::OnUsage);
  On("tool.execution_start", &EventBridge::OnToolStart);
  On("tool.execution_complete", &EventBridge::OnToolComplete);
  On("session.plan_changed", &EventBridge::OnPlanChanged);
  On("exit_plan_mode.requested", &EventBridge::OnPlanRequested);
  On("exit_plan_mode.completed", &EventBridge::OnPlanCompleted);
  for (const char* type :
       {"subagent.started", "subagent.completed", "subagent.failed"}) {
    On(type, &EventBridge::OnSubagent);
  }
  On("session.compaction_start", &EventBridge::OnCompactionStart);
  On("session.compaction_complete", &EventBridge::OnCompactionComplete);
  On("session.idle", &EventBridge::OnIdle);
  On("session.error", &EventBridge::OnError);
  On("abort", &EventBridge::OnAbort);
}

EventBridge::~EventBridge() { Detach(); }

void EventBridge::On(const char* type,
                     void (EventBridge::*handler)(const SessionEvent&)) {
  listeners_.push_back(session_->On(
      type,
      [this, handler](const SessionEvent& event) { (this->*handler)(event); }));
}

void EventBridge::Detach() {
  for (auto it = listeners_.rbegin(); it != listeners_.rend(); ++it) {
    session_->Off(*it);
  }
  listeners_.clear();
  // A tool of the host may come to its end later; nobody waits for it then.
  const std::lock_guard lock(mutex_);
  detached_ = true;
}

void EventBridge::MarkAborted() {
  const std::lock_guard lock(mutex_);
  aborted_ = true;
}

// With mutex_ held.
std::string& EventBridge::TextOf(const std::string& message_id) {
  const std::string id = message_id.empty() ? kDefaultMessageId : message_id;
  for (auto& [known, text] : texts_) {
    if (known == id) return text;
  }
  return texts_.emplace_back(id, "").second;
}

void EventBridge::OnDelta(const SessionEvent& event) {
  const std::string delta = event.Text("deltaContent");
  if (!event.is_root() || delta.empty()) return;
  Json told = {{"delta", delta}, {"sessionId", session_->id()}};
  {
    const std::lock_guard lock(mutex_);
    std::string& text = TextOf(event.Text("messageId"));
    text += delta;
    told["text"] = text;
    if (!usage_.is_null()) told["usage"] = usage_;
  }
  if (!host_.on_delta) return;
  deltas_.Push([this, told = std::move(told)] {
    const Status taken = host_.on_delta(told);
    if (taken) return;
    const std::lock_guard lock(mutex_);
    if (!delta_error_) delta_error_ = taken.error();
  });
}

void EventBridge::OnReasoningDelta(const SessionEvent& event) {
  if (!event.is_root()) return;
  const std::lock_guard lock(mutex_);
  reasoning_ += event.Text("deltaContent");
}

void EventBridge::OnMessage(const SessionEvent& event) {
  if (!event.is_root() || event.is_ephemeral()) return;
  const std::lock_guard lock(mutex_);
  last_message_ = event.data();
  std::string& text = TextOf(event.Text("messageId"));
  const std::string content = event.Text("content");
  if (content.size() >= text.size()) text = content;
}

void EventBridge::OnUsage(const SessionEvent& event) {
  if (!event.is_root()) return;
  const std::lock_guard lock(mutex_);
  const Json snapshot = UsageSnapshot(event.data());
  if (!snapshot.is_null()) usage_ = snapshot;
}

void EventBridge::OnToolStart(const SessionEvent& event) {
  const std::string name = event.Text("toolName");
  const Json& asynchronous = MemberOrNull(event.data(), "isAsync");
  const std::lock_guard lock(mutex_);
  if (event.is_root()) ++started_;
  side_effects_ |= IsToolSideEffect(name, asynchronous == true);
  meta_of_call_[event.Text("toolCallId")] = tool_metas_.size();
  tool_metas_.push_back({{"toolName", name}});
}

void EventBridge::OnToolComplete(const SessionEvent& event) {
  const bool failed = MemberOrNull(event.data(), "success") == false;
  const std::lock_guard lock(mutex_);
  if (event.is_root()) ++completed_;
  const auto found = meta_of_call_.find(event.Text("toolCallId"));
  if (found == meta_of_call_.end()) return;
  Json& meta = tool_metas_[found->second];
  FireItemResult(event.Text("toolCallId"), StringMember(meta, "toolName"),
                 failed);
  meta["meta"] = MetaOf(event);
  if (failed) {
    meta["isError"] = true;
    last_tool_error_ = {{"toolName", meta["toolName"]},
                        {"error", meta["meta"]}};
  }
}

// Of each call once: a tool of the host reports before the SDK does (harness
// spec 6.6). With mutex_ held.
void EventBridge::FireItemResult(const std::string& tool_call_id,
                                 const std::string& tool_name, bool is_error) {
  if (profile_ != Profile::kJournal || !host_.on_agent_event) return;
  if (detached_) return;
  if (!reported_calls_.insert(tool_call_id).second) return;
  agent_events_.Push([this, told = Json{{"stream", "item"},
                                        {"data",
                                         {{"phase", "result"},
                                          {"toolCallId", tool_call_id},
                                          {"toolName", tool_name},
                                          {"isError", is_error}}}}] {
    host_.on_agent_event(told);
  });
}

void EventBridge::OnBridgedResult(const std::string& tool_call_id,
                                  const std::string& tool_name, bool is_error) {
  const std::lock_guard lock(mutex_);
  FireItemResult(tool_call_id, tool_name, is_error);
}

void EventBridge::FireCompaction(const char* hook, Json payload) {
  if (!host_.wants(hook)) return;
  payload["messageCount"] = -1;
  payload["sessionFile"] = params_.session_file;
  compactions_.Push([this, hook, payload = std::move(payload)] {
    if (const auto fired = host_.run_hook(hook, payload); !fired) {
      host_.Warn(std::string(hook) + " hook failed: " + fired.error().message);
    }
  });
}

void EventBridge::OnCompactionStart(const SessionEvent& event) {
  if (!event.is_root()) return;
  {
    const std::lock_guard lock(mutex_);
    compacting_ = true;
    compaction_seen_ = true;
  }
  FireCompaction("before_compaction", Json::object());
}

// Offered until one is taken: what steers the turn later is not its prompt.
void EventBridge::OnUserMessage(const SessionEvent& event) {
  if (!event.is_root() || event.is_ephemeral() || user_message_taken_) return;
  if (!host_.on_user_message_persisted) return;
  user_message_taken_ = host_.on_user_message_persisted(event.json());
}

void EventBridge::OnSubagent(const SessionEvent& event) {
  if (host_.on_subagent_event) host_.on_subagent_event(event.json());
}

void EventBridge::OnCompactionComplete(const SessionEvent& event) {
  const bool success = MemberOrNull(event.data(), "success") == true;
  if (success && host_.on_context_compacted) host_.on_context_compacted();
  if (!event.is_root()) return;
  if (success) {
    const Json& removed = MemberOrNull(event.data(), "messagesRemoved");
    FireCompaction(
        "after_compaction",
        {{"compactedCount", removed.is_number() ? removed : Json(0)}});
  }
  std::unique_lock lock(mutex_);
  compacting_ = false;
  compaction_seen_ = true;
  ReleaseIfSettled(std::move(lock));
}

void EventBridge::FirePlan(Json data) {
  if (!host_.on_agent_event) return;
  data["phase"] = "update";
  data["source"] = "copilot-sdk";
  agent_events_.Push(
      [this, told = Json{{"stream", "plan"}, {"data", std::move(data)}}] {
        host_.on_agent_event(told);
      });
}

void EventBridge::OnPlanChanged(const SessionEvent& event) {
  FirePlan({{"title", "Plan updated"},
            {"operation", MemberOrNull(event.data(), "operation")}});
}

void EventBridge::OnPlanRequested(const SessionEvent& event) {
  FirePlan(
      {{"title", "Plan updated"},
       {"explanation", MemberOrNull(event.data(), "summary")},
       {"steps", PlanSteps(event.Text("planContent"))},
       {"actions", MemberOrNull(event.data(), "actions")},
       {"requestId", MemberOrNull(event.data(), "requestId")},
       {"recommendedAction", MemberOrNull(event.data(), "recommendedAction")}});
}

void EventBridge::OnPlanCompleted(const SessionEvent& event) {
  FirePlan({{"title", "Plan decision"},
            {"requestId", MemberOrNull(event.data(), "requestId")},
            {"approved", MemberOrNull(event.data(), "approved")},
            {"selectedAction", MemberOrNull(event.data(), "selectedAction")}});
}

void EventBridge::OnIdle(const SessionEvent& event) {
  if (!event.is_root()) return;
  std::unique_lock lock(mutex_);
  idle_seen_ = true;
  ReleaseIfSettled(std::move(lock));
}

void EventBridge::OnError(const SessionEvent& event) {
  const std::lock_guard lock(mutex_);
  if (aborted_) return;
  std::string code = event.Text("errorCode");
  if (code.empty()) code = event.Text("errorType");
  stream_error_ = Error{event.Text("message"), code, 0, 0};
}

void EventBridge::OnAbort(const SessionEvent& event) {
  const std::lock_guard lock(mutex_);
  if (aborted_) return;
  stream_error_ =
      Error{"[copilot-attempt] session aborted: " + event.Text("reason"),
            "session_aborted", 0, 0};
}

void EventBridge::ReleaseIfSettled(std::unique_lock<std::mutex> lock) {
  if (compacting_ || !idle_seen_ || !when_settled_) return;
  const auto callback = std::exchange(when_settled_, nullptr);
  lock.unlock();
  callback();
}

void EventBridge::WhenSettled(std::function<void()> callback) {
  std::unique_lock lock(mutex_);
  when_settled_ = std::move(callback);
  ReleaseIfSettled(std::move(lock));
}

bool EventBridge::RecordSendResult(const std::optional<Json>& event) {
  if (!event || StringMember(*event, "type") != "assistant.message" ||
      !StringMember(*event, "agentId").empty() ||
      MemberOrNull(*event, "ephemeral") == true) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  last_message_ = MemberOrNull(*event, "data");
  return true;
}

Status EventBridge::FlushDeltas() {
  deltas_.Wait();
  const std::lock_guard lock(mutex_);
  if (delta_error_) return Fail(*delta_error_);
  return {};
}

void EventBridge::FlushCallbacks() {
  compactions_.Wait();
  agent_events_.Wait();
}

bool EventBridge::IsSettled() const {
  {
    const std::lock_guard lock(mutex_);
    if (compacting_ || !idle_seen_) return false;
  }
  return compactions_.IsIdle();
}

// With mutex_ held.
Json EventBridge::BuildAssistant() const {
  std::string reasoning = StringMember(last_message_, "reasoningText");
  if (reasoning.empty()) reasoning = reasoning_;
  std::string text;
  const std::string id = StringMember(last_message_, "messageId");
  for (const auto& [known, accumulated] : texts_) {
    if (id.empty() || known == id) text = accumulated;
  }
  if (text.empty()) text = StringMember(last_message_, "content");
  const Json& requests = MemberOrNull(last_message_, "toolRequests");
  const bool calls = requests.is_array() && !requests.empty();
  if (text.empty() && reasoning.empty() && !calls) return nullptr;
  Json content = Json::array();
  if (!reasoning.empty()) {
    content.push_back({{"type", "thinking"}, {"thinking", reasoning}});
  }
  if (!text.empty()) content.push_back({{"type", "text"}, {"text", text}});
  if (calls) {
    for (const Json& request : requests) {
      content.push_back({{"type", "toolCall"},
                         {"id", StringMember(request, "toolCallId")},
                         {"name", StringMember(request, "name")},
                         {"arguments", MemberOrNull(request, "arguments")}});
    }
  }
  std::string model = StringMember(last_message_, "model");
  if (model.empty()) model = params_.model_id;
  return {{"role", "assistant"},
          {"api",
           params_.model_api.empty() ? "openai-responses" : params_.model_api},
          {"provider", params_.provider},
          {"model", model},
          {"content", std::move(content)},
          {"stopReason", calls ? "toolUse" : "stop"},
          {"timestamp", clock_->Now()},
          {"usage", AssistantUsage(usage_, last_message_)}};
}

EventBridge::Snapshot EventBridge::snapshot() const {
  const std::lock_guard lock(mutex_);
  Snapshot out;
  for (const auto& [id, text] : texts_) {
    if (!text.empty()) out.texts.push_back(text);
  }
  if (out.texts.empty()) {
    const std::string content = StringMember(last_message_, "content");
    if (!content.empty()) out.texts.push_back(content);
  }
  out.assistant = BuildAssistant();
  out.usage = usage_;
  out.stream_error = stream_error_;
  out.started = started_;
  out.completed = completed_;
  out.tool_metas = tool_metas_;
  out.last_tool_error = last_tool_error_;
  out.side_effects = side_effects_;
  out.compacting = compacting_;
  out.compaction_seen = compaction_seen_;
  out.idle_seen = idle_seen_;
  return out;
}

}  // namespace copilot::harness
