// SPDX-License-Identifier: MIT
#include "harness/abort_signal.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace copilot::harness {

struct AbortSignal::State {
  mutable std::mutex mutex;
  bool aborted = false;
  std::string reason;
  uint64_t next_id = 1;
  std::map<uint64_t, std::function<void()>> callbacks;
};

AbortSignal::AbortSignal() : state_(std::make_shared<State>()) {}

bool AbortSignal::aborted() const {
  const std::lock_guard lock(state_->mutex);
  return state_->aborted;
}

std::string AbortSignal::reason() const {
  const std::lock_guard lock(state_->mutex);
  return state_->reason.empty() ? "aborted" : state_->reason;
}

AbortSignal::Registration AbortSignal::OnAbort(
    std::function<void()> callback) const {
  std::unique_lock lock(state_->mutex);
  if (state_->aborted) {
    lock.unlock();
    callback();
    return Registration();
  }
  const uint64_t id = state_->next_id++;
  state_->callbacks[id] = std::move(callback);
  return Registration([weak = std::weak_ptr<State>(state_), id] {
    const auto state = weak.lock();
    if (!state) return;
    std::function<void()> dropped;  // destroyed outside of the lock
    const std::lock_guard inner(state->mutex);
    const auto it = state->callbacks.find(id);
    if (it == state->callbacks.end()) return;
    dropped = std::move(it->second);
    state->callbacks.erase(it);
  });
}

AbortSignal::Registration::Registration(std::function<void()> cancel)
    : cancel_(std::move(cancel)) {}

AbortSignal::Registration::Registration(Registration&& other) noexcept
    : cancel_(std::exchange(other.cancel_, nullptr)) {}

AbortSignal::Registration& AbortSignal::Registration::operator=(
    Registration&& other) noexcept {
  if (this == &other) return *this;
  if (cancel_) cancel_();
  cancel_ = std::exchange(other.cancel_, nullptr);
  return *this;
}

AbortSignal::Registration::~Registration() {
  if (cancel_) cancel_();
}

void AbortController::Abort(std::string reason) const {
  std::map<uint64_t, std::function<void()>> callbacks;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->aborted) return;
    state_->aborted = true;
    state_->reason = std::move(reason);
    callbacks.swap(state_->callbacks);
  }
  for (const auto& [id, callback] : callbacks) callback();
}

}  // namespace copilot::harness
