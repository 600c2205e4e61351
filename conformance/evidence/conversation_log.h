// SPDX-License-Identifier: MIT
//
// Listens while a scenario runs, and tells afterwards what was said. Listening
// is cheap; nothing is parsed before somebody wants to know.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/evidence/conversation.h"
#include "conformance/evidence/scrubber.h"

namespace copilot::conformance {

// Names of those who speak.
inline constexpr char kRunner[] = "runner";
inline constexpr char kHarness[] = "harness";
inline constexpr char kCli[] = "CLI";
inline constexpr char kModel[] = "model";

// Not thread-safe.
class ConversationLog {
 public:
  using Clock = std::chrono::steady_clock;

  // The time of every utterance counts from `begin`.
  explicit ConversationLog(Clock::time_point begin = Clock::now())
      : begin_(begin) {}

  // A body that passed the runner just now.
  void Heard(const char* from, const char* to, std::string_view body);
  // A process that the runner started, or that has ended, just now.
  void Started(const char* who, const std::string& command);
  void Ended(const char* who, const std::string& how);

  // Everything in the order of time: what was heard, the records of the CLIs'
  // journal (between the harness and them) and the requests to the model.
  // `scrubber` takes the credentials out of it.
  std::vector<Utterance> Tell(const std::vector<nlohmann::json>& journal,
                              const std::vector<nlohmann::json>& model_requests,
                              const Scrubber& scrubber) const;

 private:
  struct Entry {
    Clock::time_point at;
    const char* from;
    const char* to;
    Utterance::Kind kind;  // kStart, kExit, or anything for a body
    std::string body;
  };

  void Keep(const char* from, const char* to, Utterance::Kind kind,
            std::string body);

  Clock::time_point begin_;
  std::vector<Entry> entries_;
  size_t kept_ = 0;  // bytes of bodies
};

}  // namespace copilot::conformance
