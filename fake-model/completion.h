// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

namespace copilot::fake_model {

// The completion script for bash, zsh or fish; nothing for another shell.
std::optional<std::string> Completion(const std::string& shell);

}  // namespace copilot::fake_model
