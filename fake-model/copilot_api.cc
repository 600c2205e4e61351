// SPDX-License-Identifier: MIT
#include "fake-model/copilot_api.h"

#include <limits>

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

constexpr char kMcpVersion[] = "2025-06-18";  // when nobody asks for one
constexpr char kSessionToken[] = "fake-session";
constexpr int64_t kNever = std::numeric_limits<int32_t>::max();  // 2038

Json QuotaSnapshot(const std::string& id, const Quota& quota) {
  return {{"quota_id", id},
          {"entitlement", quota.entitlement},
          {"remaining", quota.remaining},
          {"quota_remaining", quota.remaining},
          {"percent_remaining", quota.percent_remaining()},
          {"unlimited", quota.unlimited},
          {"overage_count", quota.overage},
          {"overage_permitted", quota.overage_permitted}};
}

// An MCP server without tools. A notification has no answer.
CopilotReply AnswerMcp(const Json& request) {
  if (!request.is_object() || !request.contains("id")) return {202, ""};
  Json reply = {{"jsonrpc", "2.0"}, {"id", request["id"]}};
  const Json method = request.value("method", Json());
  const Json params = request.value("params", Json());
  const Json version =
      params.is_object() ? params.value("protocolVersion", Json()) : Json();
  if (method == "initialize") {
    reply["result"] = {
        {"protocolVersion", version.is_null() ? Json(kMcpVersion) : version},
        {"capabilities", {{"tools", Json::object()}}},
        {"serverInfo", {{"name", "fake-model"}, {"version", "1.0.0"}}}};
  } else if (method == "tools/list") {
    reply["result"] = {{"tools", Json::array()}};
  } else if (method == "ping") {
    reply["result"] = Json::object();
  } else {
    reply["error"] = {{"code", -32601}, {"message", "Method not found"}};
  }
  return {200, reply.dump()};
}

}  // namespace

CopilotReply CopilotApi::BadCredentials() {
  return {401, Json({{"message", "Bad credentials"}}).dump()};
}

std::string CopilotApi::UserBody(const User& user,
                                 const std::string& origin) const {
  Json body = {{"login", user.login},
               {"analytics_tracking_id", "fake"},
               {"organization_list", Json::array()},
               {"copilot_plan", user.plan},
               {"is_mcp_enabled", true},
               {"chat_enabled", true},
               {"endpoints", {{"api", origin}, {"telemetry", origin}}}};
  for (const auto& [id, quota] : user.quota) {
    body["quota_snapshots"][id] = QuotaSnapshot(id, quota);
  }
  if (!user.quota_reset_date.empty()) {
    body["quota_reset_date"] = user.quota_reset_date;
  }
  return body.dump();
}

Json CopilotApi::Choice(const std::string& path) const {
  const std::vector<std::string> ids = models_.ids();
  if (path.ends_with("/auto")) {
    return {{"selected_model", {{"id", ids.front()}}},
            {"session_token", kSessionToken},
            {"expires_at", kNever}};
  }
  if (path.ends_with("/models/session")) {
    return {{"available_models", ids},
            {"selected_model", ids.front()},
            {"session_token", kSessionToken},
            {"expires_at", kNever}};
  }
  if (path.ends_with("/models/session/intent")) {
    return {{"chosen_model", ids.front()}};
  }
  return nullptr;
}

std::optional<CopilotReply> CopilotApi::Answer(
    const CopilotRequest& request) const {
  const std::string& path = request.path;
  const bool posts = request.method == "POST";
  if (posts && path.ends_with("/telemetry")) return CopilotReply{200, "{}"};
  const bool asks_user = !posts && path.ends_with("/copilot_internal/user");
  const bool mcp =
      posts && (path.ends_with("/mcp") || path.ends_with("/mcp/readonly"));
  const Json choice = posts ? Choice(path) : Json();
  if (!asks_user && !mcp && choice.is_null()) return std::nullopt;
  const User* const user = users_.Find(request.authorization);
  if (user == nullptr) return BadCredentials();
  if (asks_user) return CopilotReply{200, UserBody(*user, request.origin)};
  if (mcp) return AnswerMcp(request.body);
  return CopilotReply{200, choice.dump()};
}

}  // namespace copilot::fake_model
