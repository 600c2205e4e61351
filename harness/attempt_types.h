// SPDX-License-Identifier: MIT
//
// What a host hands to an attempt, and what it gets back (harness spec 1.6).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/abort_signal.h"
#include "harness/auth.h"
#include "harness/error.h"
#include "harness/journal/journal_params.h"
#include "harness/native_hooks.h"
#include "harness/session_config.h"

namespace copilot::harness {

class ToolCatalogue;

// A tool of the host. `execute` runs on a worker thread and may block.
struct HostTool {
  std::string name;
  std::string description;
  Json parameters;  // null: none
  bool sequential = false;
  bool direct_only = false;  // never behind controls, never deferred
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

// What a tool factory may know and do (harness spec 8.8). Valid until the
// attempt has ended; calls are harmless afterwards.
struct ToolContext {
  Json fields;
  // Ends the turn: the host is told, and the live session is aborted.
  std::function<void(const std::string& message, const Json& acknowledgment)>
      yield;
  // Whether a tool of this turn gave what the network said: what is written to
  // memory from then on is not to be trusted. Empty in the docs profile.
  std::function<bool()> is_turn_tainted;
};

// How the CLI sees the tools (harness spec 8.4): all of them, or a few controls
// in front of a catalogue.
enum class ToolMode { kDirect, kSearch, kCode };

// A file with instructions of the workspace (harness spec 14.3).
struct BootstrapFile {
  std::string path;     // absolute, in the host's workspace
  std::string content;  // of a missing file: its placeholder
};

// How the host takes part. Every member is optional; they run on worker
// threads and may block, unless said otherwise. Thread-safe implementations.
struct AttemptHost {
  std::vector<HostTool> tools;
  // Makes the tools instead of `tools`, for this attempt.
  std::function<Expected<std::vector<HostTool>>(const ToolContext&)> make_tools;
  // Makes the controls in front of a catalogue; required for every mode but
  // kDirect.
  std::function<Expected<std::vector<HostTool>>(
      ToolMode, const std::shared_ptr<ToolCatalogue>&)>
      make_controls;
  // A tool ended the turn. An error of it is only warned about.
  std::function<Status(const std::string& message, const Json& acknowledgment)>
      on_yield;
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

  // Hooks of the CLI's own that the host answers.
  NativeHookConfig native_hooks;

  // The sandbox of a run, as {enabled, workspaceAccess, workspaceDir, …}; null
  // for none. What it fails with ends the attempt (harness spec 1.3).
  std::function<Expected<Json>(const Json& run)> resolve_sandbox;
  // The instructions that lie in `directory`, the one the run works in. What it
  // fails with is only warned about.
  std::function<Expected<std::vector<BootstrapFile>>(
      const std::string& directory)>
      load_bootstrap;
  // The host's file for a path in the sandbox; an error when it is blocked.
  std::function<Expected<std::string>(const std::string& path)>
      resolve_sandbox_path;

  // A record of a sub-agent's task, created or changed (harness spec 14.4).
  std::function<void(const Json& task)> on_task;
  // subagent.* events, unchanged. On the loop's thread; must not block.
  std::function<void(const Json& event)> on_subagent_event;
  // An event of a user message that the CLI keeps; true when it is the turn's
  // own, and no other is wanted. On the loop's thread; must not block.
  std::function<bool(const Json& event)> on_user_message_persisted;
  // The context was compacted: what is known of it is stale. On the loop's
  // thread; must not block.
  std::function<void()> on_context_compacted;

  // {delta, text, sessionId, usage?}, one at a time, in order. The first error
  // it gives becomes the prompt error.
  std::function<Status(const Json& delta)> on_delta;
  // {stream, data}: plan updates (harness spec 6.3), one at a time, in order.
  std::function<void(const Json& event)> on_agent_event;
  std::function<void(const std::string& sdk_session_id)> on_established;
  // Shows a question; `text` is ready to be shown. What it fails with is only
  // warned about: the question stays open.
  std::function<Status(const UserInputRequest&, const std::string& text)>
      on_question;
  // Shows text while the turn goes on; takes questions without on_question.
  std::function<Status(const std::string& text)> on_partial_reply;
  // What the journal profile needs; null: none (harness spec 1.3).
  std::shared_ptr<const HostCapabilities> capabilities;
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
  Json sandbox;  // supplied by the caller; null: it is resolved
  std::string sandbox_session_key;
  std::string task_scope;       // where sub-agents are recorded; empty: nowhere
  Json images = Json::array();  // {data, mimeType}: base64
  std::vector<std::string> offloaded_images;  // media://inbound/<id>
  bool workspace_only = false;                // images elsewhere are not read
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
  ToolMode tool_mode = ToolMode::kDirect;
  std::set<std::string> denied_tools;  // by the policy of the conversation
  bool model_run = false;
  std::string prompt_mode;
  std::string message_channel;     // or provider; empty: a one-shot run
  Json before_agent_start_result;  // computed by the host already
  std::string replay_session_id;   // initialReplayState
  bool replay_invalid = false;
  bool prior_side_effects = false;
  JournalParams journal;
  // Compaction only:
  std::optional<int64_t> current_token_count;
  std::string custom_instructions;
  Json given;  // all of it, for the tools; may hold secrets: never log it

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
  bool yield_detected = false;
  Json yield_acknowledgment;             // null: none
  std::optional<JournalReport> journal;  // in the journal profile

  Json ToJson() const;
};

}  // namespace copilot::harness
