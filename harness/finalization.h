// SPDX-License-Identifier: MIT
//
// The final answer of a turn that ended with its tools settled but without a
// text: its own session is asked once more, and can do nothing but answer
// (harness spec 14.7).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/byok/proxy.h"
#include "harness/pool.h"
#include "harness/restricted_turn.h"

namespace copilot::harness {

// What a finalization is made of. Everything outlives it.
struct FinalizationContext {
  AttemptParams params;  // the prompt is the question
  AbortSignal signal;
  Loop* loop = nullptr;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
  std::shared_ptr<ClientPool> pool;
  AcquireSpec spec;            // of the turn
  std::string sdk_session_id;  // of the turn; empty: there is none
  SessionConfig config;        // what is known of the one it was opened with
  std::optional<ByokProvider> byok;  // nothing: the subscription
  ByokProxyOptions byok_proxy;
};

// Blocks. Never creates a session: without one it fails with code
// `settled_finalization_session_unavailable`, and with
// `settled_finalization_resume_failed` when that cannot be resumed. The host
// is told nothing meanwhile.
Expected<RestrictedAnswer> FinalizeTurn(const FinalizationContext& context);

}  // namespace copilot::harness
