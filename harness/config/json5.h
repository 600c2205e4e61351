// SPDX-License-Identifier: MIT
//
// A reader of JSON5, the form in which people write the host's configuration:
// comments, trailing commas, unquoted keys, single quotes, line continuations,
// hexadecimal numbers, signs, Infinity and NaN (json5.org, version 1.0).
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "harness/error.h"

namespace copilot::harness {

struct Json5Error {
  std::string file;
  int line = 0;         // from 1
  int column = 0;       // from 1, in characters
  std::string message;  // "expected ',' or '}', got 'x'"

  // "openclaw.json5:3:7: expected …".
  std::string ToString() const;
};

// How deep objects and arrays may nest.
inline constexpr int kMostJson5Depth = 200;

// Reads one value. `file` is only for the messages. As in JavaScript, the last
// of several equal keys counts, and half a surrogate pair becomes U+FFFD. Pure;
// ends for every input, in time proportional to its size.
tl::expected<Json, Json5Error> ParseJson5(std::string_view text,
                                          const std::string& file);

}  // namespace copilot::harness
