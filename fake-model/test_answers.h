// SPDX-License-Identifier: MIT
//
// Answers to serve, and what comes of them as named events, for tests.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fake-model/answer.h"

namespace copilot::fake_model {

// The event's data; its type must be its name.
inline nlohmann::json Data(const std::string& event) {
  const size_t end = event.find('\n');
  EXPECT_EQ(event.rfind("event: ", 0), 0u);
  EXPECT_EQ(event.substr(end + 1, 6), "data: ");
  nlohmann::json data = nlohmann::json::parse(event.substr(end + 7));
  EXPECT_EQ(data["type"], event.substr(7, end - 7));
  return data;
}

inline std::vector<std::string> Types(const std::vector<std::string>& events) {
  std::vector<std::string> types;
  for (const std::string& event : events) types.push_back(Data(event)["type"]);
  return types;
}

inline Answer Text(std::vector<std::string> chunks) {
  Answer answer;
  answer.chunks = std::move(chunks);
  answer.finish_reason = "stop";
  return answer;
}

inline Answer Tool(std::vector<std::string> arguments) {
  Answer answer;
  answer.tool_calls = {{"", "lookup", std::move(arguments)}};
  answer.finish_reason = "tool_calls";
  return answer;
}

}  // namespace copilot::fake_model
