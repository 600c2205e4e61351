// SPDX-License-Identifier: MIT
//
// One call of a model outside any conversation: a session that is made for it,
// can do nothing but answer, and is deleted afterwards (harness spec 14.6).
#pragma once

#include <memory>
#include <string>

#include "harness/pool.h"
#include "harness/restricted_turn.h"

namespace copilot::harness {

struct IsolatedCompletionParams {
  std::string model_id;
  std::string prompt;
  std::string system_prompt;  // replaces the CLI's own
  std::string think_level;    // empty: absent
  std::string agent_id;
  std::string agent_dir;
  std::string working_directory;
  // Authorisation, prepared by the host.
  std::string authorization_owner;      // must be "host"
  wire::Secret api_key;                 // must be there
  std::string profile_id;               // empty: "prepared"
  std::string source_auth_fingerprint;  // empty: the key's
  int64_t timeout_ms = 600000;          // for all of it
};

// What it is made of. `loop` outlives the executor's work, the rest is shared
// with it.
struct IsolatedCompletionContext {
  IsolatedCompletionParams params;
  AbortSignal signal;
  Loop* loop = nullptr;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
  std::shared_ptr<ClientPool> pool;
  std::shared_ptr<const Environment> environment;
};

// Blocks, at most until the deadline: what then is still under way is cleaned
// up on the executor, also a session that appears only later. Fails with code
// `TimeoutError` then, and for a think level or an authorisation that it
// refuses before anything is started.
Expected<RestrictedAnswer> CompleteIsolated(IsolatedCompletionContext context);

}  // namespace copilot::harness
