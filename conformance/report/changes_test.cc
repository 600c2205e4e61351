// SPDX-License-Identifier: MIT
#include "conformance/report/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Compare, TellsWhatHasChanged) {
  const RunReport before{
      {Make("a/breaks", Status::kPass), Make("a/fixed", Status::kFlake),
       Make("a/gone", Status::kPass), Make("a/red", Status::kFail),
       Make("a/skipped", Status::kFail), Make("a/was-skipped", Status::kSkip)}};
  const RunReport now{
      {Make("a/breaks", Status::kError), Make("a/fixed", Status::kPass),
       Make("a/new", Status::kPass), Make("a/new-red", Status::kFail),
       Make("a/red", Status::kUnexpectedPass), Make("a/skipped", Status::kSkip),
       Make("a/was-skipped", Status::kFail)}};
  const Changes changes = Compare(before, now);
  EXPECT_THAT(changes.newly_failing,
              ElementsAre("a/breaks", "a/new-red", "a/was-skipped"));
  EXPECT_THAT(changes.fixed, ElementsAre("a/fixed"));
  EXPECT_THAT(changes.added, ElementsAre("a/new", "a/new-red"));
  EXPECT_THAT(changes.gone, ElementsAre("a/gone"));
  EXPECT_EQ(ChangesText(changes),
            "3 newly failing: a/breaks, a/new-red, a/was-skipped\n"
            "1 fixed: a/fixed\n2 new: a/new, a/new-red\n1 gone: a/gone\n");
}

TEST(Compare, OneBadRoundIsAFailure) {
  Verdict second = Make("a/b", Status::kPass);
  second.round = 2;
  const RunReport before{{Make("a/b", Status::kFail), second}};
  const RunReport now{{Make("a/b", Status::kPass), second}};
  EXPECT_THAT(Compare(before, now).fixed, ElementsAre("a/b"));
  EXPECT_THAT(Compare(now, before).newly_failing, ElementsAre("a/b"));
  EXPECT_THAT(Compare(now, now).fixed, IsEmpty());
  EXPECT_EQ(ChangesText(Compare(now, now)), "nothing has changed\n");
}

}  // namespace
}  // namespace copilot::conformance
