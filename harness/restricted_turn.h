// SPDX-License-Identifier: MIT
//
// One question to a model that can do nothing but answer: no tools, no hooks,
// nothing of the workspace, no memory. What finalizations and isolated
// completions have in common (harness spec 14.6, 14.7).
#pragma once

#include <memory>
#include <string>

#include "harness/abort_signal.h"
#include "harness/attempt_types.h"
#include "harness/clock.h"
#include "harness/executor.h"
#include "harness/loop.h"
#include "harness/sdk_session.h"
#include "harness/session_config.h"

namespace copilot::harness {

// `base` without all that a session could act with. Model, directory, provider,
// token and reasoning effort stay. For clients of mode `empty` only.
SessionConfig RestrictedConfig(SessionConfig base, SystemMessageMode mode);

// What a model said, as an attempt's result shows it.
struct RestrictedAnswer {
  Json assistant;
  Json usage;  // null: none

  // `{assistant, usage?}`.
  Json ToJson() const;
};

// A question, and what it is asked with. Everything outlives it.
struct RestrictedTurn {
  std::shared_ptr<SdkSession> session;
  AttemptParams params;  // names the model in the answer
  MessageOptions message;
  Milliseconds timeout{0};
  AbortSignal signal;  // interrupts the session
  Loop* loop = nullptr;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
};

// Blocks until the session is idle; not on the loop's thread. Tells no host
// anything. Fails when the turn does, or ends without a root assistant.message.
Expected<RestrictedAnswer> Ask(const RestrictedTurn& turn);

}  // namespace copilot::harness
