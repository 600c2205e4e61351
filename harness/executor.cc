// SPDX-License-Identifier: MIT
#include "harness/executor.h"

#include <utility>

namespace copilot::harness {

ThreadExecutor::~ThreadExecutor() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  // Work that is still running may queue more and so start more threads.
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      threads.swap(threads_);
    }
    if (threads.empty()) return;
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
}

void ThreadExecutor::Run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
    if (idle_ < queue_.size()) {
      threads_.emplace_back([this] { Work(); });
    }
  }
  wake_.notify_one();
}

void ThreadExecutor::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    idle_changed_.notify_all();
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

void ThreadExecutor::WaitIdle() {
  std::unique_lock lock(mutex_);
  idle_changed_.wait(
      lock, [this] { return queue_.empty() && idle_ == threads_.size(); });
}

struct SerialQueue::State {
  explicit State(std::shared_ptr<Executor> executor)
      : executor(std::move(executor)) {}

  const std::shared_ptr<Executor> executor;
  std::mutex mutex;
  std::condition_variable drained;
  std::deque<std::function<void()>> queue;
  bool running = false;
};

SerialQueue::SerialQueue(std::shared_ptr<Executor> executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

void SerialQueue::Push(std::function<void()> work) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->queue.push_back(std::move(work));
    if (state_->running) return;
    state_->running = true;
  }
  state_->executor->Run([state = state_] { Drain(state); });
}

void SerialQueue::Drain(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->queue.empty()) {
    const std::function<void()> work = std::move(state->queue.front());
    state->queue.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
  state->running = false;
  state->drained.notify_all();
}

void SerialQueue::Wait() {
  std::unique_lock lock(state_->mutex);
  state_->drained.wait(
      lock, [this] { return !state_->running && state_->queue.empty(); });
}

}  // namespace copilot::harness
