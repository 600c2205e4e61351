// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/run/settings.h"
#include "conformance/traces/fidelity.h"
#include "conformance/traces/trace.h"

namespace copilot::conformance {

// What the recording says that the CLI said and did.
std::vector<Frame> RecordedFrames(const Trace& trace);

// Plays the client's side of `trace` against `settings.cli`, with the answers
// of the recorded model behind it, and returns what the CLI said and did. A
// line is sent when everything has come that had come before it in the
// recording, or when that has taken too long. The error says why the trace
// cannot be played here.
tl::expected<std::vector<Frame>, std::string> Play(const Trace& trace,
                                                   const Settings& settings);

}  // namespace copilot::conformance
