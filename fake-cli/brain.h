// SPDX-License-Identifier: MIT
//
// Who decides what the CLI says. A brain makes a player for each user message;
// the player makes one move at a time on the turn (turn.h), which turns it into
// the CLI's events and comes back for the next.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace copilot::fake_cli {

class Session;
class Turn;

// A tool that the model calls.
struct ToolRequest {
  std::string id;  // empty: made up
  std::string name;
  std::string arguments = "{}";  // raw JSON
  std::string capture;           // name for the outcome; may be empty
  // Set when a built-in of the CLI asks for permission: kind and members of
  // the request (protocol 12.1).
  nlohmann::json permission;
  // False when the model's arguments were no JSON.
  bool valid = true;
};

// One answer of the model.
struct ModelAnswer {
  std::vector<std::string> chunks;
  bool streamed = false;  // the chunks have been sent as deltas already
  std::string reasoning;
  nlohmann::json usage = nlohmann::json::object();  // of assistant.usage
  std::vector<ToolRequest> tools;
  std::string api_call_id;  // empty: made up
  std::string finish;       // what the endpoint gave as the reason to end

  // What the events about the call tell (model_events.h).
  std::string endpoint = "/chat/completions";
  int64_t created = 0;             // seconds since 1970
  nlohmann::json raw_usage;        // as the endpoint reported it; or null
  nlohmann::json message_members;  // more of its message; or null
  std::string undefined_members;   // raw JSON; of its message
  std::string reasoning_summary;   // what was asked for; may be empty
  bool refusable = false;          // the message has a member `refusal`
  bool indexed_tools = false;      // so have the calls in the message
  bool cache_reported = false;     // the usage tells of cache writes
  int64_t max_output_tokens = 0;   // asked for; 0: not
  int64_t request_bytes = 0;       // of the body
  int64_t duration_ms = 1;
  double first_chunk_ms = -1;    // -1: not streamed
  double between_chunks_ms = 0;  // mean

  std::string text() const {
    std::string all;
    for (const std::string& chunk : chunks) all += chunk;
    return all;
  }
  bool cut_off() const { return finish == "length"; }  // out of tokens
  std::string finish_reason() const {
    if (!finish.empty()) return finish;
    return tools.empty() ? "stop" : "tool_calls";
  }
};

// What became of a tool call.
struct ToolOutcome {
  std::string call_id;
  std::string name;
  std::string capture;
  bool success = false;
  std::string text;         // for the model
  nlohmann::json captured;  // what `capture` names
};

// An error that ends a turn (protocol 15.2).
struct TurnError {
  std::string type = "query";
  std::string message;
  std::string code;     // empty: absent
  int status_code = 0;  // 0: absent
  std::string raw;      // what the endpoint said; empty: the message
  std::string cause;    // as model.turn_failed has it; empty: the message
};

// One attempt of a call that failed.
struct CallFailure {
  int status = 0;          // HTTP; 0: there was no answer
  std::string error_json;  // what the endpoint said, or a JSON text
  std::string type;        // members of an error object; may be empty
  std::string code;
  std::string bad_request_kind;
  std::string fingerprint;  // raw JSON: what the request was made of
  std::string endpoint = "/chat/completions";
  int attempt = 0;
  int64_t request_bytes = 0;
  int64_t duration_ms = 1;
};

class Player {
 public:
  virtual ~Player() = default;

  // Makes exactly one move on `turn`, now or later. Called at the start of a
  // turn and whenever a move is complete.
  virtual void Continue(Turn& turn) = 0;

  // The outcomes of the tools of the last answer, before Continue.
  virtual void OnOutcomes(const std::vector<ToolOutcome>& /*outcomes*/) {}

  // The turn was aborted; no move may follow.
  virtual void Cancel() {}
};

// The answer of the echo brain: useful with no configuration at all.
std::unique_ptr<Player> MakeEchoPlayer(std::string prompt);

}  // namespace copilot::fake_cli
