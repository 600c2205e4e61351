// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <filesystem>
#include <map>
#include <utility>

#include "fake-cli/json_read.h"
#include "fake-cli/mcp/channel.h"
#include "wire/child_process.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// Ours, with what the config adds.
std::vector<std::string> Environment(const Json& added) {
  std::map<std::string, std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string text = *each;
    const size_t equals = text.find('=');
    if (equals == text.npos) continue;
    variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : added.items()) {
    if (value.is_string()) variables[name] = value.get<std::string>();
  }
  std::vector<std::string> list;
  for (const auto& [name, value] : variables)
    list.push_back(name + "=" + value);
  return list;
}

class StdioChannel : public McpChannel, private wire::Peer::Handler {
 public:
  StdioChannel(asio::io_context& io, std::unique_ptr<wire::ChildProcess> child,
               Serve on_request)
      : child_(std::move(child)),
        on_request_(std::move(on_request)),
        peer_(io, child_->TakeTransport(), wire::MakeLineFraming()) {
    peer_.Start(this);
  }

  void Call(const std::string& method, const Json& params,
            Answer done) override {
    peer_.Call(
        method, params.dump(),
        [alive = std::weak_ptr(alive_),
         done = std::move(done)](const wire::RawResult& raw) {
          if (alive.expired()) return;
          if (raw) {
            done(Json::parse(*raw, nullptr, false));
            return;
          }
          const wire::RpcError& error = raw.error();
          const bool gone = error.code == wire::kConnectionClosed;
          done(tl::unexpected(McpFailure{!gone,
                                         gone ? "connection closed"
                                              : "McpError: MCP error " +
                                                    std::to_string(error.code) +
                                                    ": " + error.message,
                                         gone ? "connection_closed" : ""}));
        });
  }

  void Notify(const std::string& method) override { peer_.Notify(method, ""); }
  const char* transport() const override { return "stdio"; }

 private:
  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    on_request_(request, std::move(responder));
  }
  void OnNotification(const wire::Message&) override {}
  void OnClosed(const std::string&) override {}

  std::unique_ptr<wire::ChildProcess> child_;
  const McpChannel::Serve on_request_;
  wire::Peer peer_;
  // Goes first: calls that end with the peer are nobody's business.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

tl::expected<std::unique_ptr<McpChannel>, McpFailure> OpenStdioChannel(
    asio::io_context& io, const Json& config, const std::string& directory,
    McpChannel::Serve on_request) {
  wire::ChildOptions options;
  options.argv.push_back(TextOf(config, "command"));
  for (const Json& argument : ListOf(config, "args")) {
    if (argument.is_string()) options.argv.push_back(argument);
  }
  options.environment = Environment(ObjectOf(config, "env"));
  const std::string cwd = TextOf(config, "cwd");
  options.working_directory =
      cwd.empty() ? directory
                  : (std::filesystem::path(directory) / cwd).string();
  auto child = wire::ChildProcess::Spawn(io, std::move(options));
  if (!child) {
    const std::string reason = "No such file or directory (os error 2)";
    return tl::unexpected(McpFailure{
        false, "failed to spawn MCP server process: " + reason + ": " + reason,
        "os_not_found"});
  }
  return std::make_unique<StdioChannel>(io, std::move(*child),
                                        std::move(on_request));
}

}  // namespace copilot::fake_cli
