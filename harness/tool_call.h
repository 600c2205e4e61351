// SPDX-License-Identifier: MIT
//
// One call of a tool of the host from start to end (harness spec 8.6).
#pragma once

#include <string>
#include <variant>

#include "harness/attempt_types.h"
#include "harness/redaction.h"
#include "harness/tool_queue.h"

namespace copilot::harness {

struct ToolFailure {
  std::string cause;  // what went wrong, as the tool said it
  std::string text;   // the same for the model: `[copilot-tool-bridge] …`
};
using ToolOutcome = std::variant<Json, ToolFailure>;

// Waits for its turn, checks, prepares and executes; tells the host's
// observers. Gives what the tool gave. Blocks as long as the tool does;
// `attempt` is the attempt's signal.
ToolOutcome CallTool(const HostTool& tool, const AttemptHost& host,
                     const AbortSignal& attempt, const ToolInvocation& call,
                     ToolQueue::Place& place);

// The answer to the CLI for what a host tool returned.
// Credentials are taken out by `redactor`; null: nothing is.
Json ConvertToolResult(const Json& result, const Redactor* redactor = nullptr);
// The answer to the CLI for a call that failed.
Json ConvertToolFailure(const ToolFailure& failure,
                        const Redactor* redactor = nullptr);

}  // namespace copilot::harness
