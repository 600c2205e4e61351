// SPDX-License-Identifier: MIT
#include "fake-model/api.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {

using Json = nlohmann::ordered_json;

std::string Joined(const std::vector<std::string>& chunks) {
  std::string text;
  for (const std::string& chunk : chunks) text += chunk;
  return text;
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string CallId(const Answer& answer, const Call& call, size_t index) {
  const std::string& id = answer.tool_calls[index].id;
  return id.empty() ? fmt::format("call_{}_{}", call.number, index) : id;
}

bool Api::Streams(const nlohmann::json& request) const {
  const auto stream = request.find("stream");
  return stream != request.end() && *stream == true;
}

std::string Api::ErrorBody(const HttpError& error) const {
  return Dump(
      {{"error",
        {{"message", error.message},
         {"type", error.type.empty() ? "scripted_error" : error.type},
         {"code", error.code.empty() ? Json(nullptr) : Json(error.code)}}}});
}

std::string Api::ErrorEvent(const HttpError& error) const {
  return "data: " + ErrorBody(error) + "\n\n";
}

}  // namespace copilot::fake_model
