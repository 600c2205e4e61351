// SPDX-License-Identifier: MIT
//
// The call to a model endpoint that summarises a conversation.
#pragma once

#include <memory>
#include <string>

#include "fake-cli/compaction.h"

namespace copilot::fake_cli {

// `done` runs once on the io_context, unless the session or the compaction is
// gone by then. When it is told, the events of the call have a chain of parents
// of their own and are kept (protocol 21).
void SummarizeWithProvider(const std::shared_ptr<Session>& session,
                           const std::string& instructions, bool told,
                           std::function<void(Summary)> done);

}  // namespace copilot::fake_cli
