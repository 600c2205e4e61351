// SPDX-License-Identifier: MIT
#include "harness/loop.h"

#include <asio/post.hpp>
#include <future>
#include <utility>

namespace copilot::harness {

Loop::Loop()
    : guard_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}

Loop::~Loop() {
  guard_.reset();
  io_.stop();
  thread_.join();
}

bool Loop::IsCurrent() const {
  return std::this_thread::get_id() == thread_.get_id();
}

void Loop::Post(std::function<void()> work) {
  asio::post(io_, std::move(work));
}

void Loop::Run(const std::function<void()>& work) {
  if (IsCurrent()) {
    work();
    return;
  }
  std::promise<void> done;
  asio::post(io_, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace copilot::harness
