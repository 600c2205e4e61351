// SPDX-License-Identifier: MIT
#include "harness/interrupts.h"

#include <csignal>

namespace copilot::harness {

Interrupts::Interrupts(const AbortController& abort)
    : signals_(io_, SIGINT, SIGTERM) {
  signals_.async_wait([this, abort](const std::error_code& error, int) {
    if (error) return;
    signals_.clear();
    abort.Abort("interrupted");
  });
  thread_ = std::thread([this] { io_.run(); });
}

Interrupts::~Interrupts() {
  io_.stop();
  thread_.join();
}

}  // namespace copilot::harness
