// SPDX-License-Identifier: MIT
#include "fake-model/server.h"

#include <fmt/format.h>
#include <httplib.h>
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

#include "fake-model/chat_answer.h"
#include "fake-model/connection.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

// The library compresses a plain "application/json".
constexpr char kJsonType[] = "application/json; charset=utf-8";
constexpr char kStreamType[] = "text/event-stream";
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

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

RecordedRequest Recorded(const httplib::Request& request) {
  RecordedRequest recorded;
  recorded.method = request.method;
  recorded.path = request.target.empty() ? request.path : request.target;
  recorded.body = request.body;
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

}  // namespace

class Server::Impl {
 public:
  Impl(Script script, Record& record)
      : script_(std::move(script)),
        record_(record),
        stop_fd_(eventfd(0, EFD_CLOEXEC)) {}

  ~Impl() {
    Stop();
    close(stop_fd_);
  }

  tl::expected<int, std::string> Start(const std::string& host, int port) {
    SetUp();
    errno = 0;
    if (port == 0) {
      port = http_.bind_to_any_port(host.c_str());
      if (port <= 0) port = -1;
    } else if (!http_.bind_to_port(host.c_str(), port)) {
      port = -1;
    }
    if (port < 0) {
      return tl::unexpected(
          fmt::format("cannot listen on {}: {}", host,
                      errno != 0 ? std::strerror(errno) : "no such address"));
    }
    listener_ = std::thread([this] { http_.listen_after_bind(); });
    // A stop before the listener runs would be lost.
    while (!http_.is_running()) std::this_thread::yield();
    return port;
  }

  void Stop() {
    if (!listener_.joinable()) return;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = write(stop_fd_, &one, sizeof(one));
    http_.stop();
    listener_.join();
  }

 private:
  void SetUp() {
    http_.new_task_queue = [] { return new Threads; };
    http_.set_tcp_nodelay(true);
    // The library's own options would share the port with another server.
    http_.set_socket_options([](socket_t socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    });
    http_.set_keep_alive_max_count(1'000'000);
    http_.set_keep_alive_timeout(kKeepAliveSeconds);
    http_.Get(".*", [this](const auto& request, auto& response) {
      OnGet(request, response);
    });
    http_.Post(".*", [this](const auto& request, auto& response) {
      OnPost(request, response);
    });
  }

  void OnGet(const httplib::Request& request, httplib::Response& response) {
    AddToRecord(request);
    if (!EndsWith(request.path, "/models")) return NotFound(request, response);
    const Json model = {
        {"id", "gpt-4.1"}, {"object", "model"}, {"owned_by", "fake-model"}};
    response.set_content(
        Json({{"object", "list"}, {"data", Json::array({model})}}).dump(),
        kJsonType);
  }

  void OnPost(const httplib::Request& request, httplib::Response& response) {
    const Json body = Json::parse(request.body, nullptr, false);
    if (!EndsWith(request.path, "/chat/completions")) {
      AddToRecord(request);
      return NotFound(request, response);
    }
    if (!body.is_object()) {
      AddToRecord(request);
      return Refuse(400, "the body is no JSON object", response);
    }
    Answer answer;
    ChatCall call;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      record_.Add(Numbered(request));
      answer = script_.Next(PromptOf(body));
      call.number = ++calls_;
    }
    if (const auto model = body.find("model");
        model != body.end() && model->is_string()) {
      call.model = *model;
    }
    const auto stream = body.find("stream");
    Reply(answer, call, stream != body.end() && *stream == true,
          Connection::Find(request.local_port, request.remote_port, stop_fd_),
          response);
  }

  void Reply(const Answer& answer, const ChatCall& call, bool streaming,
             const Connection& connection, httplib::Response& response) {
    if (answer.delay_ms > 0 && !connection.Wait(answer.delay_ms)) {
      return connection.Reset();
    }
    if (answer.error.status != 0) {
      response.status = answer.error.status;
      for (const auto& [name, value] : answer.error.headers) {
        response.set_header(name, value);
      }
      response.set_content(answer.error.body, answer.error.content_type);
    } else if (answer.has_raw_sse) {
      Stream({answer.raw_sse}, answer, connection, response);
    } else if (streaming &&
               !(answer.empty() && (answer.reset || answer.stall))) {
      Stream(ChatStream(answer, call, !answer.reset && !answer.stall), answer,
             connection, response);
    } else if (answer.reset || answer.stall) {
      if (answer.stall) connection.Wait(-1);
      connection.Reset();
    } else {
      response.set_content(ChatCompletion(answer, call), kJsonType);
    }
  }

  static void Stream(std::vector<std::string> pieces, const Answer& answer,
                     const Connection& connection,
                     httplib::Response& response) {
    response.set_header("Cache-Control", "no-cache");
    response.set_chunked_content_provider(
        kStreamType, [pieces = std::move(pieces), delay = answer.chunk_delay_ms,
                      reset = answer.reset, stall = answer.stall,
                      connection](size_t, httplib::DataSink& sink) {
          bool first = true;
          for (const std::string& piece : pieces) {
            if (!first && delay > 0 && !connection.Wait(delay)) return false;
            first = false;
            if (!sink.write(piece.data(), piece.size())) return false;
          }
          if (stall) connection.Wait(-1);
          if (stall || reset) {
            connection.Reset();
            return false;
          }
          sink.done();
          return true;
        });
  }

  void NotFound(const httplib::Request& request, httplib::Response& response) {
    Refuse(404,
           fmt::format("no such route: {} {}", request.method, request.path),
           response);
  }

  static void Refuse(int status, const std::string& message,
                     httplib::Response& response) {
    response.status = status;
    response.set_content(
        Json({{"error",
               {{"message", message}, {"type", "invalid_request_error"}}}})
            .dump(),
        kJsonType);
  }

  void AddToRecord(const httplib::Request& request) {
    const std::lock_guard<std::mutex> lock(mutex_);
    record_.Add(Numbered(request));
  }

  RecordedRequest Numbered(const httplib::Request& request) {
    RecordedRequest recorded = Recorded(request);
    recorded.number = ++requests_;
    return recorded;
  }

  std::mutex mutex_;  // guards the script and the numbers
  Script script_;
  int requests_ = 0;
  int calls_ = 0;
  Record& record_;
  const int stop_fd_;
  httplib::Server http_;
  std::thread listener_;
};

Server::Server(Script script, Record& record)
    : impl_(std::make_unique<Impl>(std::move(script), record)) {}
Server::~Server() = default;

tl::expected<int, std::string> Server::Start(const std::string& host,
                                             int port) {
  return impl_->Start(host, port);
}

void Server::Stop() { impl_->Stop(); }

}  // namespace copilot::fake_model
