// SPDX-License-Identifier: MIT
//
// The host's tools as the CLI gets them (harness spec 8): filtered by the
// allowlist, checked for duplicates, each call answered with a result or a
// failure, never with an exception.
#pragma once

#include <string>
#include <vector>

#include "harness/attempt_types.h"

namespace copilot::harness {

// The tools of an attempt. None for runs without tools. Fails with
// `[copilot-tool-bridge] …` for blank or duplicate names. `signal` is the
// attempt's.
Expected<std::vector<SdkTool>> BridgeTools(const AttemptParams& params,
                                           const AttemptHost& host,
                                           const AbortSignal& signal);

// Whether an allowlist keeps a tool. Entries are trimmed and lowercased, know
// the aliases bash and apply-patch, globs and groups.
bool IsAllowed(const std::vector<std::string>& allowlist,
               const std::string& tool_name);

// The answer to the CLI for what a host tool returned.
Json ConvertToolResult(const Json& result);

}  // namespace copilot::harness
