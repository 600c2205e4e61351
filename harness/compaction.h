// SPDX-License-Identifier: MIT
//
// Compaction of a tracked session on request (harness spec 12.1 to 12.4).
#pragma once

#include <memory>
#include <string>

#include "harness/attempt_types.h"
#include "harness/byok/proxy.h"
#include "harness/clock.h"
#include "harness/executor.h"
#include "harness/pool.h"

namespace copilot::harness {

// The result that says why nothing could be compacted.
Json CompactionRefused(const std::string& reason);

struct CompactionContext {
  AttemptParams params;
  AttemptHost host;
  AbortSignal signal;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
  std::shared_ptr<ClientPool> pool;
  AcquireSpec spec;
  std::string sdk_session_id;
  SessionConfig config;              // the one the session was opened with
  std::optional<ByokProvider> byok;  // nothing: the subscription
  ByokProxyOptions byok_proxy;
};

struct CompactionOutcome {
  Json result;
  bool stale = false;  // the session is gone: forget it
};

// Blocks. Never fails: what goes wrong is in the result.
CompactionOutcome RunCompaction(const CompactionContext& context);

}  // namespace copilot::harness
