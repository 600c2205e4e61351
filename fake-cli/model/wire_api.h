// SPDX-License-Identifier: MIT
//
// The wire APIs that model endpoints speak: how a request is written and how
// an answer is read (protocol 22). The conversation itself is kept as OpenAI
// chat messages, whichever of them is spoken.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fake-cli/model/answer_reader.h"
#include "fake-cli/tools/catalogue.h"

namespace copilot::fake_cli {

// What a model is asked.
struct Prompt {
  std::string model;
  std::vector<std::string> system;  // its parts, of which none is empty
  nlohmann::json messages;          // behind the system message
  std::vector<ToolDefinition> tools;
  std::string reasoning_effort;   // empty: not given
  int64_t max_output_tokens = 0;  // 0: not given
  std::string cache_key;          // the same for all calls of a session
  bool stream = false;
  bool may_call_tools = true;
};

// The system message in one.
std::string SystemText(const std::vector<std::string>& parts);

struct WireApi {
  const char* endpoint;    // as events name it: "/chat/completions"
  const char* user_agent;  // of the client library that the CLI uses
  nlohmann::json (*body)(const Prompt& prompt);
  std::unique_ptr<AnswerReader> (*reader)();
};

const WireApi& ChatCompletions();
const WireApi& Responses();  // OpenAI
const WireApi& Messages();   // Anthropic

}  // namespace copilot::fake_cli
