// SPDX-License-Identifier: MIT
//
// The harness behind the conformance adapter protocol, version 1
// (docs/adapter-protocol.md), on stdin and stdout.
#pragma once

namespace copilot::harness {

// Serves until shutdown or the end of stdin; returns the exit code.
int RunAdapter();

}  // namespace copilot::harness
