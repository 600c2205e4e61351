// SPDX-License-Identifier: MIT
//
// Puts a model's answer together, from one document or from the events of a
// stream. Each wire API has a reader of its own.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fake-cli/brain.h"

namespace copilot::fake_cli {

// Why there is no answer.
struct ModelFailure {
  int status = 0;          // HTTP; 0 when there was no usable answer
  std::string message;     // "400 lab bad request"
  std::string error_json;  // what the endpoint said, as JSON
  std::string type;        // members of its error object; may be empty
  std::string code;
  bool refused = false;    // nobody listens
  int retry_after_s = -1;  // what the server asked for; -1: nothing
  bool told = false;       // an error object inside a stream
  int64_t request_bytes = 0;
  int64_t duration_ms = 0;
};

// An answer that cannot be used.
ModelFailure Lost(const std::string& why);

// Hears of the parts of a streamed answer as they come.
struct PartListener {
  std::function<void(const std::string&)> on_text;
  std::function<void(const std::string&)> on_reasoning;
  // Call id, name and a part of the arguments.
  std::function<void(const ToolRequest&)> on_tool;
  // A message begins, before its first text; only where the API says so.
  std::function<void()> on_message;
};

class AnswerReader {
 public:
  virtual ~AnswerReader() = default;

  // One event of a stream. Returns what is wrong with it.
  virtual std::optional<ModelFailure> ReadEvent(const nlohmann::json& event,
                                                const PartListener& to) = 0;
  // The stream has ended. Returns what is missing.
  virtual std::optional<ModelFailure> End() = 0;
  // An answer that is no stream.
  virtual std::optional<ModelFailure> ReadWhole(
      const nlohmann::json& document) = 0;
  // The name of the API in messages about broken streams.
  virtual const char* name() const = 0;

  // An event came, `ms` after the request.
  void Tick(double ms);
  // The answer; once.
  ModelAnswer Take(bool streamed);

 protected:
  void AddText(const std::string& text) { answer_.chunks.push_back(text); }

  ModelAnswer answer_;

 private:
  double last_event_ms_ = 0;
  int events_ = 0;
};

}  // namespace copilot::fake_cli
