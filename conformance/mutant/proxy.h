// SPDX-License-Identifier: MIT
//
// A process in front of an adapter or a CLI, and a mutation at work in it.
#pragma once

#include <string>
#include <vector>

#include "conformance/mutant/mutation.h"

namespace copilot::conformance {

struct ProxyOptions {
  Place place = Place::kAdapter;
  std::vector<std::string> command;  // of the sound adapter or CLI
  std::string record;  // file that the traffic is added to; empty: none
  // Directory of what the proxies of a scenario share. Empty: in front of an
  // adapter, the runner's own part of the sandbox.
  std::string shared;
};

// Passes on what comes on stdin and from the child until the child has ended.
// Returns the exit code; ends by the signal that ended the child.
int RunProxy(const Mutation& mutation, const ProxyOptions& options);

}  // namespace copilot::conformance
