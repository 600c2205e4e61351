// SPDX-License-Identifier: MIT
//
// The harness: attempts, compaction, reset and dispose over one pool of
// clients, and the memory of which SDK session belongs to which conversation
// (harness spec 2).
//
// Thread-safe. Calls block; attempts may overlap. One thread of its own runs
// the conversations with all CLIs; code of the host runs on worker threads.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "harness/active_run.h"
#include "harness/attempt.h"
#include "harness/attempt_types.h"
#include "harness/binding_store.h"
#include "harness/cli_client.h"
#include "harness/clock.h"
#include "harness/compat_key.h"
#include "harness/environment.h"
#include "harness/executor.h"
#include "harness/isolated_completion.h"
#include "harness/loop.h"
#include "harness/pool.h"
#include "harness/profile.h"
#include "harness/restricted_turn.h"

namespace copilot::harness {

struct HarnessOptions {
  std::string id = "copilot";
  std::string label = "GitHub Copilot agent runtime";
  Profile profile = Profile::kDocs;
  Milliseconds idle_ttl = kDefaultIdleTtl;
  CliTarget cli;
  std::shared_ptr<Environment> environment;     // default: the process's
  std::shared_ptr<VirtualClock> virtual_clock;  // default: real time
  std::shared_ptr<BindingStore> store;          // default: none
  std::shared_ptr<ClientFactory> factory;       // default: CLIs at `cli`
  // The caller's; it is used, and left alone at the end. Default: one of the
  // harness's own, from the first attempt on.
  std::shared_ptr<ClientPool> pool;
  std::shared_ptr<TranscriptFile> transcript;
  ByokProxyOptions byok_proxy;
};

class Harness {
 public:
  explicit Harness(HarnessOptions options);
  // Disposes.
  ~Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  const std::string& id() const { return options_.id; }
  const std::string& label() const { return options_.label; }

  // Errors of the turn are in the result. Fails for auth that cannot be used,
  // after dispose, and when releasing the client was all that failed.
  Expected<AttemptResult> RunAttempt(
      const AttemptParams& params, const AttemptHost& host,
      const AbortSignal& signal = {},
      const std::shared_ptr<ActiveRun>& active = nullptr);

  // The outcome of harness spec 12.3; null after dispose. Fails for auth that
  // cannot be used.
  Expected<Json> Compact(const AttemptParams& params, const AttemptHost& host,
                         const AbortSignal& signal = {});

  // Asks the session of a turn that ended without a text once more for its
  // answer, with nothing that it could act with; `settled` is what the turn
  // gave. Fails without the compatible session, which it never creates, and
  // like an attempt for auth and after dispose (harness spec 14.7).
  Expected<RestrictedAnswer> FinalizeSettledTurn(
      const AttemptParams& params, const AttemptResult& settled,
      const AbortSignal& signal = {});

  // One call of a model outside any conversation (harness spec 14.6).
  Expected<RestrictedAnswer> RunIsolatedCompletion(
      const IsolatedCompletionParams& params, const AbortSignal& signal = {});

  // Forgets the SDK session of a conversation and deletes it.
  void Reset(const std::string& session_id);

  // Waits for what runs, then stops every client. All calls give the same
  // result.
  Status Dispose();

 private:
  // The binding in memory.
  struct Binding {
    std::string sdk_session_id;
    CompatKeys keys;
    AcquireSpec spec;
    SessionConfig config;
    std::optional<ByokProvider> byok;  // nothing: the subscription
    bool journal_validated = false;
  };
  // A session that goes on; without id there is none.
  struct Resumable {
    std::string sdk_session_id;
    bool journal_validated = false;
  };
  class InFlight;

  std::shared_ptr<ClientPool> Pool();
  Expected<ResolvedAuth> AuthFor(const AttemptParams& params,
                                 const std::optional<ByokProvider>& byok) const;
  bool IsDisposed() const;
  std::string CopilotHome(const AttemptParams& params) const;
  Resumable FindResumable(const std::string& session_id,
                          const CompatKeys& keys);
  void Remember(const std::string& session_id, Binding binding);
  void RememberJournal(const std::string& session_id,
                       const AttemptResult& result);
  void AddDeferred(const std::string& session_id,
                   std::shared_ptr<DeferredCleanup> cleanup);
  void OnCleaned(const std::string& session_id,
                 const std::string& sdk_session_id, CleanupOutcome outcome);
  void Forget(const std::string& session_id, const std::string& sdk_session_id);
  bool ForgetStored(const std::string& session_id,
                    const std::set<std::string>& targets);
  std::vector<std::shared_ptr<DeferredCleanup>> DeferredOf(
      const std::string& session_id);
  bool HasDeferred(const std::string& session_id,
                   const std::string& sdk_session_id) const;
  void DeleteSession(const Binding& binding);

  const HarnessOptions options_;
  std::shared_ptr<Environment> environment_;
  std::unique_ptr<Loop> loop_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<ThreadExecutor> executor_;
  std::shared_ptr<TranscriptFile> transcript_;
  std::shared_ptr<BindingStore> store_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::shared_ptr<ClientPool> pool_;
  std::map<std::string, Binding> bindings_;
  // SDK sessions that must not be resumed, by conversation.
  std::map<std::string, std::set<std::string>> blocked_;
  std::multimap<std::string, std::shared_ptr<DeferredCleanup>> deferred_;
  int in_flight_ = 0;
  bool disposed_ = false;
  std::optional<Status> dispose_result_;
};

}  // namespace copilot::harness
