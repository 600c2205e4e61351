// SPDX-License-Identifier: MIT
#include "conformance/protocol/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "conformance/stage/loop.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

using testing::HasSubstr;

CheckResult Check(const std::vector<std::string>& command) {
  std::signal(SIGPIPE, SIG_IGN);  // adapters die; as in main.cc
  CheckRequest request;
  request.command = command;
  request.fake_cli = FAKE_COPILOT;
  request.path = OwnVariable("PATH");
  request.limit = std::chrono::milliseconds(2000);
  return CheckAdapter(request, [](const CheckStep&) {});
}

CheckResult CheckMode(const std::string& mode) {
  return Check({TEST_ADAPTER, mode});
}

CheckStep StepOf(const CheckResult& result, const std::string& name) {
  for (const CheckStep& step : result.steps) {
    if (step.name == name) return step;
  }
  ADD_FAILURE() << "there is no step " << name;
  return {};
}

TEST(CheckAdapter, AnAdapterWithoutAHarnessIsToldThatItStartsNoCli) {
  const CheckResult result = CheckMode("good");
  EXPECT_FALSE(result.passed());
  EXPECT_EQ(StepOf(result, "initialize").state, CheckStep::State::kOk);
  EXPECT_EQ(StepOf(result, "harness.create").state, CheckStep::State::kOk);
  const CheckStep attempt = StepOf(result, "attempt.run");
  EXPECT_EQ(attempt.state, CheckStep::State::kWrong);
  EXPECT_THAT(attempt.detail, HasSubstr("expected the harness to start the "
                                        "CLI"));
  EXPECT_THAT(attempt.detail, HasSubstr("line 4 that the adapter sent"));
}

TEST(CheckAdapter, AMethodThatDoesNotExistMustNotSucceed) {
  const CheckStep step =
      StepOf(CheckMode("good"), "a method that does not exist");
  EXPECT_EQ(step.state, CheckStep::State::kWrong);
  EXPECT_THAT(step.detail, HasSubstr("-32601"));
}

TEST(CheckAdapter, GoesOnAfterACrash) {
  const CheckResult result = CheckMode("die");
  EXPECT_THAT(StepOf(result, "attempt.run").detail,
              HasSubstr("the adapter ended: exit code 3"));
  EXPECT_EQ(StepOf(result, "shutdown").state, CheckStep::State::kOk);
}

TEST(CheckAdapter, ShowsTheLineThatBreaksTheProtocol) {
  const CheckStep step = StepOf(CheckMode("wrong-result"), "attempt.run");
  EXPECT_EQ(step.state, CheckStep::State::kWrong);
  EXPECT_THAT(step.detail, HasSubstr("$.result.assistantTexts: expected "
                                     "array, got string \"hello\""));
  EXPECT_THAT(step.detail, HasSubstr("docs/adapter-protocol.md#attemptrun"));
}

TEST(CheckAdapter, StopsWhenInitializeFails) {
  const CheckResult result = CheckMode("refuse");
  ASSERT_EQ(result.steps.size(), 1u);
  EXPECT_THAT(result.steps[0].detail, HasSubstr("not today"));
}

TEST(CheckAdapter, SaysWhatWasNotAnnounced) {
  EXPECT_EQ(StepOf(CheckMode("good"), "tool.execute").state,
            CheckStep::State::kNotAnnounced);
}

TEST(CheckAdapter, ThrowsWhenThereIsNothingToStart) {
  EXPECT_THROW(Check({"/no/such/adapter"}), EnvironmentFailed);
}

}  // namespace
}  // namespace copilot::conformance
