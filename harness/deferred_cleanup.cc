// SPDX-License-Identifier: MIT
#include "harness/deferred_cleanup.h"

#include <utility>

namespace copilot::harness {

DeferredCleanup::DeferredCleanup(std::string sdk_session_id,
                                 std::function<void(CleanupOutcome)> tear_down)
    : sdk_session_id_(std::move(sdk_session_id)),
      tear_down_(std::move(tear_down)) {}

void DeferredCleanup::Start(const std::shared_ptr<Executor>& executor,
                            const std::shared_ptr<Clock>& clock,
                            const AbortSignal& signal) {
  executor_ = executor;
  clock_ = clock;
  const std::weak_ptr<DeferredCleanup> weak = weak_from_this();
  timer_ = clock_->After(kCompactionTimeout, [weak] {
    if (const auto self = weak.lock()) self->Decide(CleanupOutcome::kDeadline);
  });
  on_abort_ = signal.OnAbort([weak] {
    if (const auto self = weak.lock()) self->Abort();
  });
  bool decided = false;
  {
    const std::lock_guard lock(mutex_);
    started_ = true;
    decided = outcome_.has_value();
  }
  if (decided) Run();
}

void DeferredCleanup::Decide(CleanupOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (outcome_) return;
    outcome_ = outcome;
    if (!started_) return;
  }
  Run();
}

void DeferredCleanup::Run() {
  executor_->Run([self = shared_from_this()] {
    self->clock_->Cancel(self->timer_);
    self->tear_down_(*self->outcome_);
    {
      const std::lock_guard lock(self->mutex_);
      self->done_ = true;
    }
    self->done_changed_.notify_all();
  });
}

void DeferredCleanup::Wait() {
  std::unique_lock lock(mutex_);
  done_changed_.wait(lock, [this] { return done_; });
}

}  // namespace copilot::harness
