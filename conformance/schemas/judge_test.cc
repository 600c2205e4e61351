// SPDX-License-Identifier: MIT
#include "conformance/schemas/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/schemas/small_release.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SchemaJudgeTest : public testing::Test {
 protected:
  std::unique_ptr<SchemaJudge> Make(Strictness strictness) {
    const std::string file = release_.Write("differences.json", R"({
      "differences": [
        {"frames": ["session.event new*", "session.event old"],
         "paths": ["unknown"], "reason": "The real CLI sends it."},
        {"scenario": "odd/*", "frames": ["session.event said"],
         "paths": ["$.params.event.data.*"], "reason": "The rule is odd."}
      ]})");
    auto judge = SchemaJudge::Make(release_.path(), strictness, file);
    EXPECT_TRUE(judge) << judge.error();
    return std::move(*judge);
  }

  static std::vector<Violation> JudgeEvent(SchemaJudge& judge,
                                           const SchemaJudge::Source& source,
                                           const Json& event) {
    return judge.Judge(
        source, {{"method", "session.event"}, {"params", {{"event", event}}}},
        "");
  }

  const SmallRelease release_;
};

const SchemaJudge::Source kRecording = {"", true};
const SchemaJudge::Source kPlayed = {"", false};
const Json kNew = {{"type", "new"}};
const Json kOdd = {{"type", "said"}, {"data", {{"text", 7}}}};

TEST_F(SchemaJudgeTest, WhatTheRealCliDoesIsAcceptedEverywhere) {
  const auto judge = Make(Strictness::kStrict);
  EXPECT_THAT(JudgeEvent(*judge, kRecording, kNew), IsEmpty());
  EXPECT_THAT(JudgeEvent(*judge, kPlayed, kNew), IsEmpty());
  EXPECT_THAT(JudgeEvent(*judge, {"a/b", false}, kNew), IsEmpty());
  EXPECT_THAT(JudgeEvent(*judge, kPlayed, {{"type", "other"}}), SizeIs(1));
  EXPECT_EQ(judge->frames(), 4);
  EXPECT_EQ(judge->accepted(), 3);
}

TEST_F(SchemaJudgeTest, WhatAScenarioWantsIsAcceptedThereOnly) {
  const auto judge = Make(Strictness::kStrict);
  EXPECT_THAT(JudgeEvent(*judge, {"odd/one", false}, kOdd), IsEmpty());
  EXPECT_THAT(JudgeEvent(*judge, {"even/one", false}, kOdd), SizeIs(1));
  EXPECT_THAT(JudgeEvent(*judge, kRecording, kOdd), SizeIs(1));
}

TEST_F(SchemaJudgeTest, AnEntryThatNoRecordingNeedsIsTold) {
  const auto judge = Make(Strictness::kStrict);
  JudgeEvent(*judge, kPlayed, {{"type", "old"}});
  JudgeEvent(*judge, kRecording, kNew);
  EXPECT_THAT(judge->Unneeded(false),
              ElementsAre("session.event old at unknown"));
  EXPECT_THAT(judge->Unneeded(true),
              ElementsAre(HasSubstr("scenario odd/*: session.event said")));
  JudgeEvent(*judge, kRecording, {{"type", "old"}});
  JudgeEvent(*judge, {"odd/one", false}, kOdd);
  EXPECT_THAT(judge->Unneeded(false), IsEmpty());
  EXPECT_THAT(judge->Unneeded(true), IsEmpty());
}

TEST_F(SchemaJudgeTest, SchemasOfAnotherReleaseNeedNoEntries) {
  EXPECT_THAT(Make(Strictness::kLenient)->Unneeded(false), IsEmpty());
}

TEST_F(SchemaJudgeTest, AnEntryWithoutAReasonIsRefused) {
  const std::string file = release_.Write("unreasoned.json", R"({
    "differences": [{"frames": ["a"], "paths": ["b"]}]})");
  const auto judge =
      SchemaJudge::Make(release_.path(), Strictness::kStrict, file);
  ASSERT_FALSE(judge);
  EXPECT_THAT(judge.error(), HasSubstr("reason"));
}

TEST(DescribeViolations, NamesPathComplaintAndValue) {
  EXPECT_EQ(Describe({{"f", "$.a", "1", "expected string"}}, "  "),
            "  $.a: expected string\n    value  1\n");
}

}  // namespace
}  // namespace copilot::conformance
