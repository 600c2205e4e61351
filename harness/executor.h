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
  ThreadExecutor();
  ~ThreadExecutor() override;

  void Run(std::function<void()> work) override;

  // Until nothing runs and nothing is queued.
  void WaitIdle();

 private:
  struct State;
  static void Work(State& state);

  const std::shared_ptr<State> state_;
};

// Runs pieces of work one after the other, in order, on an Executor. Thread-
// safe; copies of the shared state keep queued work alive after destruction.
class SerialQueue {
 public:
  explicit SerialQueue(std::shared_ptr<Executor> executor);

  void Push(std::function<void()> work);

  // Until everything pushed before has run.
  void Wait();

  // Whether nothing runs or waits to run.
  bool IsIdle() const;

 private:
  struct State;
  static void Drain(const std::shared_ptr<State>& state);
  // Not part of the state: work that runs must not own its own threads.
  std::shared_ptr<Executor> executor_;
  std::shared_ptr<State> state_;
};

}  // namespace copilot::harness
