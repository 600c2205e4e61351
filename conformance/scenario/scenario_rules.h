// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/scenario/scenario.h"
#include "wire/document.h"

namespace copilot::conformance {

// What the schema cannot say of a scenario: steps and checks of another
// target, members that have no effect, names that nothing defines, matchers
// that do not exist, capabilities that are used and not required. Such a file
// would fail for everybody, or hold whatever happens. Each complaint has the
// JSON path.
wire::DocumentErrors CheckRules(const Scenario& scenario);

}  // namespace copilot::conformance
