// SPDX-License-Identifier: MIT
//
// Which tools an allowlist keeps (harness spec 8.3).
#pragma once

#include <string>
#include <vector>

namespace copilot::harness {

// Whether an allowlist keeps a tool. Entries are trimmed and lowercased, know
// the aliases bash and apply-patch, globs and groups.
bool IsAllowed(const std::vector<std::string>& allowlist,
               const std::string& tool_name);

}  // namespace copilot::harness
