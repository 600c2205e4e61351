// SPDX-License-Identifier: MIT
#include "harness/executor.h"

#include <utility>

namespace copilot::harness {

struct ThreadExecutor::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle_changed;
  std::deque<std::function<void()>> queue;
  std::vector<std::thread> threads;
  size_t idle = 0;
  bool stopping = false;
};

ThreadExecutor::ThreadExecutor() : state_(std::make_shared<State>()) {}

ThreadExecutor::~ThreadExecutor() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  // Work that is still running may queue more and so start more threads.
  for (;;) {
    {
      const std::lock_guard lock(state_->mutex);
      threads.swap(state_->threads);
    }
    if (threads.empty()) return;
    for (std::thread& thread : threads) {
      // The last owner may be the work of one of the threads.
      if (thread.get_id() == std::this_thread::get_id()) {
        thread.detach();
      } else {
        thread.join();
      }
    }
    threads.clear();
  }
}

void ThreadExecutor::Run(std::function<void()> work) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->queue.push_back(std::move(work));
    if (state_->idle < state_->queue.size()) {
      state_->threads.emplace_back([state = state_] { Work(*state); });
    }
  }
  state_->wake.notify_one();
}

void ThreadExecutor::Work(State& state) {
  std::unique_lock lock(state.mutex);
  for (;;) {
    ++state.idle;
    state.idle_changed.notify_all();
    state.wake.wait(lock,
                    [&] { return state.stopping || !state.queue.empty(); });
    --state.idle;
    if (state.queue.empty()) return;
    std::function<void()> work = std::move(state.queue.front());
    state.queue.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

void ThreadExecutor::WaitIdle() {
  std::unique_lock lock(state_->mutex);
  state_->idle_changed.wait(lock, [this] {
    return state_->queue.empty() && state_->idle == state_->threads.size();
  });
}

struct SerialQueue::State {
  std::mutex mutex;
  std::condition_variable drained;
  std::deque<std::function<void()>> queue;
  bool running = false;
};

SerialQueue::SerialQueue(std::shared_ptr<Executor> executor)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {}

void SerialQueue::Push(std::function<void()> work) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->queue.push_back(std::move(work));
    if (state_->running) return;
    state_->running = true;
  }
  executor_->Run([state = state_] { Drain(state); });
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

bool SerialQueue::IsIdle() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->running && state_->queue.empty();
}

void SerialQueue::Wait() {
  std::unique_lock lock(state_->mutex);
  state_->drained.wait(
      lock, [this] { return !state_->running && state_->queue.empty(); });
}

}  // namespace copilot::harness
