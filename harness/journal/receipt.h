// SPDX-License-Identifier: MIT
//
// What became of a message that was sent to a running session (harness spec
// 1.8, 7.3). Everything here is thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/clock.h"
#include "harness/error.h"

namespace copilot::harness {

inline constexpr Milliseconds kReceiptTimeout{120000};

// Settled once: the message is in the transcript, or why it is not.
class Receipt : public std::enable_shared_from_this<Receipt> {
 public:
  // Only the first call counts.
  void Settle(Status outcome);

  // Nothing while it is open.
  std::optional<Status> outcome() const;

  // Blocks until it is settled, or for `bound` of the clock's time; then the
  // error is `Copilot steering transcript receipt timed out`. Not on a thread
  // that the clock's callbacks run on.
  Status Await(Clock& clock, Milliseconds bound = kReceiptTimeout);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Status> outcome_;
};

// The receipts of one turn, in the order of their messages.
class Receipts {
 public:
  std::shared_ptr<Receipt> Add(const std::string& text);

  // Takes the oldest open receipt of this text; null when there is none.
  std::shared_ptr<Receipt> Take(const std::string& text);

  // Settles all that nobody took.
  void Reject(const Error& error);

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::shared_ptr<Receipt>>> open_;
};

// Decides about messages for a running session.
class Steering {
 public:
  virtual ~Steering() = default;

  // To be called before the message is sent. The error says why it must not
  // be sent.
  virtual Expected<std::shared_ptr<Receipt>> Expect(
      const std::string& text) = 0;
};

}  // namespace copilot::harness
