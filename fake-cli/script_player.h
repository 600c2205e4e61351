// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "fake-cli/brain.h"
#include "fake-cli/script.h"

namespace copilot::fake_cli {

// Plays the steps of one turn of a script, which must outlive it.
std::unique_ptr<Player> MakeScriptPlayer(const ScriptTurn& turn,
                                         std::string prompt);

// `text` with each `{{name}}` and `{{name.member}}` replaced by what was
// captured; unknown names stay as they are.
std::string Substitute(const std::string& text, const nlohmann::json& captures);

}  // namespace copilot::fake_cli
