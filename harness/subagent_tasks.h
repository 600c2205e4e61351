// SPDX-License-Identifier: MIT
//
// The CLI's sub-agents as tasks of the host (harness spec 14.4).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "harness/error.h"

namespace copilot::harness {

// Thread-safe. Every sub-agent that was reported as running is reported as
// succeeded, failed or cancelled, once.
class SubagentTasks {
 public:
  // Gets each record: {runId, kind, sourceId, label, task, status, …}.
  using Report = std::function<void(const Json& record)>;

  // Without a scope or a report nothing is recorded.
  SubagentTasks(std::string scope, Report report);

  // subagent.started, subagent.completed or subagent.failed.
  void OnEvent(const Json& event);

  // The run is over: what still runs is cancelled.
  void Finish();

 private:
  void Start(const std::string& call_id, const Json& event);
  void End(const std::string& call_id, Json outcome);

  const std::string scope_;
  const Report report_;
  std::mutex mutex_;
  std::map<std::string, Json> active_;  // by tool call id
  std::set<std::string> seen_;          // calls that ever started
};

}  // namespace copilot::harness
