// SPDX-License-Identifier: MIT
//
// One request to a model endpoint over HTTP, its answer streamed or not. It
// runs on a thread of its own; callbacks run on the io_context.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "fake-cli/brain.h"
#include "fake-cli/model/wire_api.h"

namespace copilot::fake_cli {

struct ModelRequest {
  const WireApi* api = &ChatCompletions();
  std::string base_url;
  std::string path;  // below the base URL
  std::map<std::string, std::string> headers;
  nlohmann::json body;
  bool stream = false;
};

class ModelCall {
 public:
  struct Handlers {
    PartListener parts;
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
