// SPDX-License-Identifier: MIT
//
// Programs that are a broken CLI: mutant-adapter in front of a sound one, as
// what wants a CLI takes a path.
#pragma once

#include <string>

namespace copilot::conformance {

struct MutantCli {
  std::string mutant_adapter;  // the program
  std::string variant;         // its name
  std::string cli;             // the sound one
  std::string record;          // file of the traffic, or empty
  std::string shared;          // directory of what is shared, or empty
};

// Writes an executable file. False when that fails.
bool WriteMutantCli(const std::string& path, const MutantCli& mutant);

}  // namespace copilot::conformance
