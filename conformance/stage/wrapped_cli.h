// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "conformance/stage/loop.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {

// Makes a program of the sandbox that is the fake CLI with this script, and
// writes the sandbox's journal. Returns its path. Throws EnvironmentFailed when
// the fake CLI refuses the script.
std::string WrapFakeCli(Loop& loop, const Sandbox& sandbox,
                        const std::string& fake_cli,
                        const nlohmann::json& script);

}  // namespace copilot::conformance
