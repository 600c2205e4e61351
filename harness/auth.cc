// SPDX-License-Identifier: MIT
#include "harness/auth.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr std::string_view kDefaultAgent = "copilot";
constexpr size_t kMaxAgentId = 64;

// In order of precedence (harness spec 3.1, row 4).
constexpr std::array<const char*, 4> kTokenVariables = {
    "OPENCLAW_GITHUB_TOKEN", "COPILOT_GITHUB_TOKEN", "GH_TOKEN",
    "GITHUB_TOKEN"};

ResolvedAuth TokenAuth(wire::Secret token, std::string profile_id,
                       std::string profile_version) {
  ResolvedAuth auth;
  auth.mode = AuthMode::kGitHubToken;
  auth.token = std::move(token);
  auth.profile_id = std::move(profile_id);
  auth.profile_version = std::move(profile_version);
  return auth;
}

const std::string& FirstNonEmpty(const std::string& a, const std::string& b) {
  return a.empty() ? b : a;
}

bool IsAgentIdStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string_view ToString(AuthMode mode) {
  switch (mode) {
    case AuthMode::kGitHubToken:
      return "gitHubToken";
    case AuthMode::kByok:
      return "byok";
    case AuthMode::kUseLoggedInUser:
      break;
  }
  return "useLoggedInUser";
}

std::optional<AuthMode> ParseAuthMode(std::string_view text) {
  for (const AuthMode mode :
       {AuthMode::kUseLoggedInUser, AuthMode::kGitHubToken, AuthMode::kByok}) {
    if (text == ToString(mode)) return mode;
  }
  return std::nullopt;
}

Expected<ResolvedAuth> ResolveAuth(const AuthInput& input,
                                   const Environment& environment) {
  if (input.use_logged_in_user) return ResolvedAuth{};
  if (!input.github_token.empty()) {
    const std::string& id =
        FirstNonEmpty(input.profile_id, input.auth_profile_id);
    const std::string& version =
        FirstNonEmpty(input.profile_version, input.top_level_profile_version);
    if (id.empty() || version.empty()) {
      return Fail(
          "[copilot-attempt] gitHubToken auth requires "
          "profileId+profileVersion (pool keying safety; per Q5/Q1 "
          "decisions)");
    }
    return TokenAuth(input.github_token, id, version);
  }
  if (!input.resolved_api_key.empty()) {
    return TokenAuth(input.resolved_api_key,
                     FirstNonEmpty(input.auth_profile_id, "pi:resolved"),
                     input.resolved_api_key.fingerprint());
  }
  for (const char* name : kTokenVariables) {
    const auto value = environment.Get(name);
    if (!value || value->empty()) continue;
    wire::Secret token(*value);
    std::string version = token.fingerprint();
    return TokenAuth(std::move(token), std::string("env:") + name,
                     std::move(version));
  }
  return ResolvedAuth{};
}

std::string SanitizeAgentId(std::string_view agent_id) {
  const std::string id = Normalized(agent_id);
  const bool valid = !id.empty() && id.size() <= kMaxAgentId &&
                     IsAgentIdStart(id.front()) &&
                     std::all_of(id.begin(), id.end(), [](char c) {
                       return IsAgentIdStart(c) || c == '_' || c == '-';
                     });
  return valid ? id : std::string(kDefaultAgent);
}

std::string ResolveCopilotHome(const std::string& copilot_home,
                               const std::string& agent_dir,
                               const std::string& agent_id,
                               const Environment& environment) {
  const std::string current = environment.CurrentDirectory();
  if (!copilot_home.empty()) return AbsolutePath(copilot_home, current);
  if (!agent_dir.empty()) return AbsolutePath(agent_dir + "/copilot", current);
  std::string base;
  if (const auto home = environment.Get("OPENCLAW_HOME");
      home && !home->empty()) {
    base = AbsolutePath(*home, current);
  } else {
    base = environment.HomeDirectory();
  }
  if (base.empty()) base = current;
  return AbsolutePath(
      base + "/.openclaw/agents/" + SanitizeAgentId(agent_id) + "/copilot",
      current);
}

std::string PoolKey::ToString() const {
  nlohmann::ordered_json json = {{"agentId", agent_id},
                                 {"copilotHome", copilot_home},
                                 {"authMode", harness::ToString(auth_mode)}};
  if (!auth_profile_id.empty()) json["authProfileId"] = auth_profile_id;
  if (!auth_profile_version.empty()) {
    json["authProfileVersion"] = auth_profile_version;
  }
  // Keys of the ordinary mode have no such member, named or not.
  if (client_mode == kEmptyMode) json["clientMode"] = client_mode;
  return json.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

AcquireSpec MakeAcquireSpec(const ResolvedAuth& auth,
                            const std::string& agent_id,
                            const std::string& resolved_copilot_home) {
  AcquireSpec spec;
  spec.auth = auth;
  spec.key.agent_id = SanitizeAgentId(agent_id);
  spec.key.copilot_home = resolved_copilot_home;
  spec.key.auth_mode = auth.mode;
  spec.key.auth_profile_id = auth.profile_id;
  spec.key.auth_profile_version = auth.profile_version;
  spec.options.base_directory = resolved_copilot_home;
  if (auth.mode == AuthMode::kGitHubToken) {
    spec.options.github_token = auth.token;
  }
  spec.options.use_logged_in_user = auth.mode == AuthMode::kUseLoggedInUser;
  return spec;
}

AcquireSpec InEmptyMode(AcquireSpec spec) {
  spec.key.client_mode = kEmptyMode;
  spec.options.client_mode = kEmptyMode;
  return spec;
}

}  // namespace copilot::harness
