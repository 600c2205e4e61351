// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include "conformance/traces/trace.h"

namespace copilot::conformance {

// The script for fake-model that gives the answers which the model gave while
// `trace` was recorded, in their order. A line of the trace may hold it; else
// the events of the CLI tell them: a call starts, chunks come in, and it ends
// as a message, as a failure, or not at all.
nlohmann::json ModelAnswers(const Trace& trace);

}  // namespace copilot::conformance
