// SPDX-License-Identifier: MIT
#include "fake-cli/tools/shell_syntax.h"

#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

using Paths = std::vector<std::string>;

std::vector<std::string> Segments(const std::string& command) {
  std::vector<std::string> texts;
  for (const ShellSegment& segment : ReadShellCommand(command).segments) {
    texts.push_back(segment.program + "|" + segment.text);
  }
  return texts;
}

TEST(ShellSyntax, SplitsListsAndPipelines) {
  EXPECT_EQ(Segments("sleep 20; echo end"),
            Paths({"sleep|sleep 20", "echo|echo end"}));
  EXPECT_EQ(Segments("echo one && rm -f two | cat"),
            Paths({"echo|echo one", "rm|rm -f two", "cat|cat"}));
}

TEST(ShellSyntax, OperatorsInQuotesAreText) {
  EXPECT_EQ(Segments("echo 'a; b' \"c && d\" e\\;f"),
            Paths({"echo|echo 'a; b' \"c && d\" e\\;f"}));
}

TEST(ShellSyntax, RedirectionsBelongToNoSegment) {
  const ShellCommand command = ReadShellCommand("echo a > out.txt");
  EXPECT_EQ(command.segments[0].text, "echo a");
  EXPECT_EQ(command.paths, Paths({"out.txt"}));
  EXPECT_TRUE(command.writes);
}

TEST(ShellSyntax, StreamsThatAreJoinedAreNoFiles) {
  const ShellCommand command = ReadShellCommand("make 2>&1");
  EXPECT_FALSE(command.writes);
}

TEST(ShellSyntax, ArgumentsMayBePaths) {
  EXPECT_EQ(ReadShellCommand("cat note.txt").paths, Paths({"note.txt"}));
  EXPECT_EQ(ReadShellCommand("rm -f 'my file'").paths, Paths({"my file"}));
  EXPECT_EQ(ReadShellCommand("echo hi; sleep 20").paths, Paths());
}

TEST(ShellSyntax, ShortWordsWithoutMarksAreNoPaths) {
  EXPECT_EQ(ReadShellCommand("rm ab abc a.b .x ~ $X /").paths,
            Paths({"abc", "a.b", ".x", "~", "$X", "/"}));
  EXPECT_EQ(ReadShellCommand("chmod u+x foo").paths, Paths({"foo"}));
  EXPECT_EQ(ReadShellCommand("cat foo* --all=bar").paths, Paths());
}

TEST(ShellSyntax, PatternsAndExpressionsAreNoPaths) {
  EXPECT_EQ(ReadShellCommand("grep -r foo src").paths, Paths({"src"}));
  EXPECT_EQ(ReadShellCommand("sed s/a/b/ foo").paths, Paths({"foo"}));
  EXPECT_EQ(ReadShellCommand("find src -name foo").paths, Paths({"src"}));
}

TEST(ShellSyntax, AProgramMayBeAPath) {
  EXPECT_EQ(ReadShellCommand("./run.sh foo").paths, Paths({"./run.sh", "foo"}));
  EXPECT_EQ(ReadShellCommand("A=foo cat bar").paths, Paths({"bar"}));
}

TEST(ShellSyntax, TakesHalfACommand) {
  for (const char* half : {"", ">", "echo '", "a >", "&&", "\\", "cat <"}) {
    ReadShellCommand(half);
  }
}

}  // namespace
}  // namespace copilot::fake_cli
