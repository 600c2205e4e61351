// SPDX-License-Identifier: MIT
#include "fake-cli/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake-cli/scratch_directory.h"

namespace copilot::fake_cli {
namespace {

using ::testing::HasSubstr;

class ScriptTest : public testing::Test {
 protected:
  Script Load(const std::string& text) {
    auto script = Script::Load(scratch_.Write("script.json", text));
    EXPECT_TRUE(script) << script.error().front().ToString();
    return script ? std::move(*script) : Script();
  }

  std::string Complaint(const std::string& text) {
    const auto script = Script::Load(scratch_.Write("script.json", text));
    return script ? "(no complaint)" : script.error().front().ToString();
  }

  // What the turn that answers `query` says; "echo" without one.
  static std::string Say(Script& script, const TurnQuery& query) {
    const ScriptTurn* turn = script.NextTurn(query);
    return turn == nullptr ? "echo" : turn->steps.at(0)["say"];
  }
  static std::string Say(Script& script, const std::string& prompt) {
    return Say(script, TurnQuery{prompt, "s", "m", 1});
  }

  // Which of the first `calls` calls of a method are struck, as "x.x".
  static std::string Struck(Script& script, int calls, uint64_t seed = 1,
                            const std::string& session = "s") {
    IdSource random(seed);
    std::string struck;
    for (int i = 0; i < calls; ++i) {
      struck += script.NextFault("ping", session, random) ? 'x' : '.';
    }
    return struck;
  }

  ScratchDirectory scratch_;
};

TEST_F(ScriptTest, AMissingFileIsNamed) {
  const auto script = Script::Load(scratch_.File("none.json"));
  ASSERT_FALSE(script);
  EXPECT_THAT(script.error().front().ToString(), HasSubstr("none.json"));
}

TEST_F(ScriptTest, ASyntaxErrorNamesItsLine) {
  EXPECT_THAT(Complaint("{\n\"turns\": [\n}"), HasSubstr("script.json:3"));
}

TEST_F(ScriptTest, AWrongValueNamesItsPath) {
  EXPECT_THAT(Complaint(R"({"turns":[{"say":"a"},{"say":7}]})"),
              HasSubstr("$.turns[1]"));
}

TEST_F(ScriptTest, AnUnknownMemberIsRefused) {
  EXPECT_THAT(Complaint(R"({"trns":[]})"), HasSubstr("trns"));
}

TEST_F(ScriptTest, ABrokenRegexNamesItsPath) {
  EXPECT_THAT(
      Complaint(R"({"turns":[{"when":{"prompt":{"regex":"("}},"say":"a"}]})"),
      HasSubstr("$.turns[0].when.prompt.regex: \"(\" is no regular"));
}

TEST_F(ScriptTest, CommentsAreAllowed) {
  EXPECT_TRUE(Load("// a script\n{\"turns\":[{\"say\":\"a\"}]}").has_turns());
}

TEST_F(ScriptTest, TheHeadIsRead) {
  const Script script = Load(
      R"({"version":"1.2.3","seed":7,"auth":{"acceptAnyToken":true},
          "models":[{"id":"m"}]})");
  EXPECT_EQ(script.version(), "1.2.3");
  EXPECT_EQ(script.seed(), 7u);
  EXPECT_EQ(script.auth()["acceptAnyToken"], true);
  EXPECT_EQ(script.models()[0]["id"], "m");
  EXPECT_TRUE(script.loaded());
  EXPECT_FALSE(script.has_turns());
}

TEST_F(ScriptTest, WithoutAScriptTheEchoAnswers) {
  Script script;
  EXPECT_EQ(Say(script, "hi"), "echo");
  EXPECT_EQ(script.version(), "1.0.102");
  EXPECT_FALSE(script.loaded());
}

TEST_F(ScriptTest, TurnsPlayInOrderOnceAndThenTheEchoAnswers) {
  Script script = Load(R"({"turns":[{"say":"a"},{"say":"b"}]})");
  EXPECT_EQ(Say(script, "1"), "a");
  EXPECT_EQ(Say(script, "2"), "b");
  EXPECT_EQ(Say(script, "3"), "echo");
}

TEST_F(ScriptTest, SessionsShareTheTurnsThatPlayInOrder) {
  Script script = Load(R"({"turns":[{"say":"a"},{"say":"b"}]})");
  EXPECT_EQ(Say(script, {"p", "one", "m", 1}), "a");
  EXPECT_EQ(Say(script, {"p", "two", "m", 1}), "b");
}

TEST_F(ScriptTest, AConditionWinsOverTheOrderAndLastsForEver) {
  Script script =
      Load(R"({"turns":[{"say":"a"},{"when":{"prompt":"cat"},"say":"meow"}]})");
  EXPECT_EQ(Say(script, "cat"), "meow");
  EXPECT_EQ(Say(script, "cat"), "meow");
  EXPECT_EQ(Say(script, "a cat"), "a");
}

TEST_F(ScriptTest, TheFirstConditionThatHoldsWins) {
  Script script = Load(
      R"({"turns":[{"when":{"prompt":{"regex":"x"}},"say":"first"},
                   {"when":{"prompt":"x"},"say":"second"}]})");
  EXPECT_EQ(Say(script, "x"), "first");
}

TEST_F(ScriptTest, ARegexMatchesAnywhere) {
  Script script = Load(
      R"({"turns":[{"when":{"prompt":{"regex":"ca[tr]s?"}},"say":"yes"}]})");
  EXPECT_EQ(Say(script, "two cars here"), "yes");
  EXPECT_EQ(Say(script, "dogs"), "echo");
}

