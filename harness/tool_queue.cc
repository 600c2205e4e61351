// SPDX-License-Identifier: MIT
#include "harness/tool_queue.h"

namespace copilot::harness {

std::shared_ptr<ToolQueue::Place> ToolQueue::Take(bool alone) {
  std::shared_ptr<Place> place(new Place(shared_from_this(), alone));
  const std::lock_guard lock(mutex_);
  line_.push_back(place.get());
  return place;
}

// Called with the lock held.
bool ToolQueue::IsTurnOf(const Place& place) const {
  for (const Place* other : line_) {
    if (other == &place) return true;
    if (place.alone_ || other->alone_) return false;
  }
  return true;
}

void ToolQueue::Place::Wait(const AbortSignal& signal) {
  const auto on_abort = signal.OnAbort([queue = queue_] {
    // With the lock, so that no waiter is just about to fall asleep.
    const std::lock_guard lock(queue->mutex_);
    queue->moved_.notify_all();
  });
  std::unique_lock lock(queue_->mutex_);
  queue_->moved_.wait(
      lock, [&] { return signal.aborted() || queue_->IsTurnOf(*this); });
}

ToolQueue::Place::~Place() {
  {
    const std::lock_guard lock(queue_->mutex_);
    queue_->line_.remove(this);
  }
  queue_->moved_.notify_all();
}

}  // namespace copilot::harness
