// SPDX-License-Identifier: MIT
//
// A stand-in for the real CLI of live scenarios: the fake one, with a script of
// what a model would say to them.
#pragma once

#include <string>

#include "conformance/stage/sandbox.h"

namespace copilot::conformance {

// The token of runs with it.
inline constexpr char kLiveToken[] = "ghu_live-gate-test-token";

// Makes it among the sandbox's own files, with the journal "live.jsonl".
// Returns its path. Throws std::runtime_error when that fails.
std::string MakeLiveCli(const Sandbox& sandbox, const std::string& fake_cli);

}  // namespace copilot::conformance
