// SPDX-License-Identifier: MIT
//
// One user turn on one SDK session, from its parameters to its result (harness
// spec 1.3 to 1.7).
#pragma once

#include <functional>
#include <memory>

#include "harness/active_run.h"
#include "harness/attempt_types.h"
#include "harness/byok/proxy.h"
#include "harness/clock.h"
#include "harness/deferred_cleanup.h"
#include "harness/environment.h"
#include "harness/executor.h"
#include "harness/loop.h"
#include "harness/pool.h"
#include "harness/profile.h"
#include "harness/transcript_mirror.h"

namespace copilot::harness {

// What an attempt is made of. Everything outlives it.
struct AttemptContext {
  Profile profile = Profile::kDocs;
  AttemptParams params;
  AttemptHost host;
  AbortSignal signal;
  std::shared_ptr<ActiveRun> active;
  Loop* loop = nullptr;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
  std::shared_ptr<ClientPool> pool;
  std::shared_ptr<TranscriptFile> transcript;
  std::shared_ptr<Environment> environment =
      std::make_shared<ProcessEnvironment>();
  AcquireSpec spec;
  std::optional<ByokProvider> byok;  // nothing: the subscription
  ByokProxyOptions byok_proxy;
  std::string resume_id;  // a remembered session; empty: none
  // That session and the transcript are known to agree (journal profile).
  bool journal_validated = false;

  // The session is known: its config and client can be remembered.
  std::function<void(const std::string& sdk_session_id,
                     const SessionConfig& config)>
      on_established;
  // The session is kept for a while after the result.
  std::function<void(std::shared_ptr<DeferredCleanup>)> on_deferred;
  std::function<void(const std::string& sdk_session_id, CleanupOutcome)>
      on_cleaned;
};

// Blocks until there is a result. Fails only when releasing the client failed
// and nothing else did, and when the profile asks more of a host than it has.
Expected<AttemptResult> RunAttempt(AttemptContext context);

// The result of an attempt that ended before it could do anything; fires
// agent_end.
AttemptResult EarlyFailure(Profile profile, const AttemptParams& params,
                           const AttemptHost& host, Error error);

}  // namespace copilot::harness
