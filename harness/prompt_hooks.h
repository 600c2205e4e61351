// SPDX-License-Identifier: MIT
//
// What the portable prompt hooks add to a turn (harness spec 11).
#pragma once

#include <string>
#include <vector>

#include "harness/attempt_types.h"

namespace copilot::harness {

struct PromptContributions {
  std::string prepend;  // before the prompt
  std::string append;   // after it
  std::string system;   // replaces the base system text
  std::string prepend_system;
  std::string append_system;
  // Each narrows the tools further.
  std::vector<std::vector<std::string>> tool_allowlists;

  // The prompt between its contributions, joined by blank lines.
  std::string Around(const std::string& prompt) const;
};

// Runs before_prompt_build and the legacy before_agent_start, in this order. A
// hook that throws is only warned about. Raw runs have none.
PromptContributions RunPromptHooks(const AttemptParams& params,
                                   const AttemptHost& host);

}  // namespace copilot::harness
