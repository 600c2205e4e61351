// SPDX-License-Identifier: MIT
//
// The end of an attempt that is put off because the session still compacts, or
// may still be busy after a timeout (harness spec 12.6).
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "harness/abort_signal.h"
#include "harness/clock.h"
#include "harness/executor.h"

namespace copilot::harness {

enum class CleanupOutcome { kCompleted, kAborted, kDeadline };

inline constexpr Milliseconds kCompactionTimeout{180000};
inline constexpr Milliseconds kCancelBound{5000};

// Thread-safe.
class DeferredCleanup : public std::enable_shared_from_this<DeferredCleanup> {
 public:
  // `tear_down` runs once, on the executor, when it is decided how this ends.
  DeferredCleanup(std::string sdk_session_id,
                  std::function<void(CleanupOutcome)> tear_down);

  // Starts to wait: for Complete, Abort, `signal`, or the deadline.
  void Start(const std::shared_ptr<Executor>& executor,
             const std::shared_ptr<Clock>& clock, const AbortSignal& signal);

  void Complete() { Decide(CleanupOutcome::kCompleted); }
  void Abort() { Decide(CleanupOutcome::kAborted); }

  // Until everything is torn down.
  void Wait();

  const std::string& sdk_session_id() const { return sdk_session_id_; }

 private:
  void Decide(CleanupOutcome outcome);
  void Run();

  const std::string sdk_session_id_;
  const std::function<void(CleanupOutcome)> tear_down_;
  std::shared_ptr<Executor> executor_;
  std::shared_ptr<Clock> clock_;
  AbortSignal::Registration on_abort_;
  Clock::TimerId timer_ = 0;
  std::mutex mutex_;
  std::condition_variable done_changed_;
  std::optional<CleanupOutcome> outcome_;
  bool started_ = false;
  bool done_ = false;
};

}  // namespace copilot::harness
