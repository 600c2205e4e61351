// SPDX-License-Identifier: MIT
#include "fake-model/server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <openssl/err.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "fake-model/copilot_api.h"
#include "fake-model/delivery.h"
#include "fake-model/routes.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

constexpr time_t kKeepAliveSeconds = 1;

// A thread for each connection, however many stall.
class Threads : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    threads_.emplace_back(std::move(task));
  }
  void shutdown() override {
    std::vector<std::thread> threads;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      threads.swap(threads_);
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

RecordedRequest Recorded(const httplib::Request& request) {
  RecordedRequest recorded;
  recorded.method = request.method;
  recorded.path = request.target.empty() ? request.path : request.target;
  // Telemetry is the CLI's own business.
  if (!request.path.ends_with("/telemetry")) recorded.body = request.body;
  for (const auto& [name, value] : request.headers) {
    // The library's own additions.
    if (name == "REMOTE_ADDR" || name == "REMOTE_PORT" ||
        name == "LOCAL_ADDR" || name == "LOCAL_PORT") {
      continue;
    }
    recorded.headers[name] = value;
  }
  return recorded;
}

// Made by the CLI with its user's token, not with a provider's key.
bool IsCopilots(const httplib::Request& request) {
  return request.has_header("Copilot-Integration-Id");
}

HttpError Refusal(int status, std::string message) {
  HttpError error;
  error.status = status;
  error.type = "invalid_request_error";
  error.message = std::move(message);
  return error;
}

void Send(const CopilotReply& reply, httplib::Response& response) {
  response.status = reply.status;
  if (!reply.body.empty()) response.set_content(reply.body, kJsonType);
}

// Why the files cannot be used.
std::string TlsProblem(const ServerOptions& options) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof(text));
  return fmt::format("the certificate {} or the key {} cannot be used: {}",
                     options.tls_cert, options.tls_key, text);
}

}  // namespace

class Server::Impl {
 public:
  Impl(Script script, Record& record, ServerOptions options)
      : script_(std::move(script)),
        copilot_(script_.users(), script_.models()),
        record_(record),
        options_(std::move(options)),
        stop_fd_(eventfd(0, EFD_CLOEXEC)) {}

  ~Impl() {
    Stop();
    close(stop_fd_);
  }

  tl::expected<int, std::string> Start(const std::string& host, int port) {
    ERR_clear_error();
    if (tls()) {
      http_ = std::make_unique<httplib::SSLServer>(options_.tls_cert.c_str(),
                                                   options_.tls_key.c_str());
    } else {
      http_ = std::make_unique<httplib::Server>();
    }
    if (!http_->is_valid()) return tl::unexpected(TlsProblem(options_));
    SetUp();
    errno = 0;
    if (port == 0) {
      port = http_->bind_to_any_port(host.c_str());
      if (port <= 0) port = -1;
    } else if (!http_->bind_to_port(host.c_str(), port)) {
      port = -1;
    }
    if (port < 0) {
      return tl::unexpected(
          fmt::format("cannot listen on {}: {}", host,
                      errno != 0 ? std::strerror(errno) : "no such address"));
    }
    listener_ = std::thread([this] { http_->listen_after_bind(); });
    // A stop before the listener runs would be lost.
    while (!http_->is_running()) std::this_thread::yield();
    return port;
  }

  void Stop() {
    if (!listener_.joinable()) return;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = write(stop_fd_, &one, sizeof(one));
    http_->stop();
    listener_.join();
  }

 private:
  bool tls() const { return !options_.tls_cert.empty(); }

  void SetUp() {
    http_->new_task_queue = [] { return new Threads; };
    http_->set_tcp_nodelay(true);
    // The library's own options would share the port with another server.
    http_->set_socket_options([](socket_t socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    });
    http_->set_keep_alive_max_count(1'000'000);
    http_->set_keep_alive_timeout(kKeepAliveSeconds);
    http_->Get(".*", [this](const auto& request, auto& response) {
      OnOther(request, response);
    });
    http_->Post(".*", [this](const auto& request, auto& response) {
      const Route route = routes_.Find(request.path);
      if (route.api == nullptr) return OnOther(request, response);
      OnModelCall(request, route, response);
    });
  }

