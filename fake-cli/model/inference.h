// SPDX-License-Identifier: MIT
//
// The client that takes model requests over (llmInference.*, protocol 22.4).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "fake-cli/model/model_call.h"

namespace copilot::fake_cli {

class Inference {
 public:
  // Sends a request to the client; `params` is raw JSON.
  using Ask =
      std::function<void(std::string_view method, const std::string& params)>;
  explicit Inference(Ask ask) : ask_(std::move(ask)) {}

  // As StartModelCall. This must outlive the call.
  std::unique_ptr<ModelCall> Start(Session& session, ModelRequest request,
                                   ModelCall::Handlers handlers);

  // Whether there ever was such a request.
  bool Knows(const std::string& id) const { return known_.contains(id); }
  // What the client sends of a response.
  void Head(const nlohmann::json& params);
  void Chunk(const nlohmann::json& params);

 private:
  class Call;

  const Ask ask_;
  std::map<std::string, Call*> open_;
  std::set<std::string> known_;
};

}  // namespace copilot::fake_cli
