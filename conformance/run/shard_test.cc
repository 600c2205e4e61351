// SPDX-License-Identifier: MIT
#include "conformance/run/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace copilot::conformance {
namespace {

using Set = std::map<std::string, std::string>;

tl::expected<Shard, std::string> Parse(const std::string& text,
                                       const Set& set = {}) {
  return Shard::Parse(text, [&](const char* name) {
    const auto found = set.find(name);
    return found == set.end() ? "" : found->second;
  });
}

std::string Parsed(const std::string& text, const Set& set = {}) {
  const auto shard = Parse(text, set);
  return shard ? shard->ToString() : shard.error();
}

TEST(Shard, IsNamedByNumbers) {
  EXPECT_EQ(Parsed("1/1"), "1/1");
  EXPECT_EQ(Parsed("3/4"), "3/4");
}

TEST(Shard, IsFoundInTheVariablesOfEachService) {
  EXPECT_EQ(Parsed("auto", {{"SHARD_INDEX", "2"}, {"SHARD_TOTAL", "4"}}),
            "2/4");
  EXPECT_EQ(Parsed("auto", {{"CI_NODE_INDEX", "4"}, {"CI_NODE_TOTAL", "4"}}),
            "4/4");
  EXPECT_EQ(Parsed("auto", {{"CI_NODE_TOTAL", "1"}}), "1/1");
  EXPECT_EQ(
      Parsed("auto", {{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", "4"}}),
      "1/4");
  EXPECT_EQ(
      Parsed("auto", {{"JOB_COMPLETION_INDEX", "3"}, {"JOB_COMPLETIONS", "4"}}),
      "4/4");
  EXPECT_EQ(Parsed("auto/4", {{"JOB_COMPLETION_INDEX", "0"}}), "1/4");
  EXPECT_EQ(Parsed("auto/4", {{"SHARD_INDEX", "4"}, {"SHARD_TOTAL", "4"}}),
            "4/4");
}

TEST(Shard, KnowsTheFileThatBazelLooksFor) {
  const Set bazel = {{"TEST_SHARD_INDEX", "0"},
                     {"TEST_TOTAL_SHARDS", "2"},
                     {"TEST_SHARD_STATUS_FILE", "/tmp/status"}};
  EXPECT_EQ(Parse("auto", bazel)->status_file, "/tmp/status");
  EXPECT_EQ(Parse("1/2", bazel)->status_file, "");
}

TEST(Shard, SaysWhatIsWrongWithIt) {
  const std::tuple<const char*, Set, const char*> rows[] = {
      {"", {}, "--shard : expected i/n, auto or auto/n"},
      {"3", {}, "--shard 3: expected i/n, auto or auto/n"},
      {"x/3", {}, "--shard x/3: expected i/n, auto or auto/n"},
      {"1/",
       {},
       "--shard 1/: expected a number from 1 to 10000 after the slash, got "
       "\"\""},
      {"1/0",
       {},
       "--shard 1/0: expected a number from 1 to 10000 after the slash, got "
       "\"0\""},
      {"1/99999999999999999999",
       {},
       "--shard 1/99999999999999999999: expected a number from 1 to 10000 "
       "after the slash, got \"99999999999999999999\""},
      {"0/3", {}, "--shard 0/3: expected a shard from 1 to 3, got 0"},
      {"4/3", {}, "--shard 4/3: expected a shard from 1 to 3, got 4"},
      {"auto",
       {},
       "--shard auto: none of SHARD_INDEX, CI_NODE_INDEX, TEST_SHARD_INDEX, "
       "JOB_COMPLETION_INDEX is set"},
      {"auto",
       {{"JOB_COMPLETION_INDEX", "0"}},
       "JOB_COMPLETION_INDEX is set, and JOB_COMPLETIONS is not: say how many "
       "there are with --shard auto/N"},
      {"auto",
       {{"SHARD_INDEX", "0"}, {"SHARD_TOTAL", "4"}},
       "SHARD_INDEX: expected a number from 1 to 4, got \"0\""},
      {"auto",
       {{"TEST_SHARD_INDEX", "4"}, {"TEST_TOTAL_SHARDS", "4"}},
       "TEST_SHARD_INDEX: expected a number from 0 to 3, got \"4\""},
      {"auto",
       {{"SHARD_INDEX", "1"}, {"SHARD_TOTAL", "many"}},
       "SHARD_TOTAL: expected a number from 1 to 10000, got \"many\""},
      {"auto/3",
       {{"SHARD_INDEX", "1"}, {"SHARD_TOTAL", "4"}},
       "SHARD_TOTAL is 4, and --shard auto/3 says another number"},
  };
  for (const auto& [text, set, message] : rows) {
    EXPECT_EQ(Parsed(text, set), message) << text;
  }
}

// Any list, any number of shards: nothing is lost, nothing comes twice, and no
// shard has more than its part.
TEST(Shard, EachIsInExactlyOne) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<int> list(random() % 700);
    for (int& each : list) each = static_cast<int>(random());
    const int total = 1 + static_cast<int>(random() % 40);
    std::vector<int> all;
    for (int index = 1; index <= total; ++index) {
      const std::vector<int> part = Shard{index, total, ""}.Of(list);
      const size_t share = list.size() / static_cast<size_t>(total);
      EXPECT_GE(part.size(), share);
      EXPECT_LE(part.size(), share + 1);
      all.insert(all.end(), part.begin(), part.end());
    }
    EXPECT_THAT(all, testing::UnorderedElementsAreArray(list));
  }
}

}  // namespace
}  // namespace copilot::conformance
