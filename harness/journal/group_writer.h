// SPDX-License-Identifier: MIT
//
// Writes groups of rows one after the other, each as a whole, and remembers the
// first thing that went wrong (harness spec 7.2). Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/executor.h"
#include "harness/journal/receipt.h"
#include "harness/journal/row_store.h"

namespace copilot::harness {

// Rows that belong together: a message of the model with its tool results, or a
// single message.
struct Group {
  std::vector<Row> rows;
  std::shared_ptr<Receipt> receipt;  // null: nobody waits for it
  // Written after the provider ended the turn: an error is only the receipt's.
  bool contained = false;
};

class GroupWriter {
 public:
  // `host` outlives the writer. `on_failure` is called once, on the thread that
  // noticed; it must not block.
  GroupWriter(std::shared_ptr<RowStore> store, const AttemptHost& host,
              std::shared_ptr<Executor> executor,
              std::function<void(const Error&)> on_failure);
  // Waits for what is queued.
  ~GroupWriter();

  // Queues the group. After a failure nothing is written any more.
  void Commit(Group group);

  // The turn cannot be written as it happened. Only the first failure counts.
  void Break(const Error& cause);

  // The SDK session does not remember what the transcript says.
  void InvalidateReplay();

  // Waits until everything queued is written; the first failure, if any, as
  // `transcript_persistence_failed`.
  Status Drain();
  // The same without waiting.
  Status failure() const;

  struct State {
    std::optional<Error> failure;
    bool replay_invalid = false;
    // What this turn has in the transcript, in order.
    std::vector<Row> rows;
    // The model's last message is in the transcript, or was kept out by a hook:
    // nobody else must write it. `owned_key` is empty in the second case.
    bool owned = false;
    std::string owned_key;
  };
  State state() const;

  // The model ended with a message that says nothing: there is none to own.
  void Disown();

 private:
  void Write(Group group);
  // The rows of the group that are new; remembers what the group has become.
  Expected<std::vector<Row>> Admit(const RowsByKey& stored, Group* group,
                                   bool* suppressed);
  void Remember(const Group& group, bool suppressed);

  const std::shared_ptr<RowStore> store_;
  const AttemptHost& host_;
  const std::function<void(const Error&)> on_failure_;
  mutable std::mutex mutex_;  // guards state_
  State state_;
  SerialQueue queue_;
};

}  // namespace copilot::harness
