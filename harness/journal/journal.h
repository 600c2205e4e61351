// SPDX-License-Identifier: MIT
//
// The write-ahead transcript of one turn (harness spec 7.2, 7.3): what the SDK
// session says becomes rows, in the order in which it was said, tool calls
// together with their results. Unlike a mirror it must not fail: its first
// failure is the attempt's.
//
// Thread-safe. Events are taken in on the thread that brings them; hooks and
// the store run on the executor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/clock.h"
#include "harness/executor.h"
#include "harness/journal/group_writer.h"
#include "harness/journal/network_results.h"
#include "harness/journal/pending_message.h"
#include "harness/journal/receipt.h"
#include "harness/journal/row_store.h"
#include "harness/session_event.h"

namespace copilot::harness {

// What a journal is made of. The host and the parameters outlive it.
struct JournalContext {
  const AttemptParams& params;
  const AttemptHost& host;
  std::string sdk_session_id;
  std::shared_ptr<RowStore> store;
  std::shared_ptr<Executor> executor;
  std::shared_ptr<Clock> clock;
  // The journal has failed: the session's work has no use any more. Called
  // once; must not block.
  std::function<void()> abort_session;
  // Waits until events that have arrived have been taken in.
  std::function<void()> grace = [] {};
  std::shared_ptr<NetworkResults> network = std::make_shared<NetworkResults>();
};

class Journal : public Steering {
 public:
  explicit Journal(JournalContext context);
  // No event may come any more.
  ~Journal() override;

  // The events it wants to see.
  static const std::vector<std::string>& EventTypes();

  // Stores the user's message, before the prompt is sent.
  Status Begin();

  void OnEvent(const SessionEvent& event);

  // Refuses before the CLI has taken the user's message as it was stored, after
  // the provider has ended the turn, and after Close.
  Expected<std::shared_ptr<Receipt>> Expect(const std::string& text) override;

  // Waits until everything that was said is stored. An incomplete group is a
  // failure. Gives the first failure.
  Status Barrier();

  // The provider has ended the turn with an error: what is incomplete is given
  // up, what the user said is still written. No failure, no abort.
  void Fence();

  // The attempt is over; what nobody confirmed is rejected.
  void Close();

  GroupWriter::State state() const { return writer_.state(); }
  bool initial_user_validated() const;

 private:
  void OnUser(const std::string& key, const Json& data);
  bool ValidateInitialUser(const Json& data);
  void OnAssistant(const std::string& key, const Json& data);
  void OnToolResult(const std::string& key, const Json& data);
  void OnReasoning(const Json& data);
  void EndReasoning();
  bool IsSecondSnapshot(const Json& data);
  void CommitPending();
  void CommitDeferred();
  void CommitUser(Row row);
  Json InitialUser() const;
  Status RecordInitialUser(const Json& message, bool* blocked);
  std::string Key(const std::string& event_id) const;

  const JournalContext c_;
  const ModelReference origin_;
  Receipts receipts_;
  GroupWriter writer_;

  mutable std::mutex mutex_;  // guards what follows
  std::set<std::string> claimed_;
  std::set<std::string> finished_calls_;  // of the model, and message ids
  std::set<std::string> user_tools_;
  std::optional<PendingMessage> pending_;
  std::vector<Row> deferred_;  // said before the pending group was complete
  std::string reasoning_;      // durable, and of no message yet
  bool tainted_ = false;
  bool initial_seen_ = false;
  bool initial_stored_ = false;
  bool initial_validated_ = false;
  bool fenced_ = false;
  bool closed_ = false;
};

}  // namespace copilot::harness
