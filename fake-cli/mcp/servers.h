// SPDX-License-Identifier: MIT
//
// The MCP servers of a session (protocol 7.1, 12.1): they are started beside
// it, and their tools are offered to the model as "<server>-<tool>".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fake-cli/mcp/channel.h"
#include "fake-cli/mcp/mcp_tool.h"
#include "fake-cli/tools/built_in.h"

namespace copilot::fake_cli {

class McpServers {
 public:
  // The session must outlive this.
  explicit McpServers(Session& session);
  ~McpServers();

  // `config` is the session's mcpServers.
  void Start(const nlohmann::json& config);
  // Lets them all go, without a word.
  void Close();

  // Runs `then` once no server is on its way any more; at once if none is.
  void WhenSettled(std::function<void()> then);

  // Raw JSON of session.mcp_servers_loaded, and of session.mcp.list's result.
  std::string LoadedData() const;
  std::string List() const;

  bool Knows(const std::string& name) const;
  bool Running(const std::string& name) const;
  // The tools of a server as it told them, whatever the session offers; null
  // when it is not connected.
  nlohmann::json ToolsOf(const std::string& name) const;

  // By name of a server there is.
  void Disable(const std::string& name);
  void Enable(const std::string& name);
  void Restart(const std::string& name);
  void Stop(const std::string& name);
  void StartAgain(const std::string& name);

  void Call(const McpTool& tool, const nlohmann::json& arguments,
            McpChannel::Answer done);

 private:
  struct Server;

  nlohmann::json Entry(const std::string& name, const Server& server) const;
  void Connect(const std::string& name);
  void ConnectAgain(const std::string& name);
  void Initialize(const std::string& name);
  void ListTools(const std::string& name);
  void OnConnected(const std::string& name, const nlohmann::json& result);
  void TellConnected(const std::string& name);
  void Fail(const std::string& name, const McpFailure& failure);
  void Drop(const std::string& name);
  void Tell(const std::string& name, const std::string& status);
  void Settle();
  void OfferTools();

  Session& session_;
  std::map<std::string, std::unique_ptr<Server>> servers_;
  std::vector<std::function<void()>> waiting_;
};

// A call of an MCP tool that the session offers.
std::shared_ptr<BuiltInTool> MakeMcpTool(ToolCall call, const McpTool& tool);

}  // namespace copilot::fake_cli
