// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace copilot::harness {

// A completion script of copilot-harness for bash, zsh or fish; nothing for
// other shells.
std::optional<std::string> CompletionScript(std::string_view shell);

}  // namespace copilot::harness
