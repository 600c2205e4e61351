// SPDX-License-Identifier: MIT
//
// How an MCP server is reached: a child that speaks lines of JSON, or an HTTP
// endpoint. Everything runs on the io_context, which must outlive a channel.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>

#include "wire/peer.h"

namespace copilot::fake_cli {

struct McpFailure {
  bool answered = false;  // an error of the server; otherwise the way to it
  std::string text;       // in the words of the real CLI
  std::string classification;  // "os_not_found", …; may be empty
};

class McpChannel {
 public:
  using Answer = std::function<void(tl::expected<nlohmann::json, McpFailure>)>;
  // Requests of the server.
  using Serve =
      std::function<void(const wire::Message& request, wire::Responder)>;

  // Lets the server go. Nothing is called any more.
  virtual ~McpChannel() = default;

  // `done` runs once.
  virtual void Call(const std::string& method, const nlohmann::json& params,
                    Answer done) = 0;
  virtual void Notify(const std::string& method) = 0;

  virtual const char* transport() const = 0;  // "stdio" or "http"
};

// `config` is a member of the session's mcpServers: command, args, env, cwd.
tl::expected<std::unique_ptr<McpChannel>, McpFailure> OpenStdioChannel(
    asio::io_context& io, const nlohmann::json& config,
    const std::string& directory, McpChannel::Serve on_request);

// url, headers. `version` is told as that of the CLI.
std::unique_ptr<McpChannel> OpenHttpChannel(asio::io_context& io,
                                            const nlohmann::json& config,
                                            const std::string& version);

}  // namespace copilot::fake_cli
