// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fake-model/api.h"

namespace copilot::fake_model {

// OpenAI responses.
class ResponsesApi : public Api {
 public:
  Violations Check(const nlohmann::json& request) const override;
  std::string Body(const Answer& answer, const Call& call) const override;
  std::vector<std::string> Events(const Answer& answer, const Call& call,
                                  bool ending = true) const override;
  std::string ErrorEvent(const HttpError& error) const override;
};

}  // namespace copilot::fake_model
