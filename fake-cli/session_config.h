// SPDX-License-Identifier: MIT
//
// What clients set of a session (protocol 7.1).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "fake-cli/mcp/mcp_tool.h"

namespace copilot::fake_cli {

struct ClientTool {
  std::string name;
  std::string description;
  nlohmann::json parameters;
  bool skip_permission = false;
  bool overrides_built_in = false;
};

// What session.create and session.resume set (protocol 7.1).
struct SessionConfig {
  std::string model;
  std::string reasoning_effort;
  std::string client_name = "sdk";
  std::string working_directory;
  bool streaming = false;
  bool request_permission = false;
  bool request_user_input = false;
  bool request_elicitation = false;
  bool request_exit_plan_mode = false;
  bool hooks = false;
  bool sub_agent = false;            // of another session (tools/task.cc)
  bool sub_agent_streaming = false;  // includeSubAgentStreamingEvents
  bool local_files = true;           // no client keeps them
  bool online = false;               // the CLI runs without COPILOT_OFFLINE
  bool exclusion_wins = false;       // toolFilterPrecedence "excluded"
  std::string system_mode = "append";
  std::string system_content;
  nlohmann::json available_tools;  // null or a list
  nlohmann::json excluded_tools;
  nlohmann::json provider;            // null: none
  bool checkpoints = true;            // infiniteSessions.enabled
  double compaction_threshold = 0.8;  // of the prompt's tokens
  double exhaustion_threshold = 0.95;
  std::vector<ClientTool> tools;
  nlohmann::json mcp_servers;      // an object, or null
  std::vector<McpTool> mcp_tools;  // of those that are connected

  // `directory` is the working directory of a session that names none; whether
  // the one that it names exists is asked of this machine if it is `local`.
  // Fails with the text that follows "Request … failed with message: ".
  static tl::expected<SessionConfig, std::string> Parse(
      const nlohmann::json& params, const std::string& directory,
      bool local = true);

  const ClientTool* FindTool(const std::string& name) const;
  const McpTool* FindMcpTool(const std::string& full_name) const;
};

}  // namespace copilot::fake_cli
