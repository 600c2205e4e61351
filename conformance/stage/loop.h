// SPDX-License-Identifier: MIT
//
// One scenario's event loop: the steps run from top to bottom, and whatever
// happens meanwhile is handled while a step waits.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace copilot::conformance {

// A step cannot go on: time is up, or the other side is gone.
struct StepFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The infrastructure broke: nothing can be said about what is under test.
struct EnvironmentFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Loop {
 public:
  // On an io_context of its own, unless `io` is given, which must outlive it.
  explicit Loop(std::chrono::milliseconds limit, asio::io_context* io = nullptr)
      : own_(io == nullptr ? std::make_unique<asio::io_context>(1) : nullptr),
        io_(io == nullptr ? *own_ : *io),
        deadline_(std::chrono::steady_clock::now() + limit) {}

  asio::io_context& io() { return io_; }

  // Runs until `holds`, which is asked again whenever something happened and
  // every two milliseconds (files change without telling). Throws StepFailed
  // naming `what` when the scenario's time is up.
  template <typename Condition>
  void RunUntil(const std::string& what, Condition holds) {
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= deadline_) {
        throw StepFailed("time is up while waiting for " + what);
      }
      RunSome();
    }
  }

  // The same with a limit of its own; false when that is over.
  template <typename Condition>
  bool RunFor(std::chrono::milliseconds limit, Condition holds) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      RunSome();
    }
    return true;
  }

 private:
  void RunSome() {
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds(2));
  }

  const std::unique_ptr<asio::io_context> own_;
  asio::io_context& io_;
  const std::chrono::steady_clock::time_point deadline_;
};

}  // namespace copilot::conformance
