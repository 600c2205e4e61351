// SPDX-License-Identifier: MIT
//
// One request to a model endpoint: OpenAI chat completions over HTTP, streamed
// or not. It runs on a thread of its own; callbacks run on the io_context.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "fake-cli/brain.h"

namespace copilot::fake_cli {

struct ModelRequest {
  std::string base_url;
  std::map<std::string, std::string> headers;
  nlohmann::json body;
  bool stream = false;
};

struct ModelFailure {
  int status = 0;          // HTTP; 0 when there was no usable answer
  std::string message;     // "400 lab bad request"
  std::string error_json;  // what the endpoint said, as JSON
  std::string type;        // members of its error object; may be empty
  std::string code;
  bool refused = false;    // nobody listens
  int retry_after_s = -1;  // what the server asked for; -1: nothing
  bool told = false;       // an error object inside a stream
  int64_t request_bytes = 0;
  int64_t duration_ms = 0;
};

class ModelCall {
 public:
  struct Handlers {
    std::function<void(const std::string&)> on_text;
    std::function<void(const std::string&)> on_reasoning;
    // Call id, name and a part of the arguments.
    std::function<void(const ToolRequest&)> on_tool;
    std::function<void(ModelAnswer)> on_answer;
    std::function<void(ModelFailure)> on_failure;
  };

  // Starts at once. Exactly one of on_answer and on_failure runs, unless the
  // call is destroyed before. `io` must outlive the call; it keeps `io` busy.
  ModelCall(asio::io_context& io, ModelRequest request, Handlers handlers);
  // Cancels: closes the connection; nothing is called any more.
  ~ModelCall();
  ModelCall(const ModelCall&) = delete;
  ModelCall& operator=(const ModelCall&) = delete;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace copilot::fake_cli
