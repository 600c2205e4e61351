// SPDX-License-Identifier: MIT
#include "conformance/report/totals.h"

#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

TEST(Count, ErrorsAreFailuresToo) {
  const Totals totals = Count(OneOfEach());
  EXPECT_EQ(totals.passed, 1);
  EXPECT_EQ(totals.failed, 2);
  EXPECT_EQ(totals.errors, 1);
  EXPECT_EQ(totals.skipped, 1);
  EXPECT_EQ(totals.total(), 4);
}

TEST(Count, ARehearsalIsNoPass) {
  const Totals totals = Count({Make("live/a", Status::kRehearsed)});
  EXPECT_EQ(totals.passed, 0);
  EXPECT_EQ(totals.rehearsed, 1);
  EXPECT_EQ(totals.total(), 1);
}

TEST(Count, AnUnexpectedPassAndAFlakeAreRedAndAnExpectedFailureIsNot) {
  const Totals totals =
      Count({Make("a/a", Status::kUnexpectedPass), Make("a/b", Status::kFlake),
             Make("a/c", Status::kExpectedFail)});
  EXPECT_EQ(totals.passed, 0);
  EXPECT_EQ(totals.failed, 2);
  EXPECT_EQ(totals.unexpected_passes, 1);
  EXPECT_EQ(totals.flakes, 1);
  EXPECT_EQ(totals.expected_failures, 1);
  EXPECT_EQ(totals.total(), 3);
}

}  // namespace
}  // namespace copilot::conformance
