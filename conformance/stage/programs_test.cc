// SPDX-License-Identifier: MIT
#include "conformance/stage/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace copilot::conformance {
namespace {

using Words = std::vector<std::string>;

TEST(SplitCommand, SplitsAsAShellDoes) {
  const std::pair<const char*, Words> rows[] = {
      {"", {}},
      {" \t\n ", {}},
      {"node", {"node"}},
      {"  node  adapter.js\t--x ", {"node", "adapter.js", "--x"}},
      {R"("my program" 'an argument')", {"my program", "an argument"}},
      {R"(--name="a b"c)", {"--name=a bc"}},
      {R"(a '' "")", {"a", "", ""}},
      {R"(a\ b c\\d)", {"a b", "c\\d"}},
      {R"("a \"b\" 'c'")", {R"(a "b" 'c')"}},
      {R"('a \b "c"')", {R"(a \b "c")"}},
      {"a\\", {"a\\"}},
      {"'never closed", {"never closed"}},
  };
  for (const auto& [command, words] : rows) {
    EXPECT_EQ(SplitCommand(command), words) << command;
  }
}

TEST(WithAbsolutePaths, TouchesWhatIsThereOnly) {
  const std::string own = "/proc/self/exe";
  std::filesystem::current_path(testing::TempDir());
  std::ofstream("an-adapter.js") << "";
  const std::string file =
      std::filesystem::current_path().string() + "/an-adapter.js";
  EXPECT_EQ(
      WithAbsolutePaths({"an-adapter.js", "an-adapter.js", "./an-adapter.js",
                         "--flag", "no/such/file", own}),
      (std::vector<std::string>{"an-adapter.js", file, file, "--flag",
                                "no/such/file", own}));
  std::filesystem::remove("an-adapter.js");
}

TEST(FindProgram, KnowsFilesAndWhatIsInThePath) {
  std::filesystem::current_path(testing::TempDir());
  std::filesystem::create_directories("a");
  std::ofstream("a/cli.js") << "";
  const std::string file =
      std::filesystem::current_path().string() + "/a/cli.js";
  EXPECT_EQ(FindProgram("a/cli.js"), file);
  EXPECT_EQ(FindProgram("./a/../a/cli.js"), file);
  EXPECT_EQ(FindProgram("/bin/sh"), "/bin/sh");
  EXPECT_THAT(FindProgram("sh"), testing::EndsWith("/sh"));
  EXPECT_EQ(FindProgram("a"), "");  // a directory
  EXPECT_EQ(FindProgram("no-such-program"), "");
  EXPECT_EQ(FindProgram("no/such/program"), "");
  EXPECT_EQ(FindProgram(""), "");
  std::filesystem::remove_all("a");
}

TEST(Quoted, ComesBackAsOneWord) {
  for (const std::string word :
       {"plain", "two words", "it's", "$HOME", "a\\b", "\"", "", "*"}) {
    EXPECT_EQ(SplitCommand(Quoted(word)), std::vector<std::string>{word});
  }
  EXPECT_EQ(Quoted("a/b-c.d"), "a/b-c.d");
  EXPECT_EQ(Quoted("node my-adapter.js"), "'node my-adapter.js'");
}

TEST(Sibling, IsEmptyForAProgramThatIsNotThere) {
  EXPECT_EQ(Sibling("no-such-program"), "");
}

TEST(Sibling, IsBesideThisProgram) {
  EXPECT_EQ(Sibling("."), ProgramDirectory() + "/.");
}

TEST(OwnVariable, IsEmptyWhenItIsNotSet) {
  EXPECT_EQ(OwnVariable("COPILOT_NO_SUCH_VARIABLE"), "");
}

}  // namespace
}  // namespace copilot::conformance
