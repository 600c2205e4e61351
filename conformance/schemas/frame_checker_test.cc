// SPDX-License-Identifier: MIT
#include "conformance/schemas/frame_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/schemas/conversation.h"
#include "conformance/schemas/small_release.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json Event(const Json& event) {
  return {{"method", "session.event"}, {"params", {{"event", event}}}};
}

class FrameCheckerTest : public testing::Test {
 protected:
  // "frame path: complaint (value)" for each.
  std::vector<std::string> Check(const Json& message,
                                 const std::string& answered = "") {
    std::vector<std::string> found;
    for (const Violation& each : checker_.Check(message, answered)) {
      found.push_back(each.frame + " " + each.path + ": " + each.complaint +
                      " (" + each.value + ")");
    }
    return found;
  }

  const SmallRelease release_;
  const FrameChecker checker_{release_.Load()};
};

TEST_F(FrameCheckerTest, AnEventIsCheckedByItsType) {
  EXPECT_THAT(Check(Event({{"type", "said"}, {"data", {{"text", "hi"}}}})),
              IsEmpty());
  EXPECT_THAT(Check(Event({{"type", "said"}, {"data", {{"text", 7}}}})),
              ElementsAre("session.event said $.params.event.data.text: "
                          "expected string, got number 7 (7)"));
}

TEST_F(FrameCheckerTest, APathLeadsToTheMemberThatIsMissingOrTooMuch) {
  EXPECT_THAT(
      Check(Event({{"type", "said"}, {"data", {{"words", "hi"}}}})),
      ElementsAre(HasSubstr("$.params.event.data.text: missing member "
                            "\"text\" (nothing)"),
                  HasSubstr("$.params.event.data.words: unknown member")));
}

TEST_F(FrameCheckerTest, ReferencesLeadIntoTheOtherFileToo) {
  const Json event = {{"type", "said"},
                      {"data",
                       {{"text", ""},
                        {"marks",
                         {{{"kind", "dot"}, {"size", 1}},
                          {{"kind", "dot"}, {"size", "big"}}}}}}};
  EXPECT_THAT(Check(Event(event)),
              ElementsAre(HasSubstr("data.marks[1].size: expected integer")));
  EXPECT_THAT(Check({{"id", 1}, {"result", 5}}, "log.open"), IsEmpty());
  EXPECT_THAT(Check({{"id", 1}, {"result", "five"}}, "log.open"),
              ElementsAre(HasSubstr("result log.open $.result: expected")));
}

TEST_F(FrameCheckerTest, AnAnswerIsCheckedByWhatItAnswers) {
  EXPECT_THAT(Check({{"id", 1}, {"result", nullptr}}, "session.send"),
              IsEmpty());
  EXPECT_THAT(Check({{"id", 1}, {"result", Json::object()}}, "session.send"),
              ElementsAre(HasSubstr("expected null")));
  EXPECT_THAT(Check({{"id", 1}, {"result", 1}}), IsEmpty());
  EXPECT_THAT(Check({{"id", 1}, {"error", {{"code", 1}}}}, "session.send"),
              IsEmpty());
}

TEST_F(FrameCheckerTest, WhatStandsBesideAReferenceCounts) {
  const auto pong = [](const char* kind) {
    return Json({{"id", 1}, {"result", {{"message", "m"}, {"kind", kind}}}});
  };
  EXPECT_THAT(Check(pong("b"), "ping"), IsEmpty());
  EXPECT_THAT(Check(pong("a"), "ping"),
              ElementsAre(HasSubstr("$.result.kind: expected \"b\"")));
}

TEST_F(FrameCheckerTest, RequestsToTheClientAreCheckedByTheirParams) {
  EXPECT_THAT(Check({{"id", 1},
                     {"method", "user.ask"},
                     {"params", {{"question", "why?"}}}}),
              IsEmpty());
  EXPECT_THAT(Check({{"id", 1}, {"method", "user.ask"}}),
              ElementsAre(HasSubstr("request user.ask $.params: expected "
                                    "object, got null (null)")));
}

