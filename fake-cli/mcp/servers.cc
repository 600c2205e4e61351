// SPDX-License-Identifier: MIT
#include "fake-cli/mcp/servers.h"

#include <algorithm>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/identity.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// Whether the configuration of a server offers this tool of it.
bool Offers(const Json& config, const std::string& tool) {
  if (!MemberOf(config, "tools").is_array()) return true;
  const Json& tools = ListOf(config, "tools");
  return std::any_of(tools.begin(), tools.end(), [&](const Json& entry) {
    return entry == "*" || entry == tool;
  });
}

McpTool ReadTool(const std::string& server, const std::string& transport,
                 const Json& described) {
  const Json& hints = ObjectOf(described, "annotations");
  McpTool tool;
  tool.server = server;
  tool.transport = transport;
  tool.name = TextOf(described, "name");
  tool.title = TextOf(described, "title");
  if (tool.title.empty()) tool.title = TextOf(hints, "title");
  if (tool.title.empty()) tool.title = tool.name;
  tool.description = TextOf(described, "description");
  tool.parameters = ObjectOf(described, "inputSchema");
  tool.read_only = FlagOf(hints, "readOnlyHint");
  return tool;
}

const Json kInitialize = {
    {"protocolVersion", "2025-11-25"},
    {"capabilities", {{"sampling", Json::object()}}},
};

}  // namespace

struct McpServers::Server {
  Json config;
  std::string status = "pending";
  McpFailure failure;
  int64_t failed_ms = 0;
  Json instructions;  // null: none
  Json tools = Json::array();
  std::unique_ptr<McpChannel> channel;
  std::unique_ptr<McpChannel> gone;  // one that failed
  bool again = false;                // it was connected by hand
};

McpServers::McpServers(Session& session) : session_(session) {}

McpServers::~McpServers() = default;

void McpServers::Close() {
  servers_.clear();
  waiting_.clear();
}

bool McpServers::Knows(const std::string& name) const {
  return servers_.contains(name);
}

void McpServers::Start(const Json& config) {
  if (!config.is_object()) return;
  for (const auto& [name, entry] : config.items()) {
    if (!entry.is_object()) continue;
    servers_[name] = std::make_unique<Server>();
    servers_[name]->config = entry;
  }
  for (const auto& [name, server] : servers_) Tell(name, "pending");
  for (const auto& [name, server] : servers_) Connect(name);
}

void McpServers::WhenSettled(std::function<void()> then) {
  waiting_.push_back(std::move(then));
  Settle();
}

void McpServers::Settle() {
  const bool pending = std::any_of(
      servers_.begin(), servers_.end(),
      [](const auto& each) { return each.second->status == "pending"; });
  if (pending) return;
  for (const auto& then : std::exchange(waiting_, {})) then();
}

void McpServers::Connect(const std::string& name) {
  Server& server = *servers_.at(name);
  server.tools = Json::array();
  const std::string type = TextOf(server.config, "type");
  if (type == "http" || type == "sse") {
    server.channel = OpenHttpChannel(session_.host.io(), server.config,
                                     session_.host.version());
    return Initialize(name);
  }
  auto channel = OpenStdioChannel(
      session_.host.io(), server.config, session_.config.working_directory,
      [this, name](const wire::Message& request, wire::Responder responder) {
        if (request.method != "elicitation/create") {
          responder.Error({wire::kMethodNotFound, "Method not found", nullptr});
          return;
        }
        Json form = Json::parse(request.params, nullptr, false);
        if (!form.is_object()) form = Json::object();
        session_.Elicit(form, name, [responder](const Json& answer) {
          responder.Result(answer);
        });
      });
  if (!channel) return Fail(name, channel.error());
  server.channel = std::move(*channel);
  Initialize(name);
}

void McpServers::Initialize(const std::string& name) {
  Json params = kInitialize;
  params["clientInfo"] = {{"name", "copilot-cli"},
                          {"version", session_.host.version()}};
  servers_.at(name)->channel->Call(
      "initialize", params,
      [this, name](const tl::expected<Json, McpFailure>& result) {
        if (!result) {
          McpFailure failure = result.error();
          failure.text = "failed to initialize MCP client: " + failure.text;
          return Fail(name, failure);
        }
        OnConnected(name, *result);
      });
}

void McpServers::OnConnected(const std::string& name, const Json& result) {
  Server& server = *servers_.at(name);
  const std::string instructions = TextOf(result, "instructions");
  server.instructions = instructions.empty() ? Json() : Json(instructions);
  server.channel->Notify("notifications/initialized");
  if (!server.again) TellConnected(name);
  ListTools(name);
}

void McpServers::TellConnected(const std::string& name) {
  session_.log.Ephemeral("session.mcp_server_status_changed",
                         JsonObject()
                             .Text("serverName", name)
                             .Text("status", "connected")
                             .Text("configSource", "user")
                             .str());
}

