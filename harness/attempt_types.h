// SPDX-License-Identifier: MIT
//
// What a host hands to an attempt, and what it gets back (harness spec 1.6).
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/abort_signal.h"
#include "harness/auth.h"
#include "harness/error.h"
#include "harness/session_config.h"

namespace copilot::harness {

// A tool of the host. `execute` runs on a worker thread and may block.
struct HostTool {
  std::string name;
  std::string description;
  Json parameters;  // null: none
  bool sequential = false;
  // The host's result: {content: [...], details?}.
  std::function<Expected<Json>(const std::string& tool_call_id,
                               const Json& arguments, const AbortSignal&)>
      execute;
  // Optional; what it returns is what `execute` gets.
  std::function<Expected<Json>(const Json& arguments)> prepare_arguments;
};

// What a call was made with, for AttemptHost::before_execute.
struct ToolCall {
  std::string tool_call_id;
  std::string tool_name;
  Json arguments;
};

// What a tool gave, for AttemptHost::on_tool_result.
struct ToolReport {
  std::string tool_name;
  Json result;  // a failure is text with details {status: "failed", error}
  bool is_error = false;
};

// How the host takes part. Every member is optional; they run on worker
// threads and may block, unless said otherwise. Thread-safe implementations.
struct AttemptHost {
  std::vector<HostTool> tools;
  // Runs before each tool; a failure keeps it from being executed.
  std::function<Status(const ToolCall&)> before_execute;
  // An error of it is only warned about.
  std::function<Status(const ToolReport&)> on_tool_result;

  // Decides permission requests: {kind, …}, null for no opinion, or an error
  // when the policy threw. Absent: everything is rejected (harness spec 9).
  std::function<Expected<Json>(const Json& request,
                               const std::string& session_id)>
      permission_policy;

  // Portable hooks the host wants, and what runs them. The result is the
  // hook's contribution.
  std::set<std::string> hooks;
  std::function<Expected<Json>(const std::string& hook, const Json& payload)>
      run_hook;

  // {delta, text, sessionId, usage?}, one at a time, in order. The first error
  // it gives becomes the prompt error.
  std::function<Status(const Json& delta)> on_delta;
  // {stream, data}: plan updates (harness spec 6.3), one at a time, in order.
  std::function<void(const Json& event)> on_agent_event;
  std::function<void(const std::string& sdk_session_id)> on_established;
  // Shows a question; `text` is ready to be shown.
  std::function<void(const UserInputRequest&, const std::string& text)>
      on_question;
  // What would be logged: level "warn", "info" or "error". Must not block.
  std::function<void(const std::string& level, const std::string& message)> log;

  bool wants(const std::string& hook) const {
    return run_hook && hooks.count(hook) != 0;
  }
  void Warn(const std::string& message) const {
    if (log) log("warn", message);
  }
};

// An attempt's parameters under the names of the harness documentation.
struct AttemptParams {
  std::string session_id;
  std::string session_key;
  std::string session_file;
  std::string run_id;
  std::string prompt;
  std::optional<std::string> transcript_prompt;
  Json messages = Json::array();
  std::string provider;  // as given or of the model
  std::string model_id;
  std::string model_api;
  std::string model_base_url;
  Json model;  // the model object that was given; null: none
  AuthInput auth;
  std::string agent_id;
  std::string agent_dir;
  std::string copilot_home;
  std::string workspace_dir;
  std::string cwd;
  int64_t timeout_ms = 600000;
  Json session_provider;  // passed to the CLI as it is; null: none
  Json infinite_sessions;
  std::optional<bool> enable_session_telemetry;
  std::string reasoning_effort;
  std::string extra_system_prompt;
  std::optional<std::vector<std::string>> tools_allow;
  bool force_message_tool = false;
  bool disable_message_tool = false;
  bool disable_tools = false;
  bool model_run = false;
  std::string prompt_mode;
  std::string message_channel;     // or provider; empty: a one-shot run
  Json before_agent_start_result;  // computed by the host already
  std::string replay_session_id;   // initialReplayState
  bool replay_invalid = false;
  bool prior_side_effects = false;
  // Compaction only:
  std::optional<int64_t> current_token_count;
  std::string custom_instructions;

  bool raw_run() const { return model_run || prompt_mode == "none"; }

  static AttemptParams FromJson(const Json& params);
};

struct AttemptResult {
  bool aborted = false;
  bool external_abort = false;
  bool timed_out = false;
  bool timed_out_during_compaction = false;
  std::optional<Error> prompt_error;
  std::string sdk_session_id;
  std::string session_id_used;
  std::string session_file_used;
  std::vector<std::string> assistant_texts;
  Json last_assistant;  // null: none
  Json attempt_usage;   // null: none
  Json messages_snapshot = Json::array();
  int started_count = 0;
  int completed_count = 0;
  Json tool_metas = Json::array();
  Json last_tool_error;  // null: none
  bool had_potential_side_effects = false;
  bool replay_safe = true;

  Json ToJson() const;
};

}  // namespace copilot::harness
