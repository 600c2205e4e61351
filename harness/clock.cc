// SPDX-License-Identifier: MIT
#include "harness/clock.h"

#include <asio/steady_timer.hpp>

#include "harness/loop.h"

namespace copilot::harness {
namespace {

class RealClock : public Clock, public std::enable_shared_from_this<RealClock> {
 public:
  explicit RealClock(Loop* loop) : loop_(loop) {}

  int64_t Now() const override { return SystemNow(); }

  TimerId After(Milliseconds delay, std::function<void()> callback) override {
    auto timer = std::make_shared<asio::steady_timer>(loop_->io());
    TimerId id;
    {
      const std::lock_guard lock(mutex_);
      id = next_id_++;
      timers_[id] = timer;
    }
    // Timers are touched on the loop's thread only.
    loop_->Post([self = weak_from_this(), timer, id, delay,
                 callback = std::move(callback)] {
      timer->expires_after(delay);
      timer->async_wait([self, id, callback](const std::error_code& error) {
        const auto clock = self.lock();
        if (error || !clock || !clock->Take(id)) return;
        callback();
      });
    });
    return id;
  }

  void Cancel(TimerId id) override {
    std::shared_ptr<asio::steady_timer> timer = Take(id);
    if (!timer) return;
    loop_->Post([timer] { timer->cancel(); });
  }

 private:
  std::shared_ptr<asio::steady_timer> Take(TimerId id) {
    const std::lock_guard lock(mutex_);
    const auto it = timers_.find(id);
    if (it == timers_.end()) return nullptr;
    auto timer = std::move(it->second);
    timers_.erase(it);
    return timer;
  }

  Loop* const loop_;
  std::mutex mutex_;
  TimerId next_id_ = 1;
  std::map<TimerId, std::shared_ptr<asio::steady_timer>> timers_;
};

}  // namespace

int64_t SystemNow() {
  return std::chrono::duration_cast<Milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::shared_ptr<Clock> MakeRealClock(Loop* loop) {
  return std::make_shared<RealClock>(loop);
}

int64_t VirtualClock::Now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

Clock::TimerId VirtualClock::After(Milliseconds delay,
                                   std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  const TimerId id = next_id_++;
  timers_[{now_ + delay.count(), id}] = std::move(callback);
  return id;
}

void VirtualClock::Cancel(TimerId id) {
  const std::lock_guard lock(mutex_);
  for (auto it = timers_.begin(); it != timers_.end(); ++it) {
    if (it->first.second != id) continue;
    timers_.erase(it);
    return;
  }
}

void VirtualClock::Advance(Milliseconds by) {
  std::unique_lock lock(mutex_);
  const int64_t end = now_ + by.count();
  while (!timers_.empty() && timers_.begin()->first.first <= end) {
    const auto it = timers_.begin();
    now_ = std::max(now_, it->first.first);
    const std::function<void()> callback = std::move(it->second);
    timers_.erase(it);
    lock.unlock();
    callback();
    lock.lock();
  }
  now_ = end;
}

}  // namespace copilot::harness
