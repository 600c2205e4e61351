// SPDX-License-Identifier: MIT
//
// Whether an attempt goes on in an SDK session, and whether it can be played
// again (harness spec 5.1, 14.5). Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "harness/error.h"

namespace copilot::harness {

struct ReplayDecision {
  std::string resume_id;    // empty: create
  bool downgraded = false;  // there was a session, but it must not be used
};

ReplayDecision DecideReplay(const std::string& sdk_session_id,
                            bool replay_invalid);

// The session is lost, so that a fresh one may take its place. Everything else
// surfaces.
bool IsRecoverableResumeError(const Error& error);

// Whether running this tool may have changed something. Only an exact list of
// reading tools is safe.
bool IsToolSideEffect(std::string_view tool_name, bool asynchronous);

// Case-insensitive whole words that say a session is gone (harness spec 12.4).
bool IsStaleSessionText(std::string_view message);

}  // namespace copilot::harness
