// SPDX-License-Identifier: MIT
//
// Turns a session's events into what an attempt reports (harness spec 6).
// Listeners run on the loop's thread; callbacks into the host run one after the
// other on the executor. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/executor.h"
#include "harness/profile.h"
#include "harness/sdk_session.h"

namespace copilot::harness {

class EventBridge {
 public:
  // Subscribes at once. `params` and `host` must outlive the bridge.
  EventBridge(std::shared_ptr<SdkSession> session, const AttemptParams& params,
              const AttemptHost& host, std::shared_ptr<Executor> executor,
              std::shared_ptr<Clock> clock, Profile profile = Profile::kDocs);
  // Detach and flush first, unless no event can come any more.
  ~EventBridge();

  // From now on the attempt counts as aborted: errors are not recorded.
  void MarkAborted();

  // A tool of the host has given its result: the host hears of it now, and not
  // again when the SDK says that the call is complete (journal profile).
  void OnBridgedResult(const std::string& tool_call_id,
                       const std::string& tool_name, bool is_error);

  // Takes the message that ended the turn; true for a root, durable
  // assistant.message.
  bool RecordSendResult(const std::optional<Json>& event);

  // Waits until the host has had every delta; the first error it gave, if any.
  Status FlushDeltas();
  // Waits until the host has had every compaction hook and agent event.
  void FlushCallbacks();

  // The session is idle, no compaction runs, and no hook of one either: there
  // is nothing to wait for.
  bool IsSettled() const;

  struct Snapshot {
    std::vector<std::string> texts;
    Json assistant;  // the built message; null when there is nothing
    Json usage;      // null: none
    std::optional<Error> stream_error;
    int started = 0;
    int completed = 0;
    Json tool_metas = Json::array();
    Json last_tool_error;
    bool side_effects = false;
    bool compacting = false;
    bool compaction_seen = false;
    bool idle_seen = false;
  };
  Snapshot snapshot() const;

  // Calls back once, on the loop's thread or at once, when the session is idle
  // and no compaction runs.
  void WhenSettled(std::function<void()> callback);

  // Unsubscribes in reverse order. The second call does nothing.
  void Detach();

 private:
  void On(const char* type, void (EventBridge::*handler)(const SessionEvent&));
  void OnDelta(const SessionEvent& event);
  void OnReasoningDelta(const SessionEvent& event);
  void OnMessage(const SessionEvent& event);
  void OnUsage(const SessionEvent& event);
  void OnToolStart(const SessionEvent& event);
  void OnToolComplete(const SessionEvent& event);
  void OnCompactionStart(const SessionEvent& event);
  void OnCompactionComplete(const SessionEvent& event);
  void OnIdle(const SessionEvent& event);
  void OnPlanChanged(const SessionEvent& event);
  void OnPlanRequested(const SessionEvent& event);
  void OnPlanCompleted(const SessionEvent& event);
  void OnError(const SessionEvent& event);
  void OnAbort(const SessionEvent& event);
  void OnUserMessage(const SessionEvent& event);
  void OnSubagent(const SessionEvent& event);

  std::string& TextOf(const std::string& message_id);
  Json BuildAssistant() const;
  void FireCompaction(const char* hook, Json payload);
  void FirePlan(Json data);
  void FireItemResult(const std::string& tool_call_id,
                      const std::string& tool_name, bool is_error);
  void ReleaseIfSettled(std::unique_lock<std::mutex> lock);

  const std::shared_ptr<SdkSession> session_;
  const AttemptParams& params_;
  const AttemptHost& host_;
  SerialQueue deltas_;
  SerialQueue compactions_;
  SerialQueue agent_events_;
  const std::shared_ptr<Clock> clock_;
  const Profile profile_;
  std::vector<SdkSession::ListenerId> listeners_;
  bool user_message_taken_ = false;  // of the loop's thread

  mutable std::mutex mutex_;  // guards what follows
  bool aborted_ = false;
  std::vector<std::pair<std::string, std::string>> texts_;  // by first seen
  std::string reasoning_;
  Json last_message_;  // data of the last root assistant.message
  Json usage_;
  std::optional<Error> stream_error_;
  std::optional<Error> delta_error_;
  int started_ = 0;
  int completed_ = 0;
  Json tool_metas_ = Json::array();
  std::map<std::string, size_t> meta_of_call_;
  bool detached_ = false;
  std::set<std::string> reported_calls_;  // whose results the host has
  Json last_tool_error_;
  bool side_effects_ = false;
  bool compacting_ = false;
  bool compaction_seen_ = false;
  bool idle_seen_ = false;
  std::function<void()> when_settled_;
};

}  // namespace copilot::harness
