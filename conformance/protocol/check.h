// SPDX-License-Identifier: MIT
//
// Walks an adapter through the protocol, step by step, for the person who
// writes it.
#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace copilot::conformance {

struct CheckStep {
  enum class State {
    kOk,
    kWrong,
    kNotAnnounced,  // the adapter lacks the capability
    kNotReached,    // something that it needs went wrong
  };

  std::string name;
  State state = State::kOk;
  // What is remarkable, what is wrong and what to do about it, or why it was
  // left out; several lines.
  std::string detail;
};

struct CheckRequest {
  std::vector<std::string> command;  // of the adapter
  std::string fake_cli;
  std::string path;                        // PATH of the adapter
  std::chrono::milliseconds limit{10000};  // for each answer
};

struct CheckResult {
  std::vector<CheckStep> steps;
  std::set<std::string> capabilities;  // that the adapter announces
  std::string stderr_tail;

  bool passed() const;
};

// `on_step` is called when a step has ended. Throws EnvironmentFailed when the
// adapter or the fake CLI cannot be started.
CheckResult CheckAdapter(const CheckRequest& request,
                         const std::function<void(const CheckStep&)>& on_step);

}  // namespace copilot::conformance
