// SPDX-License-Identifier: MIT
//
// Ctrl-C as an abort.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <thread>

#include "harness/abort_signal.h"

namespace copilot::harness {

// While it lives, the first SIGINT or SIGTERM aborts; the second one ends the
// program in the usual way. One at a time.
class Interrupts {
 public:
  explicit Interrupts(const AbortController& abort);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  asio::io_context io_;
  asio::signal_set signals_;
  std::thread thread_;
};

}  // namespace copilot::harness