TEST_F(FrameCheckerTest, WhatTheSchemasDoNotNameIsUnknown) {
  EXPECT_THAT(Check(Event({{"type", "new"}})),
              ElementsAre(HasSubstr("session.event new unknown: ")));
  EXPECT_THAT(Check({{"id", 1}, {"result", 1}}, "session.new"),
              ElementsAre(HasSubstr("result session.new unknown: ")));
  EXPECT_THAT(Check({{"method", "note"}, {"params", 1}}),
              ElementsAre(HasSubstr("notification note unknown: ")));
}

TEST_F(FrameCheckerTest, SchemasOfAnotherReleaseNeedNotNameEverything) {
  const FrameChecker lenient(release_.Load(Strictness::kLenient));
  EXPECT_THAT(lenient.Check(Event({{"type", "new"}}), ""), IsEmpty());
  EXPECT_THAT(
      lenient.Check(
          Event({{"type", "said"}, {"data", {{"text", ""}, {"more", 1}}}}), ""),
      IsEmpty());
  EXPECT_THAT(
      lenient.Check(Event({{"type", "said"}, {"data", {{"text", 7}}}}), ""),
      testing::SizeIs(1));
}

TEST(PublishedSchemasTest, WhatCannotBeReadIsNamed) {
  const SmallRelease release;
  EXPECT_THAT(
      PublishedSchemas::Load("/nonexistent", Strictness::kStrict).error(),
      HasSubstr("/nonexistent/api.schema.json"));
  release.Write("session-events.schema.json", "{}");
  EXPECT_THAT(
      PublishedSchemas::Load(release.path(), Strictness::kStrict).error(),
      HasSubstr("names no methods or no events"));
}

TEST_F(FrameCheckerTest, AClientIsCheckedByWhatItCallsAndAnswers) {
  const auto check = [&](const Json& message, const char* answered) {
    std::vector<std::string> found;
    for (const Violation& each : checker_.CheckClient(message, answered)) {
      found.push_back(each.frame + " " + each.path);
    }
    return found;
  };
  const Json send = {{"method", "session.send"}, {"params", {{"prompt", 7}}}};
  EXPECT_THAT(check(send, ""),
              ElementsAre("params session.send $.params.prompt"));
  const Json answer = {{"id", 1}, {"result", {{"text", 7}}}};
  EXPECT_THAT(check(answer, "user.ask"),
              ElementsAre("answer user.ask $.result.text"));
  EXPECT_THAT(check(answer, "user.never"), IsEmpty());
  EXPECT_THAT(check(answer, ""), IsEmpty());
  // The schemas leave out those of the SDK's first days.
  EXPECT_THAT(check({{"method", "session.create"}, {"params", 7}}, ""),
              IsEmpty());
  EXPECT_THAT(check({{"method", 7}}, ""), IsEmpty());
  EXPECT_THAT(check({{"id", 1}, {"error", 7}}, "user.ask"), IsEmpty());
}

TEST(ConversationTest, AnAnswerIsKnownByItsId) {
  Conversation conversation;
  conversation.Asked({{"id", 1}, {"method", "a"}});
  conversation.Asked({{"id", "1"}, {"method", "b"}});
  conversation.Asked({{"id", 1}, {"result", "to the CLI"}});
  EXPECT_EQ(conversation.Answered({{"id", 1}, {"result", 0}}), "a");
  EXPECT_EQ(conversation.Answered({{"id", "1"}, {"result", 0}}), "b");
  EXPECT_EQ(conversation.Answered({{"id", 2}, {"result", 0}}), "");
  EXPECT_EQ(conversation.Answered({{"id", 1}, {"method", "c"}}), "");
}

}  // namespace
}  // namespace copilot::conformance
