// SPDX-License-Identifier: MIT
#include "conformance/report/excerpt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = Utterance::Kind;

Verdict Talked(int before, int after) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.failures = {{"received session.create", ""}};
  const auto say = [&](const std::string& title) {
    verdict.conversation.push_back({verdict.conversation.size() / 1000.0,
                                    "harness", "CLI", Kind::kRequest, title,
                                    ""});
  };
  for (int i = 0; i < before; ++i) say("before" + std::to_string(i));
  say("session.create");
  for (int i = 0; i < after; ++i) say("after" + std::to_string(i));
  return verdict;
}

TEST(ExcerptOf, StandsAroundWhatTheFailureNames) {
  const Excerpt excerpt = ExcerptOf(Talked(50, 50), 25);
  EXPECT_THAT(excerpt.lines, SizeIs(25));
  ASSERT_GE(excerpt.focus, 0);
  EXPECT_EQ(excerpt.lines[static_cast<size_t>(excerpt.focus)].first.title,
            "session.create");
  EXPECT_EQ(excerpt.before, 32);
  EXPECT_EQ(excerpt.after, 44);
}

TEST(ExcerptOf, IsTheEndWhenNothingIsNamed) {
  Verdict verdict = Talked(50, 50);
  verdict.failures = {{"step 1", ""}};
  const Excerpt excerpt = ExcerptOf(verdict, 25);
  EXPECT_EQ(excerpt.focus, -1);
  EXPECT_EQ(excerpt.lines.back().first.title, "after49");
  EXPECT_EQ(excerpt.after, 0);
}

TEST(ExcerptOf, IsAllOfAShortConversation) {
  const Excerpt excerpt = ExcerptOf(Talked(2, 2), 25);
  EXPECT_THAT(excerpt.lines, SizeIs(5));
  EXPECT_EQ(excerpt.before + excerpt.after, 0);
  EXPECT_THAT(ExcerptOf(Make("a/b", Status::kFail), 25).lines, SizeIs(0));
}

TEST(ExcerptOf, AStartIsWhatASpawnIsAbout) {
  Verdict verdict = Talked(3, 3);
  verdict.failures = {{"CLI spawned", ""}};
  verdict.conversation[1].kind = Kind::kStart;
  verdict.conversation[1].title = "start";
  EXPECT_EQ(ExcerptOf(verdict, 25).focus, 1);
}

TEST(Collapse, MakesOneLineOfAStream) {
  const Utterance delta = {0, "CLI", "harness", Kind::kNotification, "d", ""};
  Utterance other = delta;
  other.title = "e";
  const auto lines = Collapse({delta, delta, delta, other, delta});
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0].times, 3);
  EXPECT_EQ(lines[2].times, 1);
}

TEST(ExcerptText, SaysWhatWasLeftOutAndKeepsToItsWidth) {
  Verdict verdict = Talked(50, 50);
  verdict.conversation[50].text = std::string(500, 'x');
  const std::string text = ExcerptText(verdict, 25, 80);
  EXPECT_THAT(text, HasSubstr("  … 32 before\n"));
  EXPECT_THAT(text, HasSubstr(">   0.050  harness → CLI  session.create  xx"));
  EXPECT_THAT(text, HasSubstr("x…\n"));
  EXPECT_THAT(text, HasSubstr("  … 44 after\n"));
}

}  // namespace
}  // namespace copilot::conformance
