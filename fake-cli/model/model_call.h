// SPDX-License-Identifier: MIT
//
// One request to a model endpoint, its answer streamed or not: over HTTP, or
// through the client that took that over (protocol 22.4).
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

class Session;

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

  // Cancels: nothing is called any more.
  virtual ~ModelCall() = default;

 protected:
  ModelCall() = default;
  ModelCall(const ModelCall&) = delete;
  ModelCall& operator=(const ModelCall&) = delete;
};

// Starts at once. Exactly one of on_answer and on_failure runs, on the
// session's io_context, unless the call is destroyed before.
std::unique_ptr<ModelCall> StartModelCall(Session& session,
                                          ModelRequest request,
                                          ModelCall::Handlers handlers);

// Over HTTP, on a thread of its own. `io` must outlive the call, which keeps
// it busy.
std::unique_ptr<ModelCall> StartHttpCall(asio::io_context& io,
                                         ModelRequest request,
                                         ModelCall::Handlers handlers);

}  // namespace copilot::fake_cli
