// SPDX-License-Identifier: MIT
#include "harness/terminal.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace copilot::harness {

bool ColourOn(std::FILE* file) {
  const char* const off = std::getenv("NO_COLOR");
  if (off != nullptr && *off != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return isatty(fileno(file)) == 1;
}

std::string Styled(Style style, const std::string& text, bool colour) {
  if (!colour) return text;
  const char* code = "2";
  if (style == Style::kError) code = "31";
  if (style == Style::kWarning) code = "33";
  if (style == Style::kStrong) code = "1";
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

std::string TerminalSafe(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control =
        (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
    // U+0080 to U+009F in UTF-8: some terminals obey these, too.
    const bool c1 = byte == 0xC2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (control) text[i] = '?';
    if (c1) text.replace(i, 2, "?");
  }
  return text;
}

void Complain(const std::string& text) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  std::fprintf(stderr, "copilot-harness: %s\n",
               terminal ? TerminalSafe(text).c_str() : text.c_str());
}

}  // namespace copilot::harness
