// SPDX-License-Identifier: MIT
//
// Compaction of a session's history (protocol 16): asked for by a client, or
// played in the background by a script.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>

#include "fake-cli/session.h"

namespace copilot::fake_cli {

inline constexpr int64_t kTokenLimit = 128000;

// What a summariser came up with.
struct Summary {
  std::string text;
  std::string error;        // when there is none
  std::string reason;       // of the failure: provider_rejected, …
  int status_code = 0;      // HTTP; 0: absent
  std::string tokens_used;  // raw JSON; may be empty
};

// Who summarises: calls back once.
using Summarizer = std::function<void(std::function<void(Summary)>)>;

// session.history.compact. `plan` is the script's entry (docs/script.md); for
// what it leaves out, plausible numbers are made up. `reply` gets the raw
// result, or the text after "Request … failed with message: ".
void CompactHistory(
    const std::shared_ptr<Session>& session, const nlohmann::json& params,
    const nlohmann::json& plan, const Summarizer& summarize,
    std::function<void(tl::expected<std::string, std::string>)> reply);

// session.history.abortManualCompaction; true when one was running.
bool AbortCompaction(Session& session);

// The events of a compaction that starts by itself.
void EmitBackgroundCompaction(Session& session, const nlohmann::json& plan);

}  // namespace copilot::fake_cli
