// SPDX-License-Identifier: MIT
#include "harness/journal/group_writer.h"

#include <utility>

#include "harness/journal/write_hook.h"
#include "harness/session_event.h"

namespace copilot::harness {
namespace {

Error Persistence(const Error& cause) {
  return Error{"[copilot-attempt] canonical transcript persistence failed: " +
                   cause.message,
               "transcript_persistence_failed", 0, 0};
}

}  // namespace

GroupWriter::GroupWriter(std::shared_ptr<RowStore> store,
                         const AttemptHost& host,
                         std::shared_ptr<Executor> executor,
                         std::function<void(const Error&)> on_failure)
    : store_(std::move(store)),
      host_(host),
      on_failure_(std::move(on_failure)),
      queue_(std::move(executor)) {}

GroupWriter::~GroupWriter() { queue_.Wait(); }

void GroupWriter::Commit(Group group) {
  queue_.Push([this, group = std::move(group)] { Write(group); });
}

void GroupWriter::Write(Group group) {
  if (const Status before = failure(); !before) {
    if (group.receipt) group.receipt->Settle(before);
    return;
  }
  bool suppressed = false;
  const Status written = store_->Extend([&](const RowsByKey& stored) {
    return Admit(stored, &group, &suppressed);
  });
  if (!written) {
    if (group.receipt)
      group.receipt->Settle(Fail(Persistence(written.error())));
    if (!group.contained) Break(written.error());
    return;
  }
  Remember(group, suppressed);
  if (!group.receipt) return;
  group.receipt->Settle(
      suppressed ? Status(Fail("Copilot steering user write was suppressed"))
                 : Status());
}

Expected<std::vector<Row>> GroupWriter::Admit(const RowsByKey& stored,
                                              Group* group, bool* suppressed) {
  *suppressed = false;
  size_t known = 0;
  for (Row& row : group->rows) {
    const auto found = stored.find(row.key);
    if (found == stored.end()) continue;
    if (found->second.source != row.source) {
      return Fail("TranscriptTurnAdmissionConflictError: " + row.key +
                  " is stored with other content");
    }
    ++known;
    // A hook may have had its say before the crash.
    row.message = found->second.message;
    if (Fingerprint(row.message) != row.source) InvalidateReplay();
  }
  if (known == group->rows.size()) return std::vector<Row>();
  if (known > 0) {
    return Fail("a group of rows is stored in part: " + group->rows[0].key);
  }
  switch (ApplyWriteHook(host_, &group->rows)) {
    case HookEffect::kNone:
      return group->rows;
    case HookEffect::kRewritten:
      InvalidateReplay();
      return group->rows;
    case HookEffect::kSuppressed:
      break;
  }
  InvalidateReplay();
  *suppressed = true;
  return std::vector<Row>();
}

void GroupWriter::Remember(const Group& group, bool suppressed) {
  const std::lock_guard lock(mutex_);
  for (const Row& row : group.rows) {
    if (StringMember(row.message, "role") == "assistant") {
      state_.owned = true;
      state_.owned_key = suppressed ? "" : row.key;
    }
    if (!suppressed) state_.rows.push_back(row);
  }
}

void GroupWriter::Break(const Error& cause) {
  const Error failure = Persistence(cause);
  {
    const std::lock_guard lock(mutex_);
    if (state_.failure) return;
    state_.failure = failure;
    state_.replay_invalid = true;
  }
  on_failure_(failure);
}

void GroupWriter::InvalidateReplay() {
  const std::lock_guard lock(mutex_);
  state_.replay_invalid = true;
}

void GroupWriter::Disown() {
  queue_.Push([this] {
    const std::lock_guard lock(mutex_);
    state_.owned = false;
    state_.owned_key.clear();
  });
}

Status GroupWriter::Drain() {
  queue_.Wait();
  if (const Status same = store_->Verify(); !same) Break(same.error());
  return failure();
}

Status GroupWriter::failure() const {
  const std::lock_guard lock(mutex_);
  if (state_.failure) return Fail(*state_.failure);
  return {};
}

GroupWriter::State GroupWriter::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace copilot::harness
