// SPDX-License-Identifier: MIT
//
// The tools that a model is offered: the CLI's own ones and those of the
// clients, less what the filters of the session leave out (protocol 7.2, 22.5).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fake-cli/session.h"

namespace copilot::fake_cli {

struct ToolDefinition {
  std::string name;
  std::string description;
  nlohmann::json parameters;  // JSON schema
  std::string title;          // what the CLI calls a run of it; may be empty
  bool built_in = true;
  bool mcp = false;
};

// The CLI's own tools, whether they are offered or not.
const std::vector<ToolDefinition>& BuiltInTools();
// Null when there is none of that name.
const ToolDefinition* FindBuiltIn(const std::string& name);

// What a definition counts for. That of a tool of the CLI counts as much as in
// the real CLI, which has more to say about it.
int64_t DefinitionTokens(const ToolDefinition& tool);

// What the system message of the real CLI counts for beyond ours.
int64_t UnsaidTokens(const SessionConfig& config, const std::string& mode);

// In the order in which the model gets them.
std::vector<ToolDefinition> OfferedTools(const SessionConfig& config,
                                         const std::string& mode);

// What the filters leave out, sorted; and names in the filter of available
// tools that mean none.
std::vector<std::string> DisabledTools(const SessionConfig& config,
                                       const std::string& mode);
std::vector<std::string> UnknownTools(const SessionConfig& config);

// Whether a call of `name` is one for the CLI itself in this session.
bool RunsBuiltIn(const SessionConfig& config, const std::string& mode,
                 const std::string& name);

// One line about what a call of a built-in tool is for; empty when there is
// nothing to say (protocol 10.3).
std::string IntentionOf(const std::string& tool,
                        const nlohmann::json& arguments);

}  // namespace copilot::fake_cli
