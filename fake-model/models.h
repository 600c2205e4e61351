// SPDX-License-Identifier: MIT
//
// The models on offer, as each API lists them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace copilot::fake_model {

class Models {
 public:
  // One for each of the Copilot API's model routes, and gpt-4.1.
  Models();

  // `models` of a script, not empty: ids, and objects that are merged over the
  // default members of their id; null takes a member away.
  explicit Models(const nlohmann::json& document);

  // `GET …/models`, with the members of both OpenAI and the Copilot API.
  std::string OpenAiList() const;

  // Ollama's `GET …/api/tags`.
  std::string OllamaList() const;

  // The ids, in order; at least one.
  std::vector<std::string> ids() const;

 private:
  nlohmann::json entries_ = nlohmann::json::array();
};

}  // namespace copilot::fake_model
