// SPDX-License-Identifier: MIT
#include "harness/session_config.h"

namespace copilot::harness {
namespace {

Json ToolParams(const std::vector<SdkTool>& tools) {
  Json list = Json::array();
  for (const SdkTool& tool : tools) {
    Json json = {{"name", tool.name}, {"description", tool.description}};
    if (!tool.parameters.is_null()) json["parameters"] = tool.parameters;
    if (tool.overrides_built_in_tool) json["overridesBuiltInTool"] = true;
    if (tool.skip_permission) json["skipPermission"] = true;
    if (tool.never_defer) json["defer"] = "never";
    list.push_back(std::move(json));
  }
  return list;
}

// Null: absent.
Json SystemMessage(const SessionConfig& config) {
  const std::string& content = config.system_message;
  Json message;
  switch (config.system_message_mode) {
    case SystemMessageMode::kAppend:
      if (content.empty()) return nullptr;
      return {{"mode", "append"}, {"content", content}};
    case SystemMessageMode::kReplace:
      return {{"mode", "replace"}, {"content", content}};
    case SystemMessageMode::kCustomize:
      message = {
          {"mode", "customize"},
          {"sections", {{"environment_context", {{"action", "remove"}}}}}};
      if (!content.empty()) message["content"] = content;
      return message;
  }
  return nullptr;
}

void AddOptional(const SessionConfig& config, Json* params) {
  if (!config.working_directory.empty()) {
    (*params)["workingDirectory"] = config.working_directory;
  }
  if (!config.instruction_directories.empty()) {
    (*params)["instructionDirectories"] = config.instruction_directories;
  }
  if (!config.provider.is_null()) (*params)["provider"] = config.provider;
  if (!config.github_token.empty()) {
    (*params)["gitHubToken"] = config.github_token.Reveal();
  }
  if (!config.infinite_sessions.is_null()) {
    (*params)["infiniteSessions"] = config.infinite_sessions;
  }
  if (config.enable_session_telemetry) {
    (*params)["enableSessionTelemetry"] = *config.enable_session_telemetry;
  }
  if (!config.reasoning_effort.empty()) {
    (*params)["reasoningEffort"] = config.reasoning_effort;
  }
  if (Json message = SystemMessage(config); !message.is_null()) {
    (*params)["systemMessage"] = std::move(message);
  }
  if (!config.restrictions.is_null()) params->update(config.restrictions);
}

}  // namespace

Json CreateParams(const SessionConfig& config, const std::string& session_id) {
  Json params = {
      {"sessionId", session_id},
      {"model", config.model},
      {"tools", ToolParams(config.tools)},
      {"availableTools", config.available_tools},
      {"toolFilterPrecedence", "excluded"},
      {"requestPermission", static_cast<bool>(config.on_permission_request)},
      {"requestUserInput", static_cast<bool>(config.on_user_input_request)},
      {"requestElicitation", false},
      {"requestExitPlanMode", false},
      {"requestAutoModeSwitch", false},
      {"hooks", !config.hooks.empty()},
      {"streaming", true},
      {"includeSubAgentStreamingEvents", true},
      {"envValueMode", "direct"},
  };
  AddOptional(config, &params);
  return params;
}

Json ResumeParams(const SessionConfig& config, const std::string& session_id) {
  Json params = CreateParams(config, session_id);
  if (config.continue_pending_work) {
    params["continuePendingWork"] = *config.continue_pending_work;
  }
  if (config.suppress_resume_event) params["disableResume"] = true;
  return params;
}

}  // namespace copilot::harness
