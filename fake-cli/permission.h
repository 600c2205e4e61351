// SPDX-License-Identifier: MIT
//
// What a permission request looks like, and what a client's decision means
// (protocol 12).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "fake-cli/brain.h"

namespace copilot::fake_cli {

struct PermissionAsked {
  std::string request;         // raw JSON of permissionRequest
  std::string prompt_request;  // raw JSON of promptRequest
  std::string approval_key;    // what an approval for the session covers
};

// `wanted` has the kind and any members that the script gives; the rest is
// made up in the shape of the kind.
PermissionAsked MakePermission(const nlohmann::json& wanted,
                               const std::string& tool_call_id,
                               const std::string& session_id);

// The built-in tool that asks for such a permission, as a call of the model.
ToolRequest BuiltInCall(const nlohmann::json& permission);

// A rule that clients made: what it matches is not asked for.
struct PermissionRule {
  std::string kind;      // "shell", "write", …
  std::string argument;  // how the command or path begins; empty: all

  bool operator==(const PermissionRule&) const = default;
  // `wanted` as for MakePermission.
  bool Covers(const nlohmann::json& wanted) const;
};

struct Verdict {
  bool approved = false;
  bool remember = false;   // for the session
  bool ends_turn = false;  // a rejection without feedback
  std::string message;     // for the model otherwise
  std::string error;       // shorter, for the record
  std::string code;
};

Verdict Judge(const nlohmann::json& decision);

}  // namespace copilot::fake_cli
