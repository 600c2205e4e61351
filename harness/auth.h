// SPDX-License-Identifier: MIT
//
// Which identity a session runs under, where its Copilot home is, and with what
// key its client is pooled. Source: harness spec 3. Pure functions of their
// arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/environment.h"
#include "harness/error.h"
#include "harness/sdk_client.h"
#include "wire/secret.h"

namespace copilot::harness {

enum class AuthMode { kUseLoggedInUser, kGitHubToken, kByok };

// "useLoggedInUser", "gitHubToken", "byok".
std::string_view ToString(AuthMode mode);
std::optional<AuthMode> ParseAuthMode(std::string_view text);

// What a caller may say about auth. Empty strings count as absent; nothing is
// trimmed (harness spec 3.2).
struct AuthInput {
  bool use_logged_in_user = false;  // auth.useLoggedInUser is exactly true
  wire::Secret github_token;        // auth.gitHubToken
  std::string profile_id;           // auth.profileId
  std::string profile_version;      // auth.profileVersion
  wire::Secret resolved_api_key;
  std::string auth_profile_id;            // top level
  std::string top_level_profile_version;  // top level profileVersion
};

struct ResolvedAuth {
  AuthMode mode = AuthMode::kUseLoggedInUser;
  wire::Secret token;           // kGitHubToken only
  std::string profile_id;       // kGitHubToken and kByok
  std::string profile_version;  // kGitHubToken and kByok

  friend bool operator==(const ResolvedAuth&, const ResolvedAuth&) = default;
};

// The precedence of harness spec 3.1. Fails for an explicit token that comes
// without profile id or version.
Expected<ResolvedAuth> ResolveAuth(const AuthInput& input,
                                   const Environment& environment);

// Trimmed and lowercased when that is a valid agent id, else "copilot".
std::string SanitizeAgentId(std::string_view agent_id);

// Where the CLI keeps its state: `copilot_home`, else below `agent_dir`, else
// below the OpenClaw home. Absolute (harness spec 3.6).
std::string ResolveCopilotHome(const std::string& copilot_home,
                               const std::string& agent_dir,
                               const std::string& agent_id,
                               const Environment& environment);

// What distinguishes pooled clients (harness spec 4.1). No secret is in it.
struct PoolKey {
  std::string agent_id;
  std::string copilot_home;
  AuthMode auth_mode = AuthMode::kUseLoggedInUser;
  std::string auth_profile_id;
  std::string auth_profile_version;
  // "empty", or "copilot-cli", which is what none means.
  std::string client_mode;

  // JSON text; equal keys have equal texts.
  std::string ToString() const;
};

// Everything needed to get a client (harness spec 3.7).
struct AcquireSpec {
  PoolKey key;
  ClientOptions options;
  ResolvedAuth auth;
};

AcquireSpec MakeAcquireSpec(const ResolvedAuth& auth,
                            const std::string& agent_id,
                            const std::string& resolved_copilot_home);

// The client of mode `empty` for the same identity, which shares nothing with
// the ordinary one (harness spec 4.1, 14.7).
AcquireSpec InEmptyMode(AcquireSpec spec);

}  // namespace copilot::harness
