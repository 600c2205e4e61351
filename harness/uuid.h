// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace copilot::harness {

// A random UUID, version 4, in lowercase.
std::string RandomUuid();

}  // namespace copilot::harness
