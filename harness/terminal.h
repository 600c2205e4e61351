// SPDX-License-Identifier: MIT
//
// Output that differs on a terminal.
#pragma once

#include <cstdio>
#include <string>

namespace copilot::harness {

// Whether text on `file` may have colour: a terminal that is not `dumb`, and no
// NO_COLOR in the environment of the process (no-color.org).
bool ColourOn(std::FILE* file);

enum class Style { kError, kWarning, kStrong, kFaint };

// `text` in a style when `colour`, else as it is.
std::string Styled(Style style, const std::string& text, bool colour);

// Text of others on a terminal: control characters but newline and tab become
// `?`, so that no escape sequence gets through.
std::string TerminalSafe(std::string text);

// To stderr, with the program's name.
void Complain(const std::string& text);

}  // namespace copilot::harness
