// SPDX-License-Identifier: MIT
//
// Who said what to whom while a scenario ran.
#pragma once

#include <string>
#include <vector>

namespace copilot::conformance {

struct Utterance {
  enum class Kind {
    kRequest,
    kAnswer,
    kError,  // the answer to a request that failed
    kNotification,
    kStart,  // of a process
    kExit,
    kNoise,  // bytes that are no message
  };

  double at = 0;     // seconds since the scenario began
  std::string from;  // "runner", "harness", "CLI", "CLI 2", "model"
  std::string to;
  Kind kind = Kind::kRequest;
  // The method and what tells its calls apart: "session.event
  // assistant.message". An answer has the title of its request.
  std::string title;
  std::string text;  // what was said, shortened
};

// "request", "answer", "error", "notification", "start", "exit" or "noise".
const char* Name(Utterance::Kind kind);

}  // namespace copilot::conformance
