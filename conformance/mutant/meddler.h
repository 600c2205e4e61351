// SPDX-License-Identifier: MIT
//
// A mutation at work at one place: what it does to each message. Knows nothing
// of processes and bytes, so that recorded conversations can be put through it
// as well as live ones. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "conformance/mutant/mutation.h"

namespace copilot::conformance {

class Meddler {
 public:
  // The mutation and the world must outlive it.
  Meddler(const Mutation& mutation, Place place, World& world);

  // Before the child is started.
  void Start(Launch& launch);

  struct Passed {
    bool passes = true;                // the message itself, as it is now
    std::vector<nlohmann::json> more;  // after it, on the same way
    std::vector<nlohmann::json> back;  // to who sent it

    bool untouched() const { return passes && more.empty() && back.empty(); }
  };
  // Changes the message in place, and says what is to be sent.
  Passed Pass(nlohmann::json& message, Way way);

  State& state() { return state_; }

 private:
  struct Held {
    Way way;
    nlohmann::json message;
    std::function<bool(const Frame&)> until;
  };

  Frame MakeFrame(nlohmann::json& message, Way way);
  void Observe(const Frame& frame, Way way);
  void Release(const Frame& frame, Way way, Passed* passed);

  const Mutation& mutation_;
  const Place place_;
  State state_;
  // Methods of requests, by the way that they went and their raw id.
  std::map<std::pair<Way, std::string>, std::string> methods_;
  std::vector<Held> held_;
};

}  // namespace copilot::conformance
