// SPDX-License-Identifier: MIT
#pragma once

namespace copilot::harness {

// What copilot-harness ends with.
enum ExitCode {
  kOk = 0,
  kTurnFailed = 1,   // or what was asked for could not be done
  kUsage = 2,        // wrong options, a configuration that cannot be used
  kEnvironment = 3,  // no CLI, no auth that can be used
};

}  // namespace copilot::harness
