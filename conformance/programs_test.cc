// SPDX-License-Identifier: MIT
#include "conformance/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
