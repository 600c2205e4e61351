// SPDX-License-Identifier: MIT
//
// What happens to a conversation that grows too long for the model: it is
// compacted while the turn goes on, and what does not fit is left out
// (protocol 16.4).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "fake-cli/compaction.h"

namespace copilot::fake_cli {

// Before a model call: begins a compaction when the tokens are at the
// session's threshold and there is history before the prompt. `turn` is the
// number of the call in its turn. One runs at a time.
void CompactAtThreshold(const std::shared_ptr<Session>& session, int turn);

// Before a turn: runs `then`, at once or, when hardly any room is left and a
// compaction runs, after it.
void AwaitRoom(Session& session, std::function<void()> then);

// Before a model call: leaves out the oldest messages until the rest fits.
// Returns the data of session.truncation; empty when all fits.
std::string TruncateToLimit(Session& session);

}  // namespace copilot::fake_cli
