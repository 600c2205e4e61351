// SPDX-License-Identifier: MIT
#include "harness/byok/spool.h"

#include <gtest/gtest.h>

#include <string>

namespace copilot::harness {
namespace {

TEST(SpoolTest, GivesBackWhatItGot) {
  Spool spool;
  EXPECT_TRUE(spool.Append("one "));
  EXPECT_TRUE(spool.Append("two"));
  EXPECT_EQ(spool.size(), 7u);
  EXPECT_EQ(spool.Read(0, 100), "one two");
  EXPECT_EQ(spool.Read(4, 2), "tw");
  EXPECT_EQ(spool.Read(7, 10), "");
  EXPECT_EQ(spool.Read(100, 10), "");
}

TEST(SpoolTest, GivesBackWhatDoesNotFitIntoMemory) {
  Spool spool;
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string piece(10'007, static_cast<char>('a' + i % 26));
    all += piece;
    ASSERT_TRUE(spool.Append(piece));
  }
  EXPECT_EQ(spool.size(), all.size());
  std::string read;
  while (read.size() < all.size()) {
    const std::string piece = spool.Read(read.size(), 65'536);
    ASSERT_FALSE(piece.empty());
    read += piece;
  }
  EXPECT_EQ(read, all);
  EXPECT_EQ(spool.Read(all.size(), 10), "");
}

}  // namespace
}  // namespace copilot::harness
