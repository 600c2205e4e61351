// SPDX-License-Identifier: MIT
#include "harness/turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "harness/exit_code.h"

namespace copilot::harness {
namespace {

using testing::HasSubstr;

// What a user types, all of it at once.
class Typed {
 public:
  explicit Typed(const std::string& text)
      : ends_(Pipe()), console_(ends_[0], output_, false) {
    EXPECT_EQ(write(ends_[1], text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
    close(ends_[1]);
  }
  ~Typed() {
    std::fclose(output_);
    close(ends_[0]);
  }
  Console& console() { return console_; }

 private:
  static std::array<int, 2> Pipe() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(pipe(ends.data()), 0);
    return ends;
  }

  const std::array<int, 2> ends_;
  std::FILE* const output_ = std::fopen("/dev/null", "we");
  Console console_;
};

std::string Decided(const PermissionPolicy& policy, const std::string& kind) {
  AttemptHost host;
  host.permission_policy = policy;
  const Json decision = MakePermissionHandler(host)({{"kind", kind}}, "s");
  return decision["kind"].get<std::string>() + " " +
         decision.value("feedback", "");
}

TEST(ShellPolicyTest, WithoutAnybodyToAskOnlyWhatIsAllowedIsApproved) {
  const TurnOptions options{{"read", "shell"}, {"shell"}, false};
  const PermissionPolicy policy = ShellPolicy(options, nullptr, AbortSignal());
  EXPECT_EQ(Decided(policy, "read"), "approve-once ");
  EXPECT_EQ(Decided(policy, "shell"), "reject denied by --deny");
  EXPECT_EQ(Decided(policy, "write"), "reject not among the kinds of --allow");
  EXPECT_THAT(Decided(ShellPolicy({}, nullptr, AbortSignal()), "read"),
              HasSubstr("no permission policy installed"));
}

TEST(ShellPolicyTest, WhatTheOptionsLeaveOpenIsAsked) {
  const TurnOptions options{{"read"}, {"shell"}, false};
  Typed typed("y\nn\n");
  const PermissionPolicy policy =
      ShellPolicy(options, &typed.console(), AbortSignal());
  EXPECT_EQ(Decided(policy, "read"), "approve-once ");
  EXPECT_EQ(Decided(policy, "shell"), "reject denied by --deny");
  EXPECT_EQ(Decided(policy, "write"), "approve-once ");
  EXPECT_EQ(Decided(policy, "url"), "reject the user said no");
}

class AnswerQuestionTest : public testing::Test {
 protected:
  std::optional<std::string> Answered(Console* console,
                                      const AbortSignal& signal) {
    std::optional<std::string> answer;
    ActiveRun active;
    const UserInputRequest request{"Which?", {"Red", "Blue"}, true};
    active.user_input().Ask(
        request, [&](const UserInputAnswer& given) { answer = given.answer; });
    AnswerQuestion(request, console, signal, &active);
    return answer;
  }
};

TEST_F(AnswerQuestionTest, TheUsersLineIsTheAnswer) {
  Typed typed("2\n");
  EXPECT_EQ(Answered(&typed.console(), AbortSignal()), "Blue");
}

TEST_F(AnswerQuestionTest, WhereNobodyAnswersTheTurnGoesOn) {
  EXPECT_EQ(Answered(nullptr, AbortSignal()), "");
  Typed typed("");
  EXPECT_EQ(Answered(&typed.console(), AbortSignal()), "");
  AbortController aborted;
  aborted.Abort();
  Typed late("2\n");
  EXPECT_EQ(Answered(&late.console(), aborted), "");
}

TEST(ReportCompactionTest, OnlyAGoodOutcomeEndsWell) {
  EXPECT_EQ(ReportCompaction(Fail("no auth"), false), kEnvironment);
  for (const bool json : {false, true}) {
    EXPECT_EQ(ReportCompaction(Json(nullptr), json), kTurnFailed);
    EXPECT_EQ(
        ReportCompaction(
            Json{{"ok", false}, {"reason", "missing_thread_binding"}}, json),
        kTurnFailed);
    EXPECT_EQ(ReportCompaction(
                  Json{{"ok", true},
                       {"reason", "x"},
                       {"result", {{"tokensBefore", 9}, {"tokensAfter", 3}}}},
                  json),
              kOk);
  }
}

}  // namespace
}  // namespace copilot::harness
