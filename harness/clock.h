// SPDX-License-Identifier: MIT
//
// Time, replaceable. Everything that the harness waits for by policy (turn
// timeouts, the pool's idle time, bounds of deferred cleanups) goes through a
// Clock. The grace that a CLI process gets to end does not: that is time of the
// operating system.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace copilot::harness {

class Loop;

using Milliseconds = std::chrono::milliseconds;

// Thread-safe.
class Clock {
 public:
  using TimerId = uint64_t;

  virtual ~Clock() = default;

  // Milliseconds since the epoch.
  virtual int64_t Now() const = 0;

  // Calls `callback` once, `delay` from now. It must not block.
  virtual TimerId After(Milliseconds delay, std::function<void()> callback) = 0;

  // The callback will not begin any more; it may be running still.
  virtual void Cancel(TimerId id) = 0;
};

// Wall-clock time; callbacks run on the thread of `loop`, which outlives the
// clock.
std::shared_ptr<Clock> MakeRealClock(Loop* loop);

// Milliseconds since the epoch, of the system.
int64_t SystemNow();

// Time that moves when told. Callbacks run inside Advance, in order of their
// time, those of equal time in order of their making.
class VirtualClock : public Clock {
 public:
  explicit VirtualClock(int64_t now = 0) : now_(now) {}

  void Advance(Milliseconds by);

  int64_t Now() const override;
  TimerId After(Milliseconds delay, std::function<void()> callback) override;
  void Cancel(TimerId id) override;

 private:
  mutable std::mutex mutex_;
  int64_t now_;
  TimerId next_id_ = 1;
  std::map<std::pair<int64_t, TimerId>, std::function<void()>> timers_;
};

}  // namespace copilot::harness