  // Whatever is no call of a model.
  void OnOther(const httplib::Request& request, httplib::Response& response) {
    AddToRecord(request);
    const auto reply =
        copilot_.Answer({request.method, request.path, Origin(request),
                         request.get_header_value("Authorization"),
                         Json::parse(request.body, nullptr, false)});
    if (reply) return Send(*reply, response);
    if (IsCopilots(request) && UserOf(request) == nullptr) {
      return Send(CopilotApi::BadCredentials(), response);
    }
    if (request.method == "GET" && request.path.ends_with("/models")) {
      response.set_content(copilot_.models().OpenAiList(), kJsonType);
    } else if (request.method == "GET" && request.path.ends_with("/api/tags")) {
      response.set_content(copilot_.models().OllamaList(), kJsonType);
    } else {
      const std::string message =
          fmt::format("no such route: {} {}", request.method, request.path);
      DeliverError(Refusal(404, message), ChatApi(), response);
    }
  }

  void OnModelCall(const httplib::Request& request, const Route& route,
                   httplib::Response& response) {
    const Api& api = *route.api;
    const Json body = Json::parse(request.body, nullptr, false);
    if (auto refusal = RefusalOf(request, route, body)) {
      AddToRecord(request);
      return DeliverError(*refusal, api, response);
    }
    const Violations violations = api.Check(body);
    if (options_.strict && !violations.empty()) {
      AddToRecord(request, violations);
      return DeliverError(Refusal(400, violations.front()), api, response);
    }
    Call call{1, ModelOf(body, route)};
    Answer answer;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      record_.Add(Numbered(request, violations));
      answer = script_.Next(PromptOf(body));
      call.number = ++calls_;
    }
    if (IsCopilots(request)) {
      for (const auto& [name, value] : QuotaHeaders(*UserOf(request))) {
        response.set_header(name, value);
      }
    }
    Deliver(answer, api, call, api.Streams(body),
            Connection::Find(request.local_port, request.remote_port, stop_fd_),
            response);
  }

  // Why no answer of the script is for this request.
  std::optional<HttpError> RefusalOf(const httplib::Request& request,
                                     const Route& route,
                                     const Json& body) const {
    if (IsCopilots(request) && UserOf(request) == nullptr) {
      HttpError error = Refusal(401, "Bad credentials");
      error.type.clear();
      error.body = CopilotApi::BadCredentials().body;
      return error;
    }
    if (!route.deployment.empty() && !request.has_param("api-version")) {
      return Refusal(404, "Resource not found");
    }
    if (!body.is_object()) return Refusal(400, "the body is no JSON object");
    return std::nullopt;
  }

  static std::string ModelOf(const Json& body, const Route& route) {
    if (!route.deployment.empty()) return route.deployment;
    const auto model = body.find("model");
    return model != body.end() && model->is_string() ? std::string(*model) : "";
  }

  const User* UserOf(const httplib::Request& request) const {
    return copilot_.users().Find(request.get_header_value("Authorization"));
  }

  std::string Origin(const httplib::Request& request) const {
    return (tls() ? "https://" : "http://") + request.get_header_value("Host");
  }

  void AddToRecord(const httplib::Request& request,
                   const Violations& violations = {}) {
    const std::lock_guard<std::mutex> lock(mutex_);
    record_.Add(Numbered(request, violations));
  }

  RecordedRequest Numbered(const httplib::Request& request,
                           const Violations& violations) {
    RecordedRequest recorded = Recorded(request);
    recorded.number = ++requests_;
    recorded.violations = violations;
    return recorded;
  }

  std::mutex mutex_;  // guards the script's next answer and the numbers
  Script script_;
  int requests_ = 0;
  int calls_ = 0;
  const Routes routes_{};
  const CopilotApi copilot_;
  Record& record_;
  const ServerOptions options_;
  const int stop_fd_;
  std::unique_ptr<httplib::Server> http_;
  std::thread listener_;
};

Server::Server(Script script, Record& record, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(script), record,
                                   std::move(options))) {}
Server::~Server() = default;

tl::expected<int, std::string> Server::Start(const std::string& host,
                                             int port) {
  return impl_->Start(host, port);
}

void Server::Stop() { impl_->Stop(); }

}  // namespace copilot::fake_model
