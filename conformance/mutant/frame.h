// SPDX-License-Identifier: MIT
//
// One message on its way through a proxy, and what can be done to it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace copilot::conformance {

struct Frame {
  Frame(nlohmann::json& message_in, std::string method_in, bool answers_in)
      : message(message_in),
        method(std::move(method_in)),
        answers(answers_in) {}

  // Changed in place.
  nlohmann::json& message;
  // Its own, or that of the request that it answers.
  const std::string method;
  // Whether it is the answer to a request.
  const bool answers;

  bool Is(const std::string& wanted) const {
    return !answers && method == wanted;
  }
  bool Answers(const std::string& wanted) const {
    return answers && method == wanted;
  }
  // The type of the event that it carries; empty for anything else.
  std::string EventType() const;

  void Drop() { passes = false; }
  // Passes it on twice.
  void Repeat() { more.push_back(message); }
  // Passes `another` on, after it.
  void Add(nlohmann::json another) { more.push_back(std::move(another)); }
  // Sends a request of our own after it; nobody gets to see the answer.
  void Ask(const std::string& wanted, nlohmann::json params);
  // Drops it, and answers in the place of who should have got it.
  void Reply(nlohmann::json result);
  // Keeps it back until right after a message on the same way for which
  // `comes` holds; for ever if there is none.
  void HoldUntil(std::function<bool(const Frame& later)> comes);

  // What became of it, for the proxy.
  bool passes = true;
  std::vector<nlohmann::json> more;  // on the same way, after it
  std::vector<nlohmann::json> back;  // to who sent it
  std::function<bool(const Frame&)> until;
};

// The ids of requests that Ask makes up begin so.
inline constexpr char kOwnId[] = "mutant-";

}  // namespace copilot::conformance
