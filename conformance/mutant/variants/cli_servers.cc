// SPDX-License-Identifier: MIT
//
// MCP servers and sub-agents: CLI-93 to CLI-99 without forms.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kLoaded[] = "session.mcp_servers_loaded";

Fault OnEachServer(std::function<void(Json& server)> change) {
  return OnCliEvent(kLoaded, [change = std::move(change)](Json& event) {
    for (Json& server : event["data"]["servers"]) change(server);
  });
}

// A call of a server's tool asks, whether it needs to or not.
std::vector<Fault> AskForAll() {
  return {RememberToolCalls(),
          OnCliEvent("permission.requested",
                     [](Json&, State& state) { state.memory["asked"] = true; }),
          At(Place::kCli, Way::kUp, [](Frame& frame, State& state) {
            if (frame.EventType() != "tool.execution_complete") return;
            const bool asked = state.memory.erase("asked") > 0;
            const Json& data = frame.message["params"]["event"]["data"];
            const Json call = ToolCall(state, data.value("toolCallId", ""));
            if (asked || !call.contains("mcpServerName")) return;
            SendBefore(frame,
                       MakeEvent(frame, "permission.requested",
                                 {{"requestId", "read-only"},
                                  {"permissionRequest",
                                   {{"kind", "mcp"},
                                    {"serverName", call["mcpServerName"]},
                                    {"toolName", call["toolName"]},
                                    {"args", call.value("arguments", Json())},
                                    {"readOnly", true}}}}));
          })};
}

// Data of events that a sub-agent causes.
Fault OnAgentEvent(const std::string& type, PartChange change) {
  return OnCliEvent(type,
                    [change = std::move(change)](Json& event, State& state) {
                      if (event.contains("agentId")) change(event, state);
                    });
}

}  // namespace

std::vector<Mutation> CliServerMutations() {
  return {
      {"cli-server-unnamed-in-call",
       {"CLI-93"},
       "a call of a server's tool does not name the server",
       {OnCliEvent("tool.execution_start", Erase("/data/mcpServerName"))}},
      {"cli-server-permission-kind",
       {"CLI-93"},
       "the tools of a server ask as those of a client do",
       {OnCliEvent("permission.requested",
                   Where("/data/permissionRequest/kind", "mcp",
                         Set("/data/permissionRequest/kind", "custom-tool")))}},
      {"cli-server-unlisted",
       {"CLI-93"},
       "a server that is connected is not among the clients of the host",
       {OnCliAnswer("session.mcp.list",
                    Replace("/host/clients", Json::array()))}},
      {"cli-server-hints-lost",
       {"CLI-93"},
       "the tools of a server are listed without their annotations",
       {OnCliAnswer("session.mcp.listTools",
                    [](Json& result) {
                      for (Json& tool : result["tools"]) {
                        tool.erase("annotations");
                      }
                    })}},
      {"cli-read-only-asks",
       {"CLI-94"},
       "a read-only tool of a server asks",
       AskForAll()},
      {"cli-server-failure-succeeds",
       {"CLI-94"},
       "a tool of a server that fails is a call that succeeded",
       {RememberToolCalls(),
        OnToolEnd([](Json& data, const Json& call, State&) {
          if (call.contains("mcpServerName")) data["success"] = true;
        })}},
      {"cli-server-failure-unsaid",
       {"CLI-94"},
       "the text of a server's failure is lost",
       {RememberToolCalls(),
        OnToolEnd([](Json& data, const Json& call, State&) {
          if (call.contains("mcpServerName") && data.contains("error")) {
            data["error"]["message"] = "Tool failed";
          }
        })}},
      {"cli-failed-server-connected",
       {"CLI-95"},
       "a server that cannot be started is told as connected",
       {OnEachServer([](Json& server) { server["status"] = "connected"; })}},
      {"cli-failed-server-unexplained",
       {"CLI-95"},
       "a server is failed without a reason",
       {OnEachServer([](Json& server) { server.erase("error"); })}},
      {"cli-failed-server-without-tools",
       {"CLI-95"},
       "a server that cannot be started has a list of tools, an empty one",
       {ForgiveCliRequest("session.mcp.listTools", "",
                          {{"tools", Json::array()}})}},
      {"cli-server-tools-all",
       {"CLI-96"},
       "all tools of a server are there, whatever the configuration chooses",
       {OnCliRequest("session.create",
                     [](Json& params) {
                       if (!params.contains("mcpServers")) return;
                       for (Json& server : params["mcpServers"]) {
                         server["tools"] = {"*"};
                       }
                     })}},
      {"cli-server-tools-none",
       {"CLI-96"},
       "a server whose tools are chosen has none",
       {OnCliRequest("session.create",
                     [](Json& params) {
                       if (!params.contains("mcpServers")) return;
                       for (Json& server : params["mcpServers"]) {
                         if (server["tools"] != Json({"*"})) {
                           server["tools"] = Json::array();
                         }
                       }
                     })}},
      {"cli-agent-anonymous",
       {"CLI-98"},
       "the messages of a sub-agent look like those of the session",
       {OnAgentEvent("assistant.message", Erase("agentId"))}},
      {"cli-agent-result-lost",
       {"CLI-98"},
       "the last message of a sub-agent is not the result of the tool",
       {RememberToolCalls(),
        OnToolEnd([](Json& data, const Json& call, State&) {
          if (call["toolName"] == "task") {
            data["result"]["content"] = "Agent completed.";
          }
        })}},
      {"cli-agent-idle",
       {"CLI-98"},
       "a session is idle when its sub-agent has ended",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.EventType() == "subagent.completed") {
               frame.Add(MakeEvent(frame, "session.idle", Json::object()));
             }
           })}},
      {"cli-agent-tool-fails",
       {"CLI-99"},
       "the tools of a client fail when a sub-agent calls them",
       {OnAgentEvent("tool.execution_complete", Set("/data/success", false))}},
      {"cli-agent-asks-otherwise",
       {"CLI-99"},
       "a sub-agent asks for permission of another kind",
       {OnCliEvent("subagent.started",
                   [](Json&, State& state) { state.memory["agent"] = true; }),
        OnCliEvent("permission.requested",
                   [](Json& event, State& state) {
                     if (state.memory.contains("agent")) {
                       event["data"]["permissionRequest"]["kind"] = "agent";
                     }
                   })}},
      {"cli-agent-tool-result-quoted",
       {"CLI-99"},
       "a sub-agent gets the result of a tool as quoted text",
       {OnCliEvent("subagent.started",
                   [](Json&, State& state) { state.memory["agent"] = true; }),
        OnCliRequest("session.tools.handlePendingToolCall",
                     [](Json& params, State& state) {
                       if (state.memory.contains("agent")) {
                         params["result"] = params["result"].dump();
                       }
                     })}},
  };
}

}  // namespace copilot::conformance
