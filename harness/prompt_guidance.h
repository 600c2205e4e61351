// SPDX-License-Identifier: MIT
//
// What the system message says about the tools of a run (harness spec 5.3).
// Functions without state, and so thread-safe.
#pragma once

#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/profile.h"

namespace copilot::harness {

// The sections that apply, in a fixed order: skill workshop, delegation,
// visible replies, credentials. Names tools only that are among `callable`,
// which may come with blanks around them and twice. Empty in the docs profile,
// for runs without tools and where nothing applies.
std::string PromptGuidance(Profile profile, const AttemptParams& params,
                           const std::vector<std::string>& callable);

// The heading of the text that a host adds about the conversation.
const char* ContextHeading(Profile profile, bool minimal);

}  // namespace copilot::harness
