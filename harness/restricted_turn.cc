// SPDX-License-Identifier: MIT
#include "harness/restricted_turn.h"

#include <utility>

#include "harness/event_bridge.h"
#include "harness/permission_policy.h"

namespace copilot::harness {
namespace {

// The list of harness spec 14.7 under the names that the official SDK 1.0.14
// gives it on session.create and session.resume.
Json Restrictions() {
  const Json off = {{"enabled", false}};
  return {
      {"excludedTools", {"builtin:*", "mcp:*", "custom:*"}},
      {"customAgents", Json::array()},
      {"customAgentsLocalOnly", true},
      {"instructionDirectories", Json::array()},
      {"pluginDirectories", Json::array()},
      {"skillDirectories", Json::array()},
      {"mcpServers", Json::object()},
      {"enableConfigDiscovery", false},
      {"enableFileHooks", false},
      {"enableHostGitOperations", false},
      {"enableOnDemandInstructionDiscovery", false},
      {"enableSessionStore", false},
      {"enableSkills", false},
      {"includeSubAgentStreamingEvents", false},
      {"memory", off},
      {"infiniteSessions", off},
      {"requestCanvasRenderer", false},
      {"requestExtensions", false},
      {"isExperimentalMode", false},
      {"embeddingCacheStorage", "in-memory"},
      {"mcpOAuthTokenStorage", "in-memory"},
      {"remoteSession", "off"},
      {"skipEmbeddingRetrieval", true},
  };
}

// Those that it sends with session.options.update instead.
Json RestrictedOptions() {
  return {{"skipCustomInstructions", true},
          {"customAgentsLocalOnly", true},
          {"coauthorEnabled", false},
          {"manageScheduleEnabled", false},
          {"installedPlugins", Json::array()},
          {"includedBuiltinSkills", Json::array()}};
}

}  // namespace

SessionConfig RestrictedConfig(SessionConfig base, SystemMessageMode mode) {
  base.tools.clear();
  base.available_tools.clear();
  base.instruction_directories.clear();
  base.on_permission_request = MakePermissionHandler(AttemptHost{});
  base.on_user_input_request = {};
  base.hooks.clear();
  base.infinite_sessions = nullptr;
  // Clients of this mode send no telemetry unless told to.
  base.enable_session_telemetry = base.enable_session_telemetry.value_or(false);
  base.system_message_mode = mode;
  base.restrictions = Restrictions();
  base.options = RestrictedOptions();
  return base;
}

Json RestrictedAnswer::ToJson() const {
  Json json = {{"assistant", assistant}};
  if (!usage.is_null()) json["usage"] = usage;
  return json;
}

Expected<RestrictedAnswer> Ask(const RestrictedTurn& turn) {
  if (turn.signal.aborted()) return Fail(turn.signal.reason());
  const AttemptHost nobody;
  EventBridge bridge(turn.session, turn.params, nobody, turn.executor,
                     turn.clock);
  const auto on_abort =
      turn.signal.OnAbort([executor = turn.executor, session = turn.session] {
        executor->Run([session] { (void)session->Abort(); });
      });
  const auto sent = turn.session->SendAndWait(turn.message, turn.timeout);
  const bool complete = sent && bridge.RecordSendResult(*sent);
  turn.loop->Run([&bridge] { bridge.Detach(); });
  bridge.FlushCallbacks();
  (void)bridge.FlushDeltas();
  if (turn.signal.aborted()) return Fail(turn.signal.reason());
  if (!sent) {
    // What timed out may still be busy.
    (void)turn.session->Abort();
    return Fail(sent.error());
  }
  const EventBridge::Snapshot seen = bridge.snapshot();
  if (seen.stream_error) return Fail(*seen.stream_error);
  if (!complete) {
    return Fail("[copilot] no root assistant message was returned");
  }
  return RestrictedAnswer{seen.assistant, seen.usage};
}

}  // namespace copilot::harness
