// SPDX-License-Identifier: MIT
#include "fake-cli/session_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "fake-cli/json_read.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

bool Truthy(const Json& params, const char* name) {
  const Json value = params.value(name, Json());
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  if (value.is_number()) return value != 0;
  return value.is_structured();
}

tl::unexpected<std::string> Construction(std::string text) {
  return tl::unexpected("session construction failed: " + std::move(text));
}

// The complaint about a tool's name; empty when it is fine (protocol 7.4).
std::string NameComplaint(const Json& name) {
  if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
    return fmt::format(
        "GenericFailure, externalToolDefinitions: tool name must be a "
        "non-empty string (got {}).",
        name.dump());
  }
  const auto& text = name.get_ref<const std::string&>();
  const bool valid = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (valid) return "";
  return fmt::format(
      "GenericFailure, externalToolDefinitions: tool name \"{}\" contains "
      "invalid characters. Tool names may only contain ASCII letters, digits, "
      "underscores, and hyphens (matching /^[a-zA-Z0-9_-]+$/).",
      text);
}

// Fails with the complaint.
tl::expected<std::vector<ClientTool>, std::string> ParseTools(
    const Json& params) {
  std::vector<ClientTool> tools;
  const Json list = params.value("tools", Json());
  if (!list.is_array()) return tools;
  for (const Json& entry : list) {
    if (!entry.is_object()) continue;
    const Json name = entry.value("name", Json());
    if (const std::string wrong = NameComplaint(name); !wrong.empty()) {
      return tl::unexpected(wrong);
    }
    tools.push_back({name.get<std::string>(), TextOf(entry, "description"),
                     entry.value("parameters", Json()),
                     Truthy(entry, "skipPermission"),
                     Truthy(entry, "overridesBuiltInTool")});
  }
  return tools;
}

// The complaint about the working directory; sets `out` when it is fine.
std::string ParseDirectory(const Json& params, bool local, std::string* out) {
  const Json value = params.value("workingDirectory", Json());
  if (value.is_null()) return "";
  if (!value.is_string()) {
    return "Directory path must be absolute: " + value.dump();
  }
  const auto& path = value.get_ref<const std::string&>();
  if (path.empty() || path[0] != '/') return "";
  std::error_code ignored;
  if (local && !std::filesystem::exists(path, ignored)) {
    return "Directory does not exist or cannot be accessed: " + path;
  }
  *out = path;
  return "";
}

std::string ProviderComplaint(const Json& provider) {
  if (!provider.is_object()) {
    return fmt::format(
        "Invalid provider configuration: invalid type: {} {}, expected struct "
        "ProviderConfig",
        provider.type_name(), provider.dump());
  }
  if (!provider.contains("baseUrl")) {
    return "Invalid provider configuration: missing field `baseUrl`";
  }
  return "";
}

}  // namespace

tl::expected<SessionConfig, std::string> SessionConfig::Parse(
    const Json& params, const std::string& directory, bool local) {
  SessionConfig config;
  config.working_directory = directory;
  const Json model = params.value("model", Json());
  if (!model.is_null() && !model.is_string()) {
    return Construction(
        fmt::format("invalid type: {} `{}`, expected a string",
                    model.is_number_integer() ? "integer" : model.type_name(),
                    model.dump()));
  }
  config.model = model.is_string() ? model.get<std::string>() : "";
  if (params.value("requestPermission", Json()).is_string()) {
    return tl::unexpected(
        std::string("Failed to convert napi value into rust type `bool`"));
  }
  config.provider = params.value("provider", Json());
  if (!config.provider.is_null()) {
    if (auto wrong = ProviderComplaint(config.provider); !wrong.empty()) {
      return tl::unexpected(wrong);
    }
  }
  if (params.value("mcpServers", Json()).is_array()) {
    return Construction("MCP servers must be an object");
  }
  config.mcp_servers = params.value("mcpServers", Json());
  if (params.value("customAgents", Json()).is_object()) {
    return Construction(
        "GenericFailure, invalid type: map, expected a sequence at line 1 "
        "column 0");
  }
  if (auto wrong = ParseDirectory(params, local, &config.working_directory);
      !wrong.empty()) {
    return Construction(wrong);
  }
  auto tools = ParseTools(params);
  if (!tools) return Construction(tools.error());
  config.tools = std::move(*tools);
  config.reasoning_effort = TextOf(params, "reasoningEffort");
  config.client_name = TextOf(params, "clientName", "sdk");
  config.streaming = Truthy(params, "streaming");
  config.request_permission = Truthy(params, "requestPermission");
  config.request_user_input = Truthy(params, "requestUserInput");
  config.request_elicitation = Truthy(params, "requestElicitation");
  config.request_exit_plan_mode = Truthy(params, "requestExitPlanMode");
  config.hooks = Truthy(params, "hooks");
  config.sub_agent_streaming = Truthy(params, "includeSubAgentStreamingEvents");
  config.exclusion_wins = TextOf(params, "toolFilterPrecedence") == "excluded";
  config.available_tools = params.value("availableTools", Json());
  config.excluded_tools = params.value("excludedTools", Json());
  const Json system = params.value("systemMessage", Json());
  if (system.is_object()) {
    config.system_mode = TextOf(system, "mode", "append");
    config.system_content = TextOf(system, "content");
  }
  const Json infinite = params.value("infiniteSessions", Json());
  config.checkpoints =
      !infinite.is_object() || infinite.value("enabled", Json(true)) != false;
  if (infinite.is_object()) {
    const auto fraction = [&](const char* name, double* value) {
      const Json given = infinite.value(name, Json());
      if (given.is_number()) *value = given.get<double>();
    };
    fraction("backgroundCompactionThreshold", &config.compaction_threshold);
    fraction("bufferExhaustionThreshold", &config.exhaustion_threshold);
  }
  return config;
}

const ClientTool* SessionConfig::FindTool(const std::string& name) const {
  for (const ClientTool& tool : tools) {
    if (tool.name == name) return &tool;
  }
  return nullptr;
}

const McpTool* SessionConfig::FindMcpTool(const std::string& full_name) const {
  for (const McpTool& tool : mcp_tools) {
    if (tool.full_name() == full_name) return &tool;
  }
  return nullptr;
}

}  // namespace copilot::fake_cli
