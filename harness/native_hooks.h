// SPDX-License-Identifier: MIT
//
// The CLI's own hooks, answered by the host (harness spec 11). They have
// nothing to do with the portable hooks of AttemptHost::run_hook; both run.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "harness/error.h"
#include "harness/session_config.h"

namespace copilot::harness {

// Handlers under the names of the SDK: onPreToolUse, onPreMcpToolCall,
// onPostToolUse, onPostToolUseFailure, onUserPromptSubmitted, onSessionStart,
// onSessionEnd, onErrorOccurred. They run on worker threads and may block.
struct NativeHookConfig {
  // Gets what the CLI gave; its result is the CLI's, null for no opinion.
  using Handler =
      std::function<Expected<Json>(const Json& input, const Json& invocation)>;
  std::map<std::string, Handler> handlers;
  // Told of a handler that failed; what it fails with itself is passed over.
  // Absent: `warn` gets one line.
  std::function<Status(const std::string& hook_name, const Error& error)>
      on_error;
};

// What the CLI calls: a handler that fails has no opinion. Only what is
// configured is there; names that no SDK knows are left out.
NativeHooks MakeNativeHooks(
    const NativeHookConfig& config,
    const std::function<void(const std::string& message)>& warn);

}  // namespace copilot::harness
