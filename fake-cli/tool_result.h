// SPDX-License-Identifier: MIT
//
// What a client's answers to tool calls and questions mean (protocol 11, 13.1).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "wire/peer.h"

namespace copilot::fake_cli {

struct ToolResult {
  bool success = false;
  bool ends_turn = false;  // resultType "rejected"
  std::string text;        // for the model
  std::string json;        // tool.execution_complete's result, on success
  std::string error;       // its error otherwise
  std::string code;
};

// `params` of session.tools.handlePendingToolCall.
ToolResult ReadToolResult(const nlohmann::json& params,
                          const std::string& tool_name,
                          const std::string& arguments);

struct UserAnswer {
  std::string answer;
  bool was_freeform = true;
  std::string text;  // the tool's result
};

// The answer of userInput.request; an error becomes a polite answer.
UserAnswer ReadUserAnswer(const wire::RawResult& raw);

}  // namespace copilot::fake_cli
