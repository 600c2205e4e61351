// SPDX-License-Identifier: MIT
#include <httplib.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "fake-cli/model/model_response.h"
#include "fake-cli/url.h"

namespace copilot::fake_cli {
namespace {

int RetryAfter(const httplib::Response& response) {
  const std::string after = response.get_header_value("Retry-After");
  return after.empty() ? -1 : std::atoi(after.c_str());
}

// What the thread of a call shares with its owner.
class State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, ModelRequest request,
        ModelCall::Handlers handlers)
      : io_(&io),
        work_(io.get_executor()),
        request_(std::move(request)),
        handlers_(std::move(handlers)) {}

  void Run() {
    auto [origin, path] = Split(request_.base_url);
    while (!path.empty() && path.back() == '/') path.pop_back();
    auto client = std::make_shared<httplib::Client>(origin);
    client->set_tcp_nodelay(true);
    client->set_read_timeout(600, 0);
    {
      const std::lock_guard lock(mutex_);
      if (cancelled_) return;
      client_ = client;
    }
    ModelResponse response(request_, Listener());
    httplib::Request request;
    request.method = "POST";
    request.path = path + request_.path;
    for (const auto& [name, value] : request_.headers) {
      request.set_header(name.c_str(), value);
    }
    request.set_header("Content-Type", "application/json");
    request.body = response.request_body();
    request.response_handler = [&](const httplib::Response& head) {
      response.Head(head.status, head.reason,
                    head.get_header_value("Content-Type"), RetryAfter(head));
      return !cancelled_;
    };
    request.content_receiver = [&](const char* data, size_t size, uint64_t,
                                   uint64_t) {
      response.Body({data, size});
      return !cancelled_;
    };
    const httplib::Result result = client->send(request);
    {
      const std::lock_guard lock(mutex_);
      client_.reset();
    }
    if (cancelled_) return;
    if (!result) {
      Fail(response.Broken(result.error() == httplib::Error::Connection));
    } else if (auto answer = response.End(); answer) {
      Post([answer = std::move(*answer)](ModelCall::Handlers& to) mutable {
        to.on_answer(std::move(answer));
      });
    } else {
      Fail(std::move(answer.error()));
    }
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
  // What is read on the thread is told on the io_context.
  PartListener Listener() {
    using Handlers = ModelCall::Handlers;
    return {[this](const std::string& text) {
              Post([text](Handlers& to) { to.parts.on_text(text); });
            },
            [this](const std::string& text) {
              Post([text](Handlers& to) { to.parts.on_reasoning(text); });
            },
            [this](const ToolRequest& tool) {
              Post([tool](Handlers& to) { to.parts.on_tool(tool); });
            },
            [this] { Post([](Handlers& to) { to.parts.on_message(); }); }};
  }

  void Fail(ModelFailure failure) {
    Post([failure = std::move(failure)](ModelCall::Handlers& to) {
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
  ModelCall::Handlers handlers_;
  std::atomic<bool> cancelled_ = false;
  std::shared_ptr<httplib::Client> client_;
};

class HttpCall : public ModelCall {
 public:
  explicit HttpCall(std::shared_ptr<State> state) : state_(std::move(state)) {
    std::thread([state = state_] { state->Run(); }).detach();
  }
  ~HttpCall() override { state_->Cancel(); }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace

std::unique_ptr<ModelCall> StartHttpCall(asio::io_context& io,
                                         ModelRequest request,
                                         ModelCall::Handlers handlers) {
  return std::make_unique<HttpCall>(
      std::make_shared<State>(io, std::move(request), std::move(handlers)));
}

}  // namespace copilot::fake_cli
