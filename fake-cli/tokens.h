// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace copilot::fake_cli {

// How many tokens a model is likely to make of `text`: the pieces in which the
// o200k tokenizer splits a text before it merges bytes. Good to a few percent
// for English and code; nobody should rely on more.
int64_t CountTokens(std::string_view text);

}  // namespace copilot::fake_cli
