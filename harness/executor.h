// SPDX-License-Identifier: MIT
//
// Threads for code that may block: tool handlers, hooks, policies, stopping a
// client. The loop's thread hands such work over and goes on.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace copilot::harness {

// Thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void Run(std::function<void()> work) = 0;
};

// Runs the work in the caller, before Run returns. For tests.
class InlineExecutor : public Executor {
 public:
  void Run(std::function<void()> work) override { work(); }
};

// One thread per running piece of work; threads are kept for the next piece, so
// that a blocked one never delays another. The destructor waits for all.
class ThreadExecutor : public Executor {
 public:
  ThreadExecutor() = default;
  ~ThreadExecutor() override;

  void Run(std::function<void()> work) override;

  // Until nothing runs and nothing is queued.
  void WaitIdle();

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stopping_ = false;
};

// Runs pieces of work one after the other, in order, on an Executor. Thread-
// safe; copies of the shared state keep queued work alive after destruction.
class SerialQueue {
 public:
  explicit SerialQueue(std::shared_ptr<Executor> executor);

  void Push(std::function<void()> work);

  // Until everything pushed before has run.
  void Wait();

 private:
  struct State;
  static void Drain(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace copilot::harness
