// SPDX-License-Identifier: MIT
#include "harness/native_hooks.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace copilot::harness {
namespace {

// The SDK's names and the types that the CLI sends.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames{{
    {"onPreToolUse", "preToolUse"},
    {"onPreMcpToolCall", "preMcpToolCall"},
    {"onPostToolUse", "postToolUse"},
    {"onPostToolUseFailure", "postToolUseFailure"},
    {"onUserPromptSubmitted", "userPromptSubmitted"},
    {"onSessionStart", "sessionStart"},
    {"onSessionEnd", "sessionEnd"},
    {"onErrorOccurred", "errorOccurred"},
}};

}  // namespace

NativeHooks MakeNativeHooks(
    const NativeHookConfig& config,
    const std::function<void(const std::string& message)>& warn) {
  NativeHooks hooks;
  for (const auto& [name, type] : kNames) {
    const auto found = config.handlers.find(std::string(name));
    if (found == config.handlers.end() || !found->second) continue;
    hooks[std::string(type)] = [handler = found->second, name = found->first,
                                on_error = config.on_error,
                                warn](const Json& input,
                                      const std::string& session_id) -> Json {
      const auto output = handler(input, {{"sessionId", session_id}});
      if (output) return *output;
      if (on_error) {
        (void)on_error(name, output.error());
      } else if (warn) {
        warn("[copilot hooks-bridge] " + name +
             " handler threw: " + output.error().message);
      }
      return nullptr;
    };
  }
  return hooks;
}

}  // namespace copilot::harness
