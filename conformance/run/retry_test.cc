// SPDX-License-Identifier: MIT
#include "conformance/run/retry.h"

#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

Verdict Failed(const std::string& title) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.failures = {{title, "detail\n"}};
  return verdict;
}

TEST(Retry, IsForFailuresAndErrorsOfGoodScenarios) {
  EXPECT_TRUE(IsWorthARetry(Make("a/b", Status::kFail)));
  Verdict error = Make("a/b", Status::kError);
  EXPECT_TRUE(IsWorthARetry(error));
  error.bad_input = true;
  EXPECT_FALSE(IsWorthARetry(error));
  for (const Status status :
       {Status::kPass, Status::kSkip, Status::kExpectedFail,
        Status::kUnexpectedPass, Status::kRehearsed, Status::kFlake}) {
    EXPECT_FALSE(IsWorthARetry(Make("a/b", status)));
  }
}

TEST(Together, APassAloneIsAFlakeAndNoPass) {
  const Verdict verdict =
      Together(Failed("step 1"), Make("a/b", Status::kPass));
  EXPECT_EQ(verdict.status, Status::kFlake);
  EXPECT_TRUE(IsRed(verdict.status));
  EXPECT_EQ(verdict.reason, "among others: failed: step 1; passes alone");
  EXPECT_EQ(verdict.failures.size(), 1u);
  EXPECT_EQ(verdict.seconds, 0.5);
}

TEST(Together, AFailureAloneIsAFailure) {
  Verdict verdict = Together(Failed("step 1"), Failed("step 1"));
  EXPECT_EQ(verdict.status, Status::kFail);
  EXPECT_EQ(verdict.reason, "fails alone, too");
  verdict = Together(Failed("step 1"), Failed("result of first"));
  EXPECT_EQ(verdict.reason, "fails alone, too, with: result of first");
  EXPECT_EQ(verdict.failures[0].title, "step 1");
}

TEST(Together, AnErrorStaysOneAndKeepsItsReason) {
  Verdict error = Make("a/b", Status::kError);
  error.reason = "no adapter\nat all";
  EXPECT_EQ(Together(error, error).reason,
            "fails alone, too\nno adapter\nat all");
  EXPECT_EQ(Together(error, Make("a/b", Status::kPass)).reason,
            "among others: an error: no adapter; passes alone\n"
            "no adapter\nat all");
  Verdict skip = Make("a/b", Status::kSkip);
  skip.reason = "no token";
  const Verdict verdict = Together(error, skip);
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_EQ(verdict.reason, "is skipped alone: no token\nno adapter\nat all");
}

}  // namespace
}  // namespace copilot::conformance
