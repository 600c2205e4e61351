// SPDX-License-Identifier: MIT
#include "harness/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace copilot::harness {
namespace {

TEST(TerminalTest, ColourIsForTerminalsOnly) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(ColourOn(file));
  std::fclose(file);
}

TEST(TerminalTest, NoColorAndDumbTerminalsSwitchItOff) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0) GTEST_SKIP() << "no pseudo terminals here";
  std::FILE* const terminal = fdopen(master, "r+");
  ASSERT_NE(terminal, nullptr);
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  const bool on = ColourOn(terminal);
  EXPECT_EQ(on, isatty(master) == 1);
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(ColourOn(terminal));
  setenv("NO_COLOR", "", 1);
  EXPECT_EQ(ColourOn(terminal), on);
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(ColourOn(terminal));
  unsetenv("NO_COLOR");
  std::fclose(terminal);
}

TEST(TerminalTest, StyleIsAroundTheText) {
  EXPECT_EQ(Styled(Style::kError, "no", true), "\x1b[31mno\x1b[0m");
  EXPECT_EQ(Styled(Style::kError, "no", false), "no");
}

TEST(TerminalTest, EscapeSequencesDoNotGetThrough) {
  EXPECT_EQ(TerminalSafe("a\x1b]0;title\x07\r\b\x7f"), "a?]0;title????");
  EXPECT_EQ(TerminalSafe("one\ntwo\tthree \u00e4\u20ac"),
            "one\ntwo\tthree \u00e4\u20ac");
  EXPECT_EQ(TerminalSafe("\u009b31m\u0080"), "?31m?");
  EXPECT_EQ(TerminalSafe("\xC2"), "\xC2");
}

}  // namespace
}  // namespace copilot::harness
