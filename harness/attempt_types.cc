// SPDX-License-Identifier: MIT
#include "harness/attempt_types.h"

#include <algorithm>

#include "harness/journal/terminal.h"
#include "harness/session_event.h"

namespace copilot::harness {
namespace {

bool True(const Json& object, const char* name) {
  const Json& value = MemberOrNull(object, name);
  return value.is_boolean() && value.get<bool>();
}

// The model as an object: `model`, else `runtimeModel`, else made of an id
// (harness spec 2.5, 5.2).
Json ModelOf(const Json& params) {
  const Json& model = MemberOrNull(params, "model");
  if (model.is_object()) return model;
  const Json& runtime = MemberOrNull(params, "runtimeModel");
  if (runtime.is_object()) return runtime;
  std::string id = model.is_string() ? model.get<std::string>() : "";
  if (id.empty()) id = StringMember(params, "modelId");
  return {{"id", id}};
}

AuthInput AuthOf(const Json& params) {
  const Json& auth = MemberOrNull(params, "auth");
  AuthInput input;
  input.use_logged_in_user = True(auth, "useLoggedInUser");
  input.github_token = wire::Secret(StringMember(auth, "gitHubToken"));
  input.profile_id = StringMember(auth, "profileId");
  input.profile_version = StringMember(auth, "profileVersion");
  input.resolved_api_key = wire::Secret(StringMember(params, "resolvedApiKey"));
  input.auth_profile_id = StringMember(params, "authProfileId");
  input.top_level_profile_version = StringMember(params, "profileVersion");
  return input;
}

std::vector<std::string> Strings(const Json& list) {
  std::vector<std::string> out;
  if (!list.is_array()) return out;
  for (const Json& each : list) {
    if (each.is_string()) out.push_back(each);
  }
  return out;
}

// A model may rule code mode out (harness spec 8.4).
ToolMode ModeOf(const Json& params, const Json& model) {
  const Json& compat = MemberOrNull(model, "compat");
  if (True(params, "codeMode") && MemberOrNull(compat, "codeMode") != false) {
    return ToolMode::kCode;
  }
  return True(params, "toolSearch") ? ToolMode::kSearch : ToolMode::kDirect;
}

// The second part of a session key "agent:<id>:…"; empty for other keys.
std::string AgentOfKey(const std::string& key) {
  if (key.rfind("agent:", 0) != 0) return "";
  const size_t end = key.find(':', 6);
  return end == std::string::npos ? "" : key.substr(6, end - 6);
}

void AddJournal(const AttemptResult& result, Json* json) {
  (*json)["terminal"] = TerminalOf(result);
  (*json)["journalValidated"] = result.journal->validated;
  (*json)["assistantTranscriptOwned"] = result.journal->owned;
  if (result.journal->owned_key.empty()) return;
  (*json)["assistantTranscriptIdempotencyKey"] = result.journal->owned_key;
}

}  // namespace

AttemptParams AttemptParams::FromJson(const Json& params) {
  AttemptParams out;
  out.session_id = StringMember(params, "sessionId");
  out.session_key = StringMember(params, "sessionKey");
  out.session_file = StringMember(params, "sessionFile");
  out.run_id = StringMember(params, "runId");
  out.prompt = StringMember(params, "prompt");
  if (MemberOrNull(params, "transcriptPrompt").is_string()) {
    out.transcript_prompt = StringMember(params, "transcriptPrompt");
  }
  if (MemberOrNull(params, "messages").is_array()) {
    out.messages = params["messages"];
  }
  const Json model = ModelOf(params);
  out.provider = StringMember(model, "provider");
  if (out.provider.empty()) out.provider = StringMember(params, "provider");
  out.model_id = StringMember(model, "id");
  if (out.model_id.empty()) out.model_id = StringMember(params, "modelId");
  out.model_api = StringMember(model, "api");
  out.model_base_url = StringMember(model, "baseUrl");
  out.model = model;
  out.auth = AuthOf(params);
  out.agent_id = StringMember(params, "agentId");
  if (out.agent_id.empty()) out.agent_id = AgentOfKey(out.session_key);
  out.agent_dir = StringMember(params, "agentDir");
  out.copilot_home = StringMember(params, "copilotHome");
  out.workspace_dir = StringMember(params, "workspaceDir");
  out.cwd = StringMember(params, "cwd");
  out.sandbox = MemberOrNull(params, "sandbox");
  out.sandbox_session_key = StringMember(params, "sandboxSessionKey");
  out.task_scope = StringMember(params, "taskScope");
  if (MemberOrNull(params, "images").is_array()) out.images = params["images"];
  out.offloaded_images = Strings(MemberOrNull(params, "offloadedImages"));
  out.workspace_only = True(params, "workspaceOnly");
  if (MemberOrNull(params, "timeoutMs").is_number()) {
    out.timeout_ms = params["timeoutMs"].get<int64_t>();
  }
  out.infinite_sessions = MemberOrNull(params, "infiniteSessions");
  const Json& telemetry = MemberOrNull(params, "enableSessionTelemetry");
  if (telemetry.is_boolean()) out.enable_session_telemetry = telemetry;
  out.reasoning_effort = StringMember(params, "reasoningEffort");
  out.extra_system_prompt = StringMember(params, "extraSystemPrompt");
  const Json& allow = MemberOrNull(params, "toolsAllow");
  if (allow.is_array()) out.tools_allow = Strings(allow);
  const auto denied =
      Strings(MemberOrNull(MemberOrNull(params, "toolPolicy"), "deny"));
  out.denied_tools = {denied.begin(), denied.end()};
  out.tool_mode = ModeOf(params, model);
  out.force_message_tool =
      True(params, "forceMessageTool") ||
      StringMember(params, "deliveryMode") == "message_tool_only";
  out.disable_message_tool = True(params, "disableMessageTool");
  out.disable_tools = True(params, "disableTools");
  out.model_run = True(params, "modelRun");
  out.prompt_mode = StringMember(params, "promptMode");
  out.message_channel = StringMember(params, "messageChannel");
  if (out.message_channel.empty()) {
    out.message_channel = StringMember(params, "messageProvider");
  }
  out.before_agent_start_result =
      MemberOrNull(params, "beforeAgentStartResult");
  const Json& replay = MemberOrNull(params, "initialReplayState");
  out.replay_session_id = StringMember(replay, "sdkSessionId");
  out.replay_invalid = True(replay, "replayInvalid");
  out.prior_side_effects = True(replay, "hadPotentialSideEffects");
  out.journal = JournalParams::FromJson(params);
  const Json& tokens = MemberOrNull(params, "currentTokenCount");
  if (tokens.is_number()) out.current_token_count = tokens.get<int64_t>();
  out.custom_instructions = StringMember(params, "customInstructions");
  out.given = params;
  return out;
}

Json AttemptResult::ToJson() const {
  Json json = {
      {"aborted", aborted},
      {"externalAbort", external_abort},
      {"timedOut", timed_out},
      {"timedOutDuringCompaction", timed_out_during_compaction},
      {"idleTimedOut", false},
      {"promptError",
       prompt_error ? harness::ToJson(*prompt_error) : Json(nullptr)},
      {"promptErrorSource", prompt_error ? Json("prompt") : Json(nullptr)},
      {"sessionIdUsed", session_id_used},
      {"assistantTexts", assistant_texts},
      {"messagesSnapshot", messages_snapshot},
      {"itemLifecycle",
       {{"startedCount", started_count},
        {"completedCount", completed_count},
        {"activeCount", std::max(0, started_count - completed_count)}}},
      {"toolMetas", tool_metas},
      {"replayMetadata",
       {{"hadPotentialSideEffects", had_potential_side_effects},
        {"replaySafe", replay_safe}}},
      {"yieldDetected", yield_detected},
      {"didSendViaMessagingTool", false},
      {"cloudCodeAssistFormatError", false},
  };
  if (!sdk_session_id.empty()) json["sdkSessionId"] = sdk_session_id;
  if (!session_file_used.empty()) json["sessionFileUsed"] = session_file_used;
  if (!last_assistant.is_null()) json["lastAssistant"] = last_assistant;
  if (!attempt_usage.is_null()) json["attemptUsage"] = attempt_usage;
  if (!yield_acknowledgment.is_null()) {
    json["yieldAcknowledgment"] = yield_acknowledgment;
  }
  if (!last_tool_error.is_null()) json["lastToolError"] = last_tool_error;
  if (journal) AddJournal(*this, &json);
  return json;
}

}  // namespace copilot::harness
