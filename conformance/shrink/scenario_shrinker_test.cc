// SPDX-License-Identifier: MIT
#include "conformance/shrink/scenario_shrinker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"
#include "conformance/stage/programs.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

using ::testing::HasSubstr;

constexpr char kFailing[] = R"({
  "id": "turn/greeting",
  "title": "The harness says bye", // it does not
  "contract": ["C-1"],
  "target": "harness",
  "level": "core",
  "requires": ["attempt"],
  "given": {
    "env": {"A": "1", "B": "2"},
    "cli": {"turns": [{"say": "hello"}, {"say": "there"}]}
  },
  "when": [
    {"writeFile": {"path": "${workspace}/a", "text": "a"}},
    {"attempt": {"prompt": "hi", "timeoutMs": 9000}, "as": "first"},
    {"attempt": {"prompt": "hi"}, "as": "second"}
  ],
  "then": [
    {"file": "${workspace}/a", "text": "a"},
    {"result": "first", "match": {"assistantTexts": ["bye"]}},
    {"result": "second", "match": {"assistantTexts": ["hello"]}}
  ]
})";

class ShrinkScenarioTest : public ::testing::Test {
 protected:
  tl::expected<ShrunkScenario, std::string> Shrink(const std::string& text,
                                                   const std::string& mode,
                                                   int budget = 200,
                                                   bool reference = false) {
    const std::string file = sandbox_.temp() + "/greeting.json";
    sandbox_.Write(file, text);
    const auto scenario = LoadScenario(file, "", nullptr);
    EXPECT_TRUE(scenario.has_value());
    Settings settings;
    settings.adapter = {TEST_ADAPTER, mode};
    settings.fake_cli = FAKE_COPILOT;
    settings.path = OwnVariable("PATH");
    Settings sound = settings;
    sound.adapter = {TEST_ADAPTER, "good"};
    return ShrinkScenario(*scenario, settings, reference ? &sound : nullptr,
                          budget,
                          [&](int runs, const Verdict&) { runs_ = runs; });
  }

  Sandbox sandbox_;
  int runs_ = 0;
};

TEST_F(ShrinkScenarioTest, LeavesOneStepAndOneCheck) {
  const auto shrunk = Shrink(kFailing, "good");
  ASSERT_TRUE(shrunk.has_value()) << shrunk.error();
  EXPECT_EQ(shrunk->way, "result of first: $.assistantTexts[#]");
  EXPECT_EQ(shrunk->document["when"].dump(),
            R"([{"attempt":{},"as":"first"}])");
  EXPECT_EQ(shrunk->document["then"].dump(),
            R"([{"result":"first","match":{"assistantTexts":["bye"]}}])");
  EXPECT_FALSE(shrunk->document.contains("given"));
  EXPECT_EQ(shrunk->document["requires"].dump(), R"(["attempt"])");
  EXPECT_EQ(shrunk->document["level"], "core");
  EXPECT_FALSE(shrunk->exhausted);
  EXPECT_EQ(shrunk->runs, runs_);
  EXPECT_LE(shrunk->runs, 200);
}

TEST_F(ShrinkScenarioTest, AStepThatFailsStaysWithoutItsNumber) {
  const auto shrunk = Shrink(kFailing, "die");
  ASSERT_TRUE(shrunk.has_value()) << shrunk.error();
  EXPECT_EQ(shrunk->way, "step: the adapter ended during attempt.run");
  EXPECT_EQ(shrunk->document["when"].size(), 1u);
  EXPECT_EQ(shrunk->document["then"].size(), 1u);
}

TEST_F(ShrinkScenarioTest, WhatAReferencePassesItPassesStill) {
  std::string text = kFailing;
  text.replace(text.find("[\"bye\"]"), 7, "[\"hello\"]");
  const auto shrunk = Shrink(text, "silent", 200, true);
  ASSERT_TRUE(shrunk.has_value()) << shrunk.error();
  EXPECT_TRUE(shrunk->passes_with_reference);
  EXPECT_EQ(shrunk->document["then"].dump(),
            R"([{"result":"first","match":{"assistantTexts":["hello"]}}])");
  EXPECT_FALSE(Shrink(kFailing, "good", 200, true)->passes_with_reference);
}

TEST_F(ShrinkScenarioTest, StaysWithinItsBudget) {
  const auto shrunk = Shrink(kFailing, "good", 4);
  ASSERT_TRUE(shrunk.has_value()) << shrunk.error();
  EXPECT_EQ(shrunk->runs, 4);
  EXPECT_TRUE(shrunk->exhausted);
}

TEST_F(ShrinkScenarioTest, WhatPassesIsNotReduced) {
  std::string text = kFailing;
  text.replace(text.find("[\"bye\"]"), 7, "[\"hello\"]");
  const auto shrunk = Shrink(text, "good");
  ASSERT_FALSE(shrunk.has_value());
  EXPECT_EQ(shrunk.error(), "turn/greeting does not fail");
}

TEST(WayOfFailing, KnowsWhatDiffersFromRunToRun) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.failures = {{"step 12", "time is up after 300 ms: x\nmore"}};
  EXPECT_EQ(WayOfFailing(verdict), "step: time is up after # ms");
  verdict.failures = {{"result of a12", "detail"}};
  EXPECT_EQ(WayOfFailing(verdict), "result of a12: detail");
  verdict.failures = {
      {"CLI spawned", "  expected  1 times\n  came      0 times of 1:\n  x"}};
  EXPECT_EQ(WayOfFailing(verdict),
            "CLI spawned:   expected  # times;   came      0 times of 1:");
  verdict.status = Status::kError;
  verdict.reason = "given.cli: /tmp/a: wrong";
  EXPECT_EQ(WayOfFailing(verdict), "error: given.cli");
  EXPECT_EQ(WayOfFailing(Make("a/b", Status::kPass)), "");
  EXPECT_EQ(WayOfFailing(Make("a/b", Status::kSkip)), "");
}

}  // namespace
}  // namespace copilot::conformance
