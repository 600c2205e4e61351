// SPDX-License-Identifier: MIT
//
// What a session is created or resumed with, and how that looks on the wire.
// The same config is used for both, so that a resumed session does not fall
// back to the CLI's defaults (harness spec 5.2).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/abort_signal.h"
#include "harness/error.h"
#include "wire/secret.h"

namespace copilot::harness {

// One call of a client tool.
struct ToolInvocation {
  std::string session_id;
  std::string tool_call_id;
  std::string tool_name;
  Json arguments;
  AbortSignal signal;  // fires when the CLI no longer waits for the answer
  std::shared_ptr<void> place;  // what SdkTool::line_up gave
};

// A tool as the CLI sees it. `handler` runs on a worker thread and returns what
// answers the call: a string or an object with textResultForLlm.
struct SdkTool {
  std::string name;
  std::string description;
  Json parameters;  // JSON Schema; null: absent
  bool overrides_built_in_tool = true;
  bool skip_permission = true;
  bool never_defer = false;
  // Notes that a call came in; on the loop's thread, in the CLI's order. May be
  // empty.
  std::function<std::shared_ptr<void>()> line_up;
  std::function<Json(const ToolInvocation&)> handler;
};

struct UserInputRequest {
  std::string question;
  std::vector<std::string> choices;
  bool allow_freeform = true;
};

struct UserInputAnswer {
  std::string answer;
  bool was_freeform = true;
};

// Decides a permission request; runs on a worker thread. Never fails.
using PermissionHandler =
    std::function<Json(const Json& request, const std::string& session_id)>;

// Called on the loop's thread; must not block. Calls `answer` once, from any
// thread, whenever it is known.
using UserInputHandler = std::function<void(
    const UserInputRequest&, std::function<void(UserInputAnswer)> answer)>;

// Hooks of the CLI by their type on the wire; see MakeNativeHooks. Each runs on
// a worker thread, never fails, and gives null for no opinion.
using NativeHooks =
    std::map<std::string, std::function<Json(const Json& input,
                                             const std::string& session_id)>>;

// How a system message relates to the CLI's own; `kCustomize` also takes out
// what the CLI says about its environment.
enum class SystemMessageMode { kAppend, kCustomize, kReplace };

struct SessionConfig {
  std::string model;
  std::vector<SdkTool> tools;
  std::vector<std::string> available_tools;
  std::string working_directory;                     // empty: absent
  std::vector<std::string> instruction_directories;  // empty: absent
  PermissionHandler on_permission_request;
  UserInputHandler on_user_input_request;  // empty: ask_user is not offered
  NativeHooks hooks;                       // empty: the CLI asks for none
  Json provider;                           // null: absent
  wire::Secret github_token;               // empty: absent
  Json infinite_sessions;                  // null: absent, else verbatim
  std::optional<bool> enable_session_telemetry;
  std::string reasoning_effort;  // empty: absent
  std::string system_message;    // empty and appended: absent
  SystemMessageMode system_message_mode = SystemMessageMode::kAppend;
  std::optional<bool> continue_pending_work;  // resume only
  bool suppress_resume_event = false;         // resume only
  // What the session must do without: further params, which count before those
  // above, and what session.options.update gets once it is open. Null: nothing.
  Json restrictions;
  Json options;
};

// The params of session.create and session.resume, as the official SDK 1.0.14
// sends them (protocol 7.1, 18.4). Holds the token: never log it.
Json CreateParams(const SessionConfig& config, const std::string& session_id);
Json ResumeParams(const SessionConfig& config, const std::string& session_id);

}  // namespace copilot::harness
