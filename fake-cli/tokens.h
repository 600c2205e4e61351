// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace copilot::fake_cli {

// How many tokens a model is likely to make of `text`: the pieces in which the
// o200k tokenizer splits a text before it merges bytes. Good to a few percent
// for English and code; nobody should rely on more.
int64_t CountTokens(std::string_view text);

// Of a message of a conversation, with what frames it.
int64_t MessageTokens(const nlohmann::json& message);

}  // namespace copilot::fake_cli
