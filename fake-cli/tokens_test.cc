// SPDX-License-Identifier: MIT
#include "fake-cli/tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace copilot::fake_cli {
namespace {

// As counted by the real CLI 1.0.102 for results of tools.
TEST(CountTokens, AgreesWithTheRealCliOnOrdinaryTexts) {
  EXPECT_EQ(CountTokens("fact"), 1);
  EXPECT_EQ(CountTokens("fact about cats"), 3);
  EXPECT_EQ(CountTokens("inside\n"), 2);
  EXPECT_EQ(CountTokens("echo: hello"), 3);
  EXPECT_EQ(CountTokens("./made.txt"), 3);
  EXPECT_EQ(CountTokens("./made.txt:gamma"), 5);
  EXPECT_EQ(CountTokens("User selected: blue"), 4);
  EXPECT_EQ(CountTokens("Hi from the sub-agent."), 6);
  EXPECT_EQ(CountTokens("hi\n<shellId: 0 completed with exit code 0>"), 15);
}

TEST(CountTokens, AnEmptyTextHasNone) { EXPECT_EQ(CountTokens(""), 0); }

TEST(CountTokens, TakesAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_GT(CountTokens(bytes), 0);
}

}  // namespace
}  // namespace copilot::fake_cli
