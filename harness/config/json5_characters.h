// SPDX-License-Identifier: MIT
//
// What the characters of JSON5 are. For the reader beside it only.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "harness/config/utf8.h"

namespace copilot::harness::json5 {

inline constexpr char32_t kEnd = 0xFFFFFFFE;  // after the last character

inline bool IsLineEnd(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

// Of ECMAScript 5.1, with the space separators of Unicode.
inline bool IsSpace(char32_t c) {
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == 0xA0 ||
         c == 0xFEFF || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x202F || c == 0x205F || c == 0x3000 || IsLineEnd(c);
}

inline bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }

inline int HexValue(char32_t c) {
  if (IsDigit(c)) return static_cast<int>(c - '0');
  const char32_t lower = c | 0x20;
  if (lower >= 'a' && lower <= 'f') return static_cast<int>(lower - 'a') + 10;
  return -1;
}

// Every letter of Unicode is not told from every other character: what is not
// ASCII may be in a name.
inline bool IsNameStart(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '$' || (c >= 0x80 && c < kEnd && !IsSpace(c));
}

inline bool IsNamePart(char32_t c) { return IsNameStart(c) || IsDigit(c); }

// As messages show a character.
inline std::string Shown(char32_t c) {
  if (c == kEnd) return "the end of the file";
  if (IsLineEnd(c)) return "the end of the line";
  if (c < 0x20 || c == 0x7F || (c >= 0x80 && IsSpace(c))) {
    return fmt::format("U+{:04X}", static_cast<uint32_t>(c));
  }
  std::string text = "'";
  AppendUtf8(c, &text);
  return text + "'";
}

}  // namespace copilot::harness::json5
