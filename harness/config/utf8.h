// SPDX-License-Identifier: MIT
//
// Code points in and out of UTF-8, for readers of text that people wrote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace copilot::harness {

// What DecodeUtf8 gives for bytes that are no UTF-8.
inline constexpr char32_t kNotUtf8 = 0xFFFFFFFF;

// The code point at `at`, which must be less than the size, and the number of
// its bytes; 1 for what is no UTF-8. Surrogates and overlong forms are none.
char32_t DecodeUtf8(std::string_view text, size_t at, size_t* length);

// Appends a code point; a surrogate becomes U+FFFD.
void AppendUtf8(char32_t point, std::string* out);

}  // namespace copilot::harness
