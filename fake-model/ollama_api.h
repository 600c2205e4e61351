// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fake-model/api.h"

namespace copilot::fake_model {

// Ollama's own chat: streams, unless told not to, as JSON lines.
class OllamaApi : public Api {
 public:
  Violations Check(const nlohmann::json& request) const override;
  bool Streams(const nlohmann::json& request) const override;
  std::string Body(const Answer& answer, const Call& call) const override;
  std::vector<std::string> Events(const Answer& answer, const Call& call,
                                  bool ending = true) const override;
  const char* stream_type() const override { return "application/x-ndjson"; }
  std::string ErrorBody(const HttpError& error) const override;
  std::string ErrorEvent(const HttpError& error) const override;
};

}  // namespace copilot::fake_model
