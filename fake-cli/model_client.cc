// SPDX-License-Identifier: MIT
#include "fake-cli/model_client.h"

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

#include "fake-cli/event_stream.h"
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

std::string TextOf(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

// Puts an answer together, from one document or from chunks.
class AnswerBuilder {
 public:
  void AddUsage(const Json& usage) {
    if (!usage.is_object()) return;
    answer_.raw_usage = usage;
    answer_.usage = {{"inputTokens", usage.value("prompt_tokens", 0)},
                     {"outputTokens", usage.value("completion_tokens", 0)}};
    const Json cached = usage.value("prompt_tokens_details", Json());
    if (cached.is_object()) {
      answer_.usage["cacheReadTokens"] = cached.value("cached_tokens", 0);
    }
  }
  void SetId(const std::string& id) {
    if (!id.empty()) answer_.api_call_id = id;
  }
  void AddText(const std::string& text) { answer_.chunks.push_back(text); }
  void AddReasoning(const std::string& text) { answer_.reasoning += text; }

  void SetCreated(const Json& created) {
    if (created.is_number_integer()) answer_.created = created;
  }
  // A chunk of a stream has come.
  void Tick(double ms) {
    if (answer_.first_chunk_ms < 0) answer_.first_chunk_ms = ms;
    last_chunk_ms_ = ms;
    ++chunks_;
  }

  // Returns what was added, each with its id and name.
  std::vector<ToolRequest> AddToolCalls(const Json& calls) {
    std::vector<ToolRequest> added;
    if (!calls.is_array()) return added;
    for (size_t i = 0; i < calls.size(); ++i) {
      const size_t index = calls[i].value("index", i);
      if (answer_.tools.size() <= index) {
        answer_.tools.resize(index + 1);
        answer_.tools.back().arguments.clear();
      }
      ToolRequest& tool = answer_.tools[index];
      const std::string id = TextOf(calls[i], "id");
      if (!id.empty()) tool.id = id;
      const Json function = calls[i].value("function", Json::object());
      tool.name += TextOf(function, "name");
      const std::string arguments = TextOf(function, "arguments");
      tool.arguments += arguments;
      added.push_back(tool);
      added.back().arguments = arguments;
    }
    return added;
  }
  void SetFinish(const std::string& reason) {
    if (!reason.empty()) answer_.finish = reason;
  }
  bool finished() const { return !answer_.finish.empty(); }

  ModelAnswer Take(bool streamed) {
    for (ToolRequest& tool : answer_.tools) {
      if (tool.arguments.empty()) tool.arguments = "{}";
      if (!Json::accept(tool.arguments)) {
        // The real CLI goes on with cleared arguments, too.
        tool.arguments = "{}";
        tool.valid = false;
      }
    }
    answer_.streamed = answer_.refusable = streamed;
    if (chunks_ > 1) {
      answer_.between_chunks_ms =
          (last_chunk_ms_ - answer_.first_chunk_ms) / (chunks_ - 1);
    }
    return std::move(answer_);
  }

 private:
  ModelAnswer answer_;
  double last_chunk_ms_ = 0;
  int chunks_ = 0;
};

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
  failure.type = TextOf(error, "type");
  failure.code = TextOf(error, "code");
  const std::string text =
      error.is_object() ? TextOf(error, "message") : TextOf(document, "error");
  if (!text.empty()) failure.message = fmt::format("{} {}", status, text);
  return failure;
}

ModelFailure Lost(const std::string& why) {
  ModelFailure failure;
  failure.message = why;
  failure.error_json = Json(why).dump();
  return failure;
}

}  // namespace

class ModelCall::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, ModelRequest request, Handlers handlers)
      : io_(&io),
        work_(io.get_executor()),
        request_(std::move(request)),
        handlers_(std::move(handlers)) {}

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
    request.path = path + "/chat/completions";
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
        "({}/chat/completions): client error ({}",
        request_.base_url,
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
      FailStream("Failed to parse chat-completions stream chunk: " +
                 (valid ? "expected an object" : valid.error().message));
      return;
    }
    if (chunk.contains("error")) {
      FailStream(TextOf(chunk["error"], "message"));
      stream_failure_->told = true;
      return;
    }
    builder_.Tick(ElapsedMs());
    builder_.SetId(TextOf(chunk, "id"));
    builder_.SetCreated(chunk.value("created", Json()));
    builder_.AddUsage(chunk.value("usage", Json()));
    const Json choices = chunk.value("choices", Json::array());
    if (!choices.is_array() || choices.empty()) return;
    const Json delta = choices[0].value("delta", Json::object());
    const std::string reasoning = TextOf(delta, "reasoning_content");
    if (!reasoning.empty()) {
      builder_.AddReasoning(reasoning);
      Post([reasoning](Handlers& to) { to.on_reasoning(reasoning); });
    }
    const std::string text = TextOf(delta, "content");
    if (!text.empty()) {
      builder_.AddText(text);
      Post([text](Handlers& to) { to.on_text(text); });
    }
    for (const ToolRequest& tool :
         builder_.AddToolCalls(delta.value("tool_calls", Json()))) {
      Post([tool](Handlers& to) { to.on_tool(tool); });
    }
    builder_.SetFinish(TextOf(choices[0], "finish_reason"));
  }

  void FailStream(std::string message) { stream_failure_ = Lost(message); }

  void FinishStream() {
    if (!stream_failure_ && !builder_.finished()) {
      FailStream(
          "Failed to finalize chat-completions stream: missing finish_reason "
          "for choice 0");
    }
    if (stream_failure_) {
      Fail(*stream_failure_);
    } else {
      Succeed(builder_.Take(true));
    }
  }

  void ReadWhole(const std::string& body) {
    const Json document = Json::parse(body, nullptr, false);
    const Json choices = document.is_object()
                             ? document.value("choices", Json::array())
                             : Json::array();
    if (!choices.is_array() || choices.empty()) {
      Fail(Lost("Failed to parse chat-completions response"));
      return;
    }
    builder_.SetId(TextOf(document, "id"));
    builder_.SetCreated(document.value("created", Json()));
    builder_.AddUsage(document.value("usage", Json()));
    const Json message = choices[0].value("message", Json::object());
    const std::string text = TextOf(message, "content");
    if (!text.empty()) builder_.AddText(text);
    builder_.AddReasoning(TextOf(message, "reasoning_content"));
    builder_.AddToolCalls(message.value("tool_calls", Json()));
    builder_.SetFinish(TextOf(choices[0], "finish_reason"));
    Succeed(builder_.Take(false));
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
  AnswerBuilder builder_;
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
