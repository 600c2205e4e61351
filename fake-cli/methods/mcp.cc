// SPDX-License-Identifier: MIT
//
// The MCP servers of a session, as clients see and manage them (session.mcp.*).
#include <fmt/format.h>

#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// Answers and returns nothing without the name of a server.
std::optional<std::string> NeedServer(const Call& call) {
  const Json name = call.params.value("serverName", Json());
  if (!name.is_string()) {
    call.Fail("missing string parameter 'serverName'");
    return std::nullopt;
  }
  return name.get<std::string>();
}

void List(const Call& call) {
  if (const auto session = Need(call)) call.Result(session->mcp.List());
}

void ListTools(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const auto name = NeedServer(call);
  if (!name) return;
  const Json tools = session->mcp.ToolsOf(*name);
  if (tools.is_null()) {
    call.Fail(fmt::format("MCP server \"{}\" is not connected", *name));
    return;
  }
  call.Result(Json{{"tools", tools}}.dump());
}

void IsServerRunning(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const auto name = NeedServer(call);
  if (!name) return;
  if (session->config.mcp_servers.empty()) {
    call.Fail("No MCP host initialized");
    return;
  }
  call.Result(JsonObject().Bool("running", session->mcp.Running(*name)).str());
}

// `strict`: without any server there is nobody to tell.
Method Manage(void (McpServers::*change)(const std::string&), bool strict) {
  return [change, strict](const Call& call) {
    const auto session = Need(call);
    if (session == nullptr) return;
    const auto name = NeedServer(call);
    if (!name) return;
    if (strict && session->config.mcp_servers.empty()) {
      call.Fail("No MCP host initialized");
      return;
    }
    // What is under way ends first.
    session->mcp.WhenSettled(
        [session, change, name = *name, responder = call.responder] {
          if (session->mcp.Knows(name)) (session->mcp.*change)(name);
          responder.Result(std::string_view("{}"));
        });
  };
}

}  // namespace

void AddMcpMethods(MethodTable& table) {
  table["session.mcp.list"] = List;
  table["session.mcp.listTools"] = ListTools;
  table["session.mcp.isServerRunning"] = IsServerRunning;
  table["session.mcp.disable"] = Manage(&McpServers::Disable, false);
  table["session.mcp.enable"] = Manage(&McpServers::Enable, false);
  table["session.mcp.restartServer"] = Manage(&McpServers::Restart, true);
  table["session.mcp.stopServer"] = Manage(&McpServers::Stop, true);
  table["session.mcp.startServer"] = Manage(&McpServers::StartAgain, true);
}

}  // namespace copilot::fake_cli
