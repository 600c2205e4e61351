// SPDX-License-Identifier: MIT
#include "harness/usage.h"

#include <gtest/gtest.h>

#include <limits>

namespace copilot::harness {
namespace {

TEST(UsageTest, CountsAreTruncatedAndNotBelowZero) {
  EXPECT_EQ(
      UsageSnapshot(
          {{"inputTokens", 4.9},
           {"outputTokens", 5.1},
           {"cacheReadTokens", -2},
           {"cacheWriteTokens", std::numeric_limits<double>::quiet_NaN()}}),
      Json({{"input", 4}, {"output", 5}, {"cacheRead", 0}, {"total", 9}}));
}

TEST(UsageTest, AnObjectWithoutNumbersIsASnapshotOfZero) {
  EXPECT_EQ(UsageSnapshot({{"inputTokens", "many"}}), Json({{"total", 0}}));
}

TEST(UsageTest, WhatIsNoObjectIsNoSnapshot) {
  EXPECT_TRUE(UsageSnapshot(nullptr).is_null());
  EXPECT_TRUE(UsageSnapshot(7).is_null());
}

TEST(UsageTest, TheRecordTakesTheSnapshot) {
  const Json usage =
      AssistantUsage(UsageSnapshot({{"inputTokens", 3}, {"outputTokens", 2}}),
                     {{"outputTokens", 99}});
  EXPECT_EQ(usage["input"], 3);
  EXPECT_EQ(usage["output"], 2);
  EXPECT_EQ(usage["totalTokens"], 5);
  EXPECT_EQ(usage["cost"]["total"], 0);
}

TEST(UsageTest, ASnapshotOfZeroHidesTheMessagesOwnCount) {
  EXPECT_EQ(AssistantUsage({{"total", 0}}, {{"outputTokens", 9}})["output"], 0);
}

TEST(UsageTest, WithoutSnapshotTheMessagesOwnCountIsUsed) {
  const Json usage = AssistantUsage(nullptr, {{"outputTokens", 9}});
  EXPECT_EQ(usage["output"], 9);
  EXPECT_EQ(usage["totalTokens"], 9);
}

}  // namespace
}  // namespace copilot::harness
