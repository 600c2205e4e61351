// SPDX-License-Identifier: MIT
//
// What came of a tool call, and what a client's answers to tool calls and
// questions mean (protocol 10.3, 11, 13.1).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "wire/peer.h"

namespace copilot::fake_cli {

struct ToolResult {
  bool success = false;
  bool ends_turn = false;  // resultType "rejected"
  std::string text;        // for the model
  std::string error;       // why not, otherwise
  std::string code;        // failure, denied, rejected, timeout

  // More of what the events tell: objects, or null.
  nlohmann::json members;    // sessionLog, contents, binaryResultsForLlm, …
  nlohmann::json telemetry;  // properties, metrics, restrictedProperties
  nlohmann::json event;      // shellExecution, fileEdits
  bool untruncated = false;  // large outputs are cut elsewhere
  bool told_of_failure = false;  // there is a `result` beside the error
  bool bare = false;             // refused before it was a call: no metrics

  // `result` of tool.execution_complete: content, detailedContent, ….
  nlohmann::json Content() const;
  // The message of its `error`.
  const std::string& ErrorMessage() const;
};

ToolResult Succeeded(std::string text);
ToolResult Failed(std::string text, std::string error,
                  std::string code = "failure");

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
