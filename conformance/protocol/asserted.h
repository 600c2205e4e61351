// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "conformance/protocol/use.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// What of the protocols the checks of scenarios name, in the words of
// ProtocolUse. Read off the documents: nothing has to run.
ProtocolNames AssertedNames(const std::vector<Scenario>& scenarios);

}  // namespace copilot::conformance
