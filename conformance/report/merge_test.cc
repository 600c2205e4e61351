// SPDX-License-Identifier: MIT
#include "conformance/report/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using ::testing::ElementsAre;

Part Shards(const std::string& file, int index, int total,
            const std::vector<std::string>& ids,
            const std::string& implementation = "one") {
  Part part{file, {{}, 1.5, 1000.0 - index, Shard{index, total, ""}, {}}};
  for (const std::string& id : ids) {
    part.run.verdicts.push_back(Make(id, Status::kPass));
    part.run.verdicts.back().implementation = implementation;
  }
  return part;
}

TEST(Merge, JoinsTheShardsOfARun) {
  Part second = Shards("2.json", 2, 3, {"a/2"});
  second.run.problems = {"stale"};
  Part third = Shards("3.json", 3, 3, {});
  third.run.problems = {"stale"};
  const auto merged =
      Merge({second, Shards("1.json", 1, 3, {"a/1", "a/3"}), third});
  ASSERT_TRUE(merged.has_value()) << merged.error()[0];
  std::vector<std::string> ids;
  for (const Verdict& verdict : merged->verdicts) ids.push_back(verdict.id);
  EXPECT_THAT(ids, ElementsAre("a/1", "a/2", "a/3"));
  EXPECT_EQ(merged->seconds, 4.5);
  EXPECT_EQ(merged->started, 997);
  EXPECT_FALSE(merged->shard.has_value());
  EXPECT_THAT(merged->problems, ElementsAre("stale"));
}

TEST(Merge, NamesTheShardsThatAreMissing) {
  const auto merged =
      Merge({Shards("2.json", 2, 4, {"a/2"}), Shards("4.json", 4, 4, {"a/4"})});
  ASSERT_FALSE(merged.has_value());
  EXPECT_THAT(merged.error(),
              ElementsAre("shard 1/4 is missing", "shard 3/4 is missing"));
}

TEST(Merge, NamesBothFilesOfAScenarioThatComesTwice) {
  const auto merged =
      Merge({Shards("1.json", 1, 2, {"a/1"}), Shards("2.json", 2, 2, {"a/1"})});
  ASSERT_FALSE(merged.has_value());
  EXPECT_THAT(merged.error(), ElementsAre("a/1 is in 1.json and in 2.json"));
}

TEST(Merge, AnotherRoundOrImplementationIsNotTheSame) {
  Part part = Shards("1.json", 1, 1, {"a/1", "a/1"});
  part.run.verdicts[1].round = 2;
  const Part other = Shards("2.json", 1, 1, {"a/1"}, "two");
  const auto merged = Merge({part, other});
  ASSERT_TRUE(merged.has_value()) << merged.error()[0];
  EXPECT_EQ(merged->verdicts.size(), 3u);
  EXPECT_EQ(merged->verdicts[2].round, 2);
}

TEST(Merge, MissesAShardOfOneOfTwoImplementations) {
  const auto merged =
      Merge({Shards("1.json", 1, 2, {"a/1"}), Shards("2.json", 2, 2, {"a/2"}),
             Shards("3.json", 1, 2, {"a/1"}, "two")});
  ASSERT_FALSE(merged.has_value());
  EXPECT_THAT(merged.error(),
              ElementsAre("shard 2/2 is there 1 times, others 2 times"));
}

TEST(Merge, ShardsOfDifferentRunsAreNotJoined) {
  const auto merged =
      Merge({Shards("1.json", 1, 2, {}), Shards("2.json", 2, 3, {})});
  ASSERT_FALSE(merged.has_value());
  EXPECT_THAT(merged.error(),
              ElementsAre("1.json is shard 1/2, and 2.json is shard 2/3: they "
                          "are of different runs"));
}

TEST(Merge, ReportsOfWholeRunsNeedNoShards) {
  EXPECT_TRUE(Merge({}).has_value());
  Part one = Shards("1.json", 1, 1, {"a/1"});
  one.run.shard.reset();
  EXPECT_TRUE(Merge({one}).has_value());
}

}  // namespace
}  // namespace copilot::conformance
