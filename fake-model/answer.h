// SPDX-License-Identifier: MIT
//
// One answer of the model, whatever API it is asked over.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace copilot::fake_model {

struct ToolCall {
  std::string id;  // empty: made up
  std::string name;
  std::vector<std::string> arguments = {"{}"};  // chunks, as sent, JSON or not
};

struct Usage {
  int input_tokens = 100;  // those read from the cache are among them
  int output_tokens = 10;
  int cache_read_tokens = 0;
  int reasoning_tokens = 0;
};

// An HTTP error instead of an answer or, with status 200, an error inside a
// stream, after what was said.
struct HttpError {
  int status = 0;  // 0: none
  std::string message = "scripted failure";
  std::string type;  // empty: what the API says for the status
  std::string code;
  std::map<std::string, std::string> headers;
  std::string content_type;         // empty: that of JSON
  std::optional<std::string> body;  // instead of the API's error object
};

struct Answer {
  std::vector<std::string> chunks;  // of the text
  std::vector<std::string> reasoning;
  std::vector<ToolCall> tool_calls;
  Usage usage;
  std::string finish_reason;  // in the words of chat completions
  HttpError error;
  bool has_raw_sse = false;
  std::vector<std::string> raw_sse;  // chunks
  bool reset = false;                // cuts the connection after the text
  bool stall = false;                // never ends after the text
  int delay_ms = 0;
  int chunk_delay_ms = 0;

  bool empty() const {
    return chunks.empty() && reasoning.empty() && tool_calls.empty();
  }
};

// The chunks in one piece.
std::string Joined(const std::vector<std::string>& chunks);

}  // namespace copilot::fake_model
