// SPDX-License-Identifier: MIT
//
// What the model answers (README.md): the document as data, and which answer is
// next.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "wire/document.h"

namespace copilot::fake_model {

struct ToolCall {
  std::string id;  // empty: made up
  std::string name;
  std::string arguments = "{}";  // as sent, JSON or not
};

struct Usage {
  int input_tokens = 100;
  int output_tokens = 10;
  int cache_read_tokens = 0;
  int reasoning_tokens = 0;
};

// An HTTP error instead of an answer.
struct HttpError {
  int status = 0;  // 0: none
  std::map<std::string, std::string> headers;
  std::string content_type;
  std::string body;
};

struct Answer {
  std::vector<std::string> chunks;  // of the text
  std::vector<std::string> reasoning;
  std::vector<ToolCall> tool_calls;
  Usage usage;
  std::string finish_reason;  // "stop", "tool_calls" or what the script says
  HttpError error;
  bool has_raw_sse = false;
  std::string raw_sse;
  bool reset = false;  // cuts the connection after the text
  bool stall = false;  // never ends after the text
  int delay_ms = 0;
  int chunk_delay_ms = 0;

  bool empty() const {
    return chunks.empty() && reasoning.empty() && tool_calls.empty();
  }
};

// What a chat completion request looks like to `when`.
struct Prompt {
  std::string text;  // the last user message, without the CLI's date tag
  int nth = 0;       // user messages in the request
};

// `body` is that of a chat completion request; anything else has no prompt.
Prompt PromptOf(const nlohmann::json& body);

class Script {
 public:
  // A script without answers.
  Script() = default;

  // Reads and validates a file.
  static tl::expected<Script, wire::DocumentErrors> Load(
      const std::string& path);

  // The same from text; `name` stands in the messages.
  static tl::expected<Script, wire::DocumentErrors> Parse(
      std::string_view text, const std::string& name);

  // The answer for a request, counted as used: the first that its `when` picks
  // and that is not used up, else the next one without `when`, else "Hello from
  // the model.". Not thread-safe.
  Answer Next(const Prompt& prompt);

 private:
  struct Entry {
    nlohmann::json when;  // null: in order
    int left = 1;         // -1: any number
    Answer answer;
  };

  static tl::expected<Script, wire::DocumentErrors> Compile(
      const nlohmann::json& document, const std::string& name);

  std::vector<Entry> entries_;
};

}  // namespace copilot::fake_model
