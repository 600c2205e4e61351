// SPDX-License-Identifier: MIT
#include "harness/subagent_tasks.h"

#include <fmt/format.h>

#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

std::string FirstNonEmpty(const std::string& one, const std::string& other,
                          const std::string& last) {
  if (!one.empty()) return one;
  return other.empty() ? last : other;
}

std::string Summary(const std::string& label, const Json& data) {
  std::string summary = fmt::format("Subagent {} completed", label);
  const Json& calls = MemberOrNull(data, "totalToolCalls");
  const Json& tokens = MemberOrNull(data, "totalTokens");
  if (calls.is_number() && tokens.is_number()) {
    summary += fmt::format(" ({} tool calls, {} tokens)", calls.get<int64_t>(),
                           tokens.get<int64_t>());
  }
  return summary;
}

}  // namespace

SubagentTasks::SubagentTasks(std::string scope, Report report)
    : scope_(std::move(scope)), report_(std::move(report)) {}

void SubagentTasks::OnEvent(const Json& event) {
  if (scope_.empty() || !report_) return;
  const std::string type = StringMember(event, "type");
  const Json& data = MemberOrNull(event, "data");
  const std::string call_id = StringMember(data, "toolCallId");
  if (IsBlank(call_id)) return;
  if (type == "subagent.started") {
    Start(call_id, event);
  } else if (type == "subagent.completed") {
    End(call_id, {{"status", "succeeded"}, {"data", data}});
  } else if (type == "subagent.failed") {
    End(call_id,
        {{"status", "failed"}, {"error", StringMember(data, "error")}});
  }
}

void SubagentTasks::Start(const std::string& call_id, const Json& event) {
  const Json& data = MemberOrNull(event, "data");
  const std::string label =
      FirstNonEmpty(StringMember(data, "agentDisplayName"),
                    StringMember(data, "agentName"), "Subagent");
  const Json record = {
      {"scope", scope_},
      {"runId", "copilot-agent:" +
                    FirstNonEmpty(StringMember(event, "agentId"), call_id, "")},
      {"kind", "copilot-native"},
      {"sourceId", call_id},
      {"label", label},
      {"task", FirstNonEmpty(StringMember(data, "agentDescription"),
                             "Subagent " + label, "")},
      {"status", "running"},
      {"notify", "silent"},
      {"delivery", "not_applicable"}};
  {
    const std::lock_guard lock(mutex_);
    if (!seen_.insert(call_id).second) return;
    active_[call_id] = record;
  }
  report_(record);
}

void SubagentTasks::End(const std::string& call_id, Json outcome) {
  Json record;
  {
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(call_id);
    if (found == active_.end()) return;
    record = std::move(found->second);
    active_.erase(found);
  }
  record["status"] = outcome["status"];
  if (outcome.contains("error")) record["error"] = outcome["error"];
  if (outcome["status"] == "succeeded") {
    record["summary"] = Summary(record["label"], outcome["data"]);
  }
  report_(record);
}

void SubagentTasks::Finish() {
  std::map<std::string, Json> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(active_);
  }
  for (auto& [call_id, record] : left) {
    record["status"] = "cancelled";
    report_(record);
  }
}

}  // namespace copilot::harness
