// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <httplib.h>

#include <asio/post.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "fake-cli/json_read.h"
#include "fake-cli/mcp/channel.h"
#include "fake-cli/model/event_stream.h"
#include "fake-cli/url.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr char kProtocol[] = "2025-11-25";

// What the threads of requests share with the channel.
struct Shared {
  std::mutex mutex;      // guards what follows
  asio::io_context* io;  // null once the channel is gone
  std::string origin;
  std::string path;
  httplib::Headers headers;
  std::string session;  // mcp-session-id
};

// The message in a body: JSON, or a stream of events with one in it.
Json ReadBody(const httplib::Response& response) {
  const std::string type = response.get_header_value("Content-Type");
  if (type.rfind("text/event-stream", 0) != 0) {
    return Json::parse(response.body, nullptr, false);
  }
  EventStream events;
  for (const std::string& data : events.Read(response.body)) {
    Json message = Json::parse(data, nullptr, false);
    if (message.is_object() && message.contains("id")) return message;
  }
  return nullptr;
}

httplib::Headers HeadersFor(Shared& shared) {
  const std::lock_guard lock(shared.mutex);
  httplib::Headers headers = shared.headers;
  if (!shared.session.empty()) {
    headers.emplace("Mcp-Session-Id", shared.session);
    headers.emplace("MCP-Protocol-Version", kProtocol);
  }
  return headers;
}

tl::expected<Json, McpFailure> Exchange(Shared& shared,
                                        const std::string& method,
                                        const std::string& body) {
  httplib::Client client(shared.origin);
  client.set_read_timeout(60, 0);
  const auto response =
      client.Post(shared.path, HeadersFor(shared), body, "application/json");
  if (!response) {
    const bool refused = response.error() == httplib::Error::Connection;
    return tl::unexpected(McpFailure{
        false,
        fmt::format("transport failure during send {} request: Client error: "
                    "error sending request for url ({}{})",
                    method, shared.origin, shared.path),
        refused ? "os_connection_refused" : "transport"});
  }
  if (response->has_header("Mcp-Session-Id")) {
    const std::lock_guard lock(shared.mutex);
    shared.session = response->get_header_value("Mcp-Session-Id");
  }
  const Json message = ReadBody(*response);
  if (message.is_object() && message.contains("error")) {
    const Json& error = message["error"];
    return tl::unexpected(McpFailure{
        true,
        fmt::format("McpError: MCP error {}: {}", NumberOf(error, "code"),
                    TextOf(error, "message")),
        ""});
  }
  if (message.is_object() && message.contains("result")) {
    return message["result"];
  }
  if (response->status / 100 == 2 && response->body.empty()) return Json();
  return tl::unexpected(McpFailure{
      false, fmt::format("unexpected response: HTTP {}", response->status),
      "transport"});
}

class HttpChannel : public McpChannel {
 public:
  HttpChannel(asio::io_context& io, const Json& config,
              const std::string& version) {
    const SplitUrl place = Split(TextOf(config, "url"));
    shared_->origin = place.origin;
    shared_->path = place.path.empty() ? "/" : place.path;
    shared_->io = &io;
    shared_->headers = {{"Accept", "text/event-stream, application/json"},
                        {"User-Agent", "copilot-cli/" + version}};
    for (const auto& [name, value] : ObjectOf(config, "headers").items()) {
      if (value.is_string()) {
        shared_->headers.emplace(name, value.get<std::string>());
      }
    }
  }

  // The session is ended at the server, on a thread that nobody waits for.
  ~HttpChannel() override {
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->io = nullptr;
      if (shared_->session.empty()) return;
    }
    std::thread([shared = shared_] {
      httplib::Client client(shared->origin);
      client.Delete(shared->path, HeadersFor(*shared));
    }).detach();
  }

  void Call(const std::string& method, const Json& params,
            Answer done) override {
    Send(method,
         {{"jsonrpc", "2.0"},
          {"id", next_id_++},
          {"method", method},
          {"params", params}},
         std::move(done));
  }

  void Notify(const std::string& method) override {
    Send(method, {{"jsonrpc", "2.0"}, {"method", method}},
         [](const tl::expected<Json, McpFailure>&) {});
  }

  const char* transport() const override { return "http"; }

 private:
  // `done` is only touched on the io_context.
  void Send(const std::string& method, const Json& message, Answer done) {
    const auto then = std::make_shared<Answer>(std::move(done));
    std::thread([shared = shared_, method, body = message.dump(), then] {
      auto result = Exchange(*shared, method, body);
      const std::lock_guard lock(shared->mutex);
      if (shared->io == nullptr) return;
      asio::post(*shared->io,
                 [shared, then, result = std::move(result)]() mutable {
                   if (shared->io != nullptr) (*then)(std::move(result));
                 });
    }).detach();
  }

  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  int64_t next_id_ = 0;
};

}  // namespace

std::unique_ptr<McpChannel> OpenHttpChannel(asio::io_context& io,
                                            const Json& config,
                                            const std::string& version) {
  return std::make_unique<HttpChannel>(io, config, version);
}

}  // namespace copilot::fake_cli
