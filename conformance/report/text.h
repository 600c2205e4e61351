// SPDX-License-Identifier: MIT
//
// Texts of failures, as every report needs them.
#pragma once

#include <string>
#include <vector>

#include "conformance/run/verdict.h"

namespace copilot::conformance {

// Valid UTF-8 without control characters but newlines and tabs, which no
// format can hold: "?" stands for one, U+FFFD for bytes that are no text.
std::string Printable(const std::string& text);

// In one line.
std::string OneLine(const std::string& text);

// Columns that a text takes; every character counts for one.
size_t Columns(const std::string& text);

// At most so many columns, with "…" where something was cut off.
std::string Cut(const std::string& text, size_t columns);

// One line of a failure's detail.
struct DiffLine {
  enum class Kind { kText, kExpected, kCame };
  Kind kind = Kind::kText;
  std::string text;  // without "expected" and "came"
};

std::vector<DiffLine> DiffOf(const std::string& detail);

// The lines of a detail with "- " before what was expected, "+ " before what
// came and two blanks before the rest.
std::string DiffText(const std::string& detail);

// Why a verdict is what it is, in one line: the first failure or the reason.
std::string Message(const Verdict& verdict);

// All of it: the reason, and each failure as a diff.
std::string Explanation(const Verdict& verdict);

// The id, and the round where there are several.
std::string NameOf(const Verdict& verdict);

}  // namespace copilot::conformance