void McpServers::ListTools(const std::string& name) {
  servers_.at(name)->channel->Call(
      "tools/list", Json::object(),
      [this, name](const tl::expected<Json, McpFailure>& result) {
        if (!result) return Fail(name, result.error());
        Server& server = *servers_.at(name);
        server.tools = ListOf(*result, "tools");
        server.status = "connected";
        session_.log.Ephemeral(
            "session.mcp_server_tools_loaded",
            JsonObject()
                .Text("serverName", name)
                .Int("toolCount", static_cast<int64_t>(server.tools.size()))
                .str());
        if (server.again) TellConnected(name);
        OfferTools();
        Settle();
      });
}

void McpServers::Fail(const std::string& name, const McpFailure& failure) {
  Server& server = *servers_.at(name);
  server.status = "failed";
  server.failure = failure;
  server.failed_ms = NowMs();
  // It may be the one that calls: it goes later.
  server.gone = std::move(server.channel);
  session_.log.Ephemeral(
      "session.mcp_server_status_changed",
      JsonObject()
          .Text("serverName", name)
          .Text("status", "failed")
          .Text("error", failure.text)
          .TextIf("errorClassification", failure.classification)
          .Text("configSource", "user")
          .str());
  Settle();
}

void McpServers::Tell(const std::string& name, const std::string& status) {
  servers_.at(name)->status = status;
  session_.log.Ephemeral(
      "session.mcp_server_status_changed",
      JsonObject().Text("serverName", name).Text("status", status).str());
}

void McpServers::Drop(const std::string& name) {
  Server& server = *servers_.at(name);
  server.channel.reset();
  server.tools = Json::array();
  OfferTools();
  session_.log.Ephemeral("session.mcp_server_removed",
                         JsonObject().Text("serverName", name).str());
}

void McpServers::ConnectAgain(const std::string& name) {
  servers_.at(name)->again = true;
  Connect(name);
}

// The order of these is that of the real CLI.
void McpServers::Disable(const std::string& name) {
  Drop(name);
  Tell(name, "disabled");
  Tell(name, "disabled");
}

void McpServers::Enable(const std::string& name) {
  Tell(name, "not_configured");
  Tell(name, "not_configured");
  Tell(name, "pending");
  ConnectAgain(name);
}

void McpServers::Restart(const std::string& name) {
  Drop(name);
  Tell(name, "not_configured");
  Tell(name, "pending");
  ConnectAgain(name);
}

void McpServers::Stop(const std::string& name) {
  Drop(name);
  Tell(name, "stopped");
}

void McpServers::StartAgain(const std::string& name) {
  Tell(name, servers_.at(name)->status);
  Tell(name, "pending");
  ConnectAgain(name);
}

void McpServers::OfferTools() {
  session_.config.mcp_tools.clear();
  for (const auto& [name, server] : servers_) {
    if (server->channel == nullptr) continue;
    for (const Json& described : server->tools) {
      McpTool tool = ReadTool(name, server->channel->transport(), described);
      if (tool.name.empty() || !Offers(server->config, tool.name)) continue;
      session_.config.mcp_tools.push_back(std::move(tool));
    }
  }
}

Json McpServers::Entry(const std::string& name, const Server& server) const {
  Json entry = {{"name", name}, {"status", server.status}};
  if (server.status == "failed") entry["error"] = server.failure.text;
  if (server.status == "connected") {
    entry["serverMetadata"] = {{"instructions", server.instructions}};
  }
  return entry;
}

std::string McpServers::LoadedData() const {
  Json list = Json::array();
  for (const auto& [name, server] : servers_) {
    list.push_back(Entry(name, *server));
  }
  return Json{{"servers", std::move(list)}}.dump();
}

std::string McpServers::List() const {
  Json list = Json::array();
  Json host = {{"clients", Json::array()},
               {"disabledServers", Json::array()},
               {"filteredServers", Json::array()},
               {"pendingConnections", Json::array()},
               {"failedServers", Json::object()},
               {"needsAuthServers", Json::object()},
               {"mcp3pEnabled", true}};
  for (const auto& [name, server] : servers_) {
    Json entry = Entry(name, *server);
    const std::string url = TextOf(server->config, "url");
    const bool reached = server->status != "disabled" &&
                         server->status != "stopped" && !url.empty();
    if (reached) entry["url"] = url;
    list.push_back(std::move(entry));
    if (server->status == "connected") host["clients"].push_back(name);
    if (server->status == "disabled") host["disabledServers"].push_back(name);
    if (server->status == "pending") host["pendingConnections"].push_back(name);
    if (server->status == "failed") {
      host["failedServers"][name] = {{"message", server->failure.text},
                                     {"timestamp", server->failed_ms}};
    }
  }
  return Json{{"servers", std::move(list)}, {"host", std::move(host)}}.dump();
}

bool McpServers::Running(const std::string& name) const {
  const auto found = servers_.find(name);
  return found != servers_.end() && found->second->status == "connected";
}

Json McpServers::ToolsOf(const std::string& name) const {
  return Running(name) ? servers_.at(name)->tools : Json();
}

void McpServers::Call(const McpTool& tool, const Json& arguments,
                      McpChannel::Answer done) {
  if (!Running(tool.server)) {
    return done(tl::unexpected(McpFailure{false, "not connected", ""}));
  }
  servers_.at(tool.server)
      ->channel->Call("tools/call",
                      {{"name", tool.name}, {"arguments", arguments}},
                      std::move(done));
}

}  // namespace copilot::fake_cli
