// SPDX-License-Identifier: MIT
#include "harness/journal/receipt.h"

#include <algorithm>

namespace copilot::harness {

void Receipt::Settle(Status outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (outcome_) return;
    outcome_ = std::move(outcome);
  }
  changed_.notify_all();
}

std::optional<Status> Receipt::outcome() const {
  const std::lock_guard lock(mutex_);
  return outcome_;
}

Status Receipt::Await(Clock& clock, Milliseconds bound) {
  const auto late = std::make_shared<bool>(false);  // guarded by mutex_
  const Clock::TimerId timer =
      clock.After(bound, [weak = weak_from_this(), late] {
        const auto self = weak.lock();
        if (!self) return;
        {
          const std::lock_guard lock(self->mutex_);
          *late = true;
        }
        self->changed_.notify_all();
      });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return outcome_ || *late; });
  const Status outcome =
      outcome_.value_or(Fail("Copilot steering transcript receipt timed out"));
  lock.unlock();
  clock.Cancel(timer);
  return outcome;
}

std::shared_ptr<Receipt> Receipts::Add(const std::string& text) {
  auto receipt = std::make_shared<Receipt>();
  const std::lock_guard lock(mutex_);
  open_.emplace_back(text, receipt);
  return receipt;
}

std::shared_ptr<Receipt> Receipts::Take(const std::string& text) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const auto& open) {
        return open.first == text && !open.second->outcome();
      });
  if (found == open_.end()) return nullptr;
  const std::shared_ptr<Receipt> receipt = found->second;
  open_.erase(found);
  return receipt;
}

void Receipts::Reject(const Error& error) {
  decltype(open_) open;
  {
    const std::lock_guard lock(mutex_);
    open.swap(open_);
  }
  for (const auto& [text, receipt] : open) receipt->Settle(Fail(error));
}

}  // namespace copilot::harness