TEST_F(ScriptTest, AllMembersOfAConditionMustHold) {
  Script script = Load(
      R"({"turns":[{"when":{"session":"s","model":"m","nth":2},"say":"y"}]})");
  EXPECT_EQ(Say(script, {"p", "s", "m", 1}), "echo");
  EXPECT_EQ(Say(script, {"p", "t", "m", 2}), "echo");
  EXPECT_EQ(Say(script, {"p", "s", "n", 2}), "echo");
  EXPECT_EQ(Say(script, {"p", "s", "m", 2}), "y");
}

TEST_F(ScriptTest, TimesLimitsAConditionAndExtendsATurnInOrder) {
  Script script = Load(
      R"({"turns":[{"when":{"prompt":"x"},"times":1,"say":"once"},
                   {"times":2,"say":"twice"}]})");
  EXPECT_EQ(Say(script, "x"), "once");
  EXPECT_EQ(Say(script, "x"), "twice");
  EXPECT_EQ(Say(script, "x"), "twice");
  EXPECT_EQ(Say(script, "x"), "echo");
}

TEST_F(ScriptTest, StatesBelongToASession) {
  Script script = Load(
      R"({"turns":[{"when":{"state":""},"setState":"met","say":"hello"},
                   {"when":{"state":"met"},"say":"again"}]})");
  EXPECT_EQ(Say(script, {"p", "one", "m", 1}), "hello");
  EXPECT_EQ(Say(script, {"p", "one", "m", 2}), "again");
  EXPECT_EQ(Say(script, {"p", "two", "m", 1}), "hello");
}

TEST_F(ScriptTest, ATurnIsItsStepsOrOneStepWrittenDirectly) {
  Script script = Load(
      R"({"turns":[{"steps":[{"say":"a"},{"idle":true}]},
                   {"say":"b","reasoning":"r"}]})");
  EXPECT_EQ(script.NextTurn({})->steps.size(), 2u);
  const ScriptTurn* direct = script.NextTurn({});
  ASSERT_EQ(direct->steps.size(), 1u);
  EXPECT_EQ(direct->steps[0]["reasoning"], "r");
}

TEST_F(ScriptTest, AFaultStrikesEveryTimeOrTheNthTime) {
  const std::string head = R"({"faults":[{"on":"ping",)";
  const std::string tail = R"("error":{"message":"m"}}]})";
  Script always = Load(head + tail);
  EXPECT_EQ(Struck(always, 3), "xxx");
  Script second = Load(head + R"("nth":2,)" + tail);
  EXPECT_EQ(Struck(second, 4), ".x..");
}

TEST_F(ScriptTest, AFaultHasAMethodOrAStar) {
  Script script =
      Load(R"({"faults":[{"on":"session.send","error":{"message":"m"}}]})");
  EXPECT_EQ(Struck(script, 2), "..");
  IdSource random(1);
  const Fault* fault = script.NextFault("session.send", "s", random);
  ASSERT_NE(fault, nullptr);
  EXPECT_EQ(fault->effect["error"]["message"], "m");
  Script star = Load(R"({"faults":[{"on":"*","stall":true}]})");
  EXPECT_EQ(Struck(star, 2), "xx");
}

TEST_F(ScriptTest, AFaultOfOneSessionCountsOnlyThatOne) {
  Script script =
      Load(R"({"faults":[{"on":"ping","session":"s","nth":2,"stall":true}]})");
  EXPECT_EQ(Struck(script, 3, 1, "t"), "...");
  EXPECT_EQ(Struck(script, 3, 1, "s"), ".x.");
}

TEST_F(ScriptTest, ChanceRepeatsWithItsSeed) {
  const std::string text =
      R"({"faults":[{"on":"ping","probability":0.5,"stall":true}]})";
  Script one = Load(text);
  Script two = Load(text);
  Script other = Load(text);
  const std::string struck = Struck(one, 64, 42);
  EXPECT_EQ(struck, Struck(two, 64, 42));
  EXPECT_NE(struck, Struck(other, 64, 43));
  EXPECT_THAT(struck, HasSubstr("x"));
  EXPECT_THAT(struck, HasSubstr("."));
}

TEST_F(ScriptTest, ProbabilityZeroNeverStrikes) {
  Script script =
      Load(R"({"faults":[{"on":"ping","probability":0,"stall":true}]})");
  EXPECT_EQ(Struck(script, 8), "........");
}

TEST_F(ScriptTest, TheFirstOfTwoFaultsStrikesButBothCount) {
  Script script = Load(
      R"({"faults":[{"on":"ping","nth":1,"stall":true},
                    {"on":"ping","nth":2,"close":true}]})");
  IdSource random(1);
  EXPECT_TRUE(script.NextFault("ping", "", random)->effect.contains("stall"));
  EXPECT_TRUE(script.NextFault("ping", "", random)->effect.contains("close"));
  EXPECT_EQ(script.NextFault("ping", "", random), nullptr);
}

TEST_F(ScriptTest, CompactionsGoThroughTheListAndTheLastStays) {
  Script script = Load(R"({"compaction":[{"summary":"a"},{"summary":"b"}]})");
  EXPECT_EQ(script.NextCompaction()["summary"], "a");
  EXPECT_EQ(script.NextCompaction()["summary"], "b");
  EXPECT_EQ(script.NextCompaction()["summary"], "b");
}

TEST_F(ScriptTest, OneCompactionServesEveryCallAndNoneIsEmpty) {
  Script one = Load(R"({"compaction":{"summary":"a"}})");
  EXPECT_EQ(one.NextCompaction()["summary"], "a");
  EXPECT_EQ(one.NextCompaction()["summary"], "a");
  Script none = Load("{}");
  EXPECT_EQ(none.NextCompaction(), nlohmann::json::object());
}

}  // namespace
}  // namespace copilot::fake_cli
