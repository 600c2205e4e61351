// SPDX-License-Identifier: MIT
#include "harness/tool_context.h"

#include "harness/prompt_images.h"
#include "harness/session_event.h"

namespace copilot::harness {
namespace {

// Passed on as they are, where they are given.
constexpr const char* kForwarded[] = {
    "senderId",
    "senderName",
    "senderUsername",
    "senderE164",
    "senderIsOwner",
    "memberRoleIds",
    "ownerOnlyToolAllowlist",
    "agentAccountId",
    "spawnedBy",
    "groupId",
    "groupChannel",
    "groupSpace",
    "currentChannelId",
    "currentThreadTs",
    "currentMessageId",
    "nativeChannelId",
    "replyToMode",
    "messageChannel",
    "chatType",
    "forceMessageTool",
    "disableMessageTool",
    "runId",
    "config",
    "trigger",
    "jobId",
    "memoryFlushWritePath",
    "scheduledToolPolicy",
    "authProfileStore",
    "modelApi",
};

// Puts `value` where it is one.
void Set(Json& fields, const char* name, const Json& value) {
  if (!value.is_null()) fields[name] = value;
}

const Json& FirstOf(const Json& one, const Json& other) {
  return one.is_null() ? other : one;
}

bool IsSubagentKey(const std::string& key) {
  return key.rfind("subagent:", 0) == 0 ||
         key.find(":subagent:") != std::string::npos;
}

void AddSessionKeys(Json& fields, const AttemptParams& params,
                    const std::string& session_key) {
  std::string key = params.sandbox_session_key;
  if (key.empty()) key = params.session_key;
  if (key.empty()) key = session_key;
  if (!key.empty()) fields["sessionKey"] = key;
  if (!params.session_key.empty() && params.session_key != key) {
    fields["runSessionKey"] = params.session_key;
  }
  const Json& rule = MemberOrNull(params.given, "requireExplicitMessageTarget");
  fields["requireExplicitMessageTarget"] =
      rule.is_boolean() ? rule : Json(IsSubagentKey(params.session_key));
}

void AddModel(Json& fields, const AttemptParams& params) {
  if (!params.model_api.empty()) fields["modelApi"] = params.model_api;
  Set(fields, "modelCompat", MemberOrNull(params.model, "compat"));
  fields["modelHasVision"] = SeesImages(params.model);
  Set(fields, "modelContextWindowTokens",
      FirstOf(MemberOrNull(params.given, "contextTokenBudget"),
              MemberOrNull(params.model, "contextWindow")));
}

void AddExec(Json& fields, const AttemptParams& params) {
  Json exec = MemberOrNull(params.given, "execOverrides");
  const Json& elevated = MemberOrNull(params.given, "bashElevated");
  if (!exec.is_object() && elevated.is_null()) return;
  if (!exec.is_object()) exec = Json::object();
  Set(exec, "elevated", elevated);
  fields["exec"] = std::move(exec);
}

void AddWorkspace(Json& fields, const Workspace& workspace) {
  fields["workspaceDir"] = workspace.effective;
  fields["cwd"] = workspace.cwd;
  Set(fields, "sandbox", workspace.sandbox);
  if (!workspace.spawn.empty()) fields["spawnWorkspaceDir"] = workspace.spawn;
}

}  // namespace

Json ToolContextFields(const AttemptParams& params, const Workspace& workspace,
                       const std::string& session_key) {
  const Json& given = params.given;
  Json fields = {
      {"agentId", params.agent_id.empty() ? "copilot" : params.agent_id},
      {"sessionId",
       params.session_id.empty() ? "copilot-session" : params.session_id}};
  for (const char* name : kForwarded)
    Set(fields, name, MemberOrNull(given, name));
  Set(fields, "messageProvider",
      FirstOf(MemberOrNull(given, "messageProvider"),
              MemberOrNull(given, "messageChannel")));
  Set(fields, "authProfileStore",
      FirstOf(MemberOrNull(given, "toolAuthProfileStore"),
              MemberOrNull(given, "authProfileStore")));
  Set(fields, "requesterThinkingLevel", MemberOrNull(given, "thinkLevel"));
  if (params.tools_allow) fields["runtimeToolAllowlist"] = *params.tools_allow;
  AddSessionKeys(fields, params, session_key);
  AddModel(fields, params);
  AddExec(fields, params);
  AddWorkspace(fields, workspace);
  return fields;
}

}  // namespace copilot::harness
