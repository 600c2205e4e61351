// SPDX-License-Identifier: MIT
//
// One pass over JSON text: is it valid, and where are the members of the
// outermost object? No document is built. The texts and positions of errors are
// those of the parser that the real CLI uses, because its -32700 answers carry
// them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace copilot::wire {

// "expected value at line 1 column 7". Lines and columns count from 1; a column
// counts bytes.
struct ScanError {
  std::string message;
};

// Sees the members of the outermost object in order: the key as it stands
// between its quotes (escapes included), and the raw value.
using MemberVisitor =
    std::function<void(std::string_view raw_key, std::string_view raw_value)>;

// Checks that `text` is exactly one JSON value with whitespace around it.
// `visitor` may be empty; it has seen the members before the error, if any.
// Returns the value without that whitespace.
tl::expected<std::string_view, ScanError> ScanJson(
    std::string_view text, const MemberVisitor& visitor = {});

// Turns the text between a JSON string's quotes into what it means. `raw` must
// have passed ScanJson. Unpaired surrogates become U+FFFD.
std::string UnescapeJson(std::string_view raw);

}  // namespace copilot::wire
