// SPDX-License-Identifier: MIT
#include "fake-cli/model/client.h"

#include <fmt/format.h>
#include <httplib.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "fake-cli/model/event_stream.h"
#include "wire/json_scan.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// "http://host:port" and the path below it.
std::pair<std::string, std::string> SplitUrl(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t path =
      url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (path == std::string::npos) return {url, ""};
  std::string tail = url.substr(path);
  while (!tail.empty() && tail.back() == '/') tail.pop_back();
  return {url.substr(0, path), tail};
}

// What an error body says, as the real CLI tells it.
ModelFailure ReadError(int status, const std::string& reason,
                       const std::string& body) {
  ModelFailure failure;
  failure.status = status;
  failure.message = fmt::format("{} {}", status, reason);
  failure.error_json =
      Json(body).dump(-1, ' ', false, Json::error_handler_t::replace);
  const Json document = Json::parse(body, nullptr, false);
  if (!document.is_object()) return failure;
  const Json error = document.value("error", document);
  failure.error_json = error.dump();
  failure.type = TextMember(error, "type");
  failure.code = TextMember(error, "code");
  const std::string text = error.is_object() ? TextMember(error, "message")
                                             : TextMember(document, "error");
  if (!text.empty()) failure.message = fmt::format("{} {}", status, text);
  return failure;
}

}  // namespace

class ModelCall::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, ModelRequest request, Handlers handlers)
      : io_(&io),
        work_(io.get_executor()),
        request_(std::move(request)),
        handlers_(std::move(handlers)),
        reader_(request_.api->reader()) {}

  void Run() {
    const auto [origin, path] = SplitUrl(request_.base_url);
    auto client = std::make_shared<httplib::Client>(origin);
    client->set_tcp_nodelay(true);
    client->set_read_timeout(600, 0);
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_) return;
      client_ = client;
    }
    httplib::Request request;
    request.method = "POST";
    request.path = path + request_.path;
    for (const auto& [name, value] : request_.headers) {
      request.set_header(name.c_str(), value);
    }
    request.set_header("Content-Type", "application/json");
    request.body =
        request_.body.dump(-1, ' ', false, Json::error_handler_t::replace);
    request_bytes_ = static_cast<int64_t>(request.body.size());
    began_ = std::chrono::steady_clock::now();
    std::string body;
    int status = 0;
    request.response_handler = [&](const httplib::Response& response) {
      status = response.status;
      return !cancelled_;
    };
    request.content_receiver = [&](const char* data, size_t size, uint64_t,
                                   uint64_t) {
      if (request_.stream && status == 200) {
        ReadStream({data, size});
      } else {
        body.append(data, size);
      }
      return !cancelled_;
    };
    const httplib::Result result = client->send(request);
    {
      const std::lock_guard lock(mutex_);
      client_.reset();
    }
    if (cancelled_) return;
    Finish(result, status, body);
  }

  // From here on the thread does not touch the io_context any more.
  void Cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    io_ = nullptr;
    work_.reset();
    if (client_) client_->stop();
  }

 private:
  void Finish(const httplib::Result& result, int status,
              const std::string& body) {
    if (!result) {
      Fail(NoAnswer(result.error() == httplib::Error::Connection));
    } else if (status != 200) {
      const std::string after = result->get_header_value("Retry-After");
      ModelFailure failure = ReadError(status, result->reason, body);
      if (!after.empty()) failure.retry_after_s = std::atoi(after.c_str());
      Fail(failure);
    } else if (request_.stream) {
      FinishStream();
    } else {
      ReadWhole(body);
    }
  }

  // In the words of the real CLI's HTTP client.
  ModelFailure NoAnswer(bool refused) const {
    ModelFailure failure = Lost(fmt::format(
        "Failed native model HTTP request: error sending request for url "
        "({}{}): client error ({}",
        request_.base_url, request_.path,
        refused ? "Connect): tcp connect error: Connection refused (os error "
                  "111) [ECONNREFUSED]"
                : "SendRequest): connection closed before message completed"));
    failure.refused = refused;
    return failure;
  }

  double ElapsedMs() const {
    return std::chrono::duration<double, std::milli>(
               std::chrono::steady_clock::now() - began_)
        .count();
  }

  void ReadStream(std::string_view bytes) {
    for (const std::string& data : events_.Read(bytes)) {
      if (!stream_failure_ && data != "[DONE]") ReadChunk(data);
    }
  }

  void ReadChunk(const std::string& data) {
    const auto valid = wire::ScanJson(data);
    const Json chunk = Json::parse(data, nullptr, false);
    if (!valid || !chunk.is_object()) {
      stream_failure_ = Lost(
          fmt::format("Failed to parse {} stream chunk: {}", reader_->name(),
                      valid ? "expected an object" : valid.error().message));
      return;
    }
    reader_->Tick(ElapsedMs());
    stream_failure_ = reader_->ReadEvent(chunk, listener_);
  }

  void FinishStream() {
    if (!stream_failure_) stream_failure_ = reader_->End();
    if (stream_failure_) {
      Fail(*stream_failure_);
    } else {
      Succeed(reader_->Take(true));
    }
  }

  void ReadWhole(const std::string& body) {
    const auto failure = reader_->ReadWhole(Json::parse(body, nullptr, false));
    if (failure) {
      Fail(*failure);
    } else {
      Succeed(reader_->Take(false));
    }
  }

  void Succeed(ModelAnswer answer) {
    answer.request_bytes = request_bytes_;
    answer.duration_ms = static_cast<int64_t>(ElapsedMs());
    Post([answer = std::move(answer)](Handlers& to) mutable {
      to.on_answer(std::move(answer));
    });
  }

  void Fail(ModelFailure failure) {
    failure.request_bytes = request_bytes_;
    failure.duration_ms = static_cast<int64_t>(ElapsedMs());
    Post([failure = std::move(failure)](Handlers& to) {
      to.on_failure(failure);
    });
  }

  template <typename Function>
  void Post(Function function) {
    const std::lock_guard lock(mutex_);
    if (io_ == nullptr) return;
    asio::post(*io_, [self = shared_from_this(),
                      function = std::move(function)]() mutable {
      if (!self->cancelled_) function(self->handlers_);
    });
  }

  std::mutex mutex_;      // guards io_, work_ and client_
  asio::io_context* io_;  // null once cancelled: it may be gone by then
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  const ModelRequest request_;
  Handlers handlers_;
  int64_t request_bytes_ = 0;
  std::chrono::steady_clock::time_point began_;
  EventStream events_;
  const std::unique_ptr<AnswerReader> reader_;
  // What is read on the thread is told on the io_context.
  const PartListener listener_ = {
      [this](const std::string& text) {
        Post([text](Handlers& to) { to.parts.on_text(text); });
      },
      [this](const std::string& text) {
        Post([text](Handlers& to) { to.parts.on_reasoning(text); });
      },
      [this](const ToolRequest& tool) {
        Post([tool](Handlers& to) { to.parts.on_tool(tool); });
      },
      [this] { Post([](Handlers& to) { to.parts.on_message(); }); }};
  std::optional<ModelFailure> stream_failure_;
  std::atomic<bool> cancelled_ = false;
  std::shared_ptr<httplib::Client> client_;
};

ModelCall::ModelCall(asio::io_context& io, ModelRequest request,
                     Handlers handlers)
    : state_(std::make_shared<State>(io, std::move(request),
                                     std::move(handlers))) {
  std::thread([state = state_] { state->Run(); }).detach();
}

ModelCall::~ModelCall() { state_->Cancel(); }

}  // namespace copilot::fake_cli
