// SPDX-License-Identifier: MIT
//
// The one thread that all clients' peers and real timers of a harness run on.
// Nothing on it may block: tools, hooks and other code of the host run on
// worker threads (see executor.h).
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <thread>

namespace copilot::harness {

class Loop {
 public:
  Loop();
  // Stops the thread. Whoever uses the loop must be gone by then.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  asio::io_context& io() { return io_; }

  // Runs `work` on the loop's thread, later.
  void Post(std::function<void()> work);

  // Runs `work` on the loop's thread and waits for it; at once when this is
  // that thread.
  void Run(const std::function<void()>& work);

  // Whether the caller is the loop's thread.
  bool IsCurrent() const;

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace copilot::harness
