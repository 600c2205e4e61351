// SPDX-License-Identifier: MIT
#include "harness/user_input.h"

#include <gtest/gtest.h>

#include <optional>

namespace copilot::harness {
namespace {

const UserInputRequest kChoice = {"How?", {"Fast", "Deep"}, true};
const UserInputRequest kFixed = {"How?", {"Fast", "Deep"}, false};
const UserInputRequest kOpen = {"Your name?", {}, true};

void ExpectAnswer(const UserInputRequest& request, const std::string& reply,
                  const std::string& answer, bool was_freeform) {
  const UserInputAnswer normalized = NormalizeAnswer(request, reply);
  EXPECT_EQ(normalized.answer, answer) << reply;
  EXPECT_EQ(normalized.was_freeform, was_freeform) << reply;
}

TEST(NormalizeAnswerTest, ANumberNamesAnOption) {
  ExpectAnswer(kChoice, "2", "Deep", false);
  ExpectAnswer(kChoice, " 02 ", "Deep", false);
}

TEST(NormalizeAnswerTest, ANumberOutOfRangeIsText) {
  for (const char* reply : {"0", "3", "99999999999999999999"}) {
    ExpectAnswer(kChoice, reply, reply, true);
    ExpectAnswer(kFixed, reply, "", true);
  }
}

TEST(NormalizeAnswerTest, ALabelAnswersInItsOwnSpelling) {
  ExpectAnswer(kChoice, " deep ", "Deep", false);
}

TEST(NormalizeAnswerTest, OtherTextNeedsFreeForm) {
  ExpectAnswer(kChoice, " slow ", "slow", true);
  ExpectAnswer(kFixed, "slow", "", true);
  ExpectAnswer(kOpen, " Ada ", "Ada", true);
}

TEST(NormalizeAnswerTest, ABlankReplyAnswersNothing) {
  ExpectAnswer(kOpen, "   ", "", true);
}

class UserInputTest : public testing::Test {
 protected:
  UserInput::Answer Into(std::optional<UserInputAnswer>* answer) {
    return [answer](const UserInputAnswer& given) { *answer = given; };
  }
  UserInput input_;
  std::optional<UserInputAnswer> first_;
  std::optional<UserInputAnswer> second_;
};

TEST_F(UserInputTest, TheNextMessageAnswersOnce) {
  input_.Ask(kChoice, Into(&first_));
  EXPECT_FALSE(first_.has_value());
  EXPECT_TRUE(input_.Claim("1"));
  EXPECT_EQ(first_->answer, "Fast");
  EXPECT_FALSE(input_.Claim("2"));
}

TEST_F(UserInputTest, AReplyThatMatchesNothingIsConsumed) {
  input_.Ask(kFixed, Into(&first_));
  EXPECT_TRUE(input_.Claim("slow"));
  EXPECT_EQ(first_->answer, "");
}

TEST_F(UserInputTest, WithoutQuestionNothingIsClaimed) {
  EXPECT_FALSE(input_.Claim("hello"));
}

TEST_F(UserInputTest, ASecondQuestionReplacesTheFirst) {
  input_.Ask(kChoice, Into(&first_));
  input_.Ask(kOpen, Into(&second_));
  EXPECT_EQ(first_->answer, "");
  EXPECT_TRUE(first_->was_freeform);
  EXPECT_TRUE(input_.Claim("Ada"));
  EXPECT_EQ(second_->answer, "Ada");
}

TEST_F(UserInputTest, CancellingAnswersNothingNowAndLater) {
  input_.Ask(kChoice, Into(&first_));
  input_.Cancel();
  EXPECT_EQ(first_->answer, "");
  EXPECT_FALSE(input_.Claim("1"));
  input_.Ask(kOpen, Into(&second_));
  EXPECT_EQ(second_->answer, "");
}

TEST_F(UserInputTest, AReplyGoesToItsOwnQuestion) {
  const auto old = input_.Ask(kChoice, Into(&first_));
  const auto current = input_.Ask(kOpen, Into(&second_));
  input_.Resolve(old, {"late", true});
  EXPECT_FALSE(second_.has_value());
  input_.Resolve(current, {"Ada", true});
  EXPECT_EQ(second_->answer, "Ada");
  EXPECT_FALSE(input_.Claim("1"));
}

TEST(GatewayTest, OnlyAnAnsweredQuestionHasAnAnswer) {
  EXPECT_EQ(AnswerOfGateway(kChoice, GatewayReply{"answered", "2"}).answer,
            "Deep");
  for (const char* status : {"cancelled", "expired", "pending", ""}) {
    const auto answer = AnswerOfGateway(kChoice, GatewayReply{status, "2"});
    EXPECT_EQ(answer.answer, "") << status;
    EXPECT_TRUE(answer.was_freeform) << status;
  }
  const auto answer = AnswerOfGateway(kChoice, Fail("gateway down"));
  EXPECT_EQ(answer.answer, "");
  EXPECT_TRUE(answer.was_freeform);
}

TEST(GatewayTest, AQuestionSaysWhoseItIsAndHowLongItWaits) {
  EXPECT_EQ(MakeGatewayQuestion(kChoice, "agent:a:main", "run-1", 0),
            Json({{"id", "answer"},
                  {"header", "Copilot"},
                  {"question", "How?"},
                  {"secret", false},
                  {"options", {"Fast", "Deep"}},
                  {"sessionKey", "agent:a:main"},
                  {"runId", "run-1"},
                  {"timeoutMs", 900000}}));
  EXPECT_EQ(MakeGatewayQuestion(kOpen, "s", "r", 5)["options"], nullptr);
  EXPECT_EQ(MakeGatewayQuestion(kOpen, "s", "r", 5)["timeoutMs"], 5);
}

TEST(QuestionTextTest, ShowsHeaderQuestionAndNumberedOptions) {
  EXPECT_EQ(QuestionText(kChoice),
            "Copilot needs input:\n\nCopilot needs input\nHow?\n1. Fast\n"
            "2. Deep\nOther: reply with your own answer.");
  EXPECT_EQ(QuestionText(kFixed).find("Other:"), std::string::npos);
}

TEST(DisplaySafeTest, ControlAndInvisibleCharactersBecomeQuestionMarks) {
  EXPECT_EQ(DisplaySafe("a\x1b[1mb"), "a?\uFF3B1mb");
  EXPECT_EQ(DisplaySafe("a\u202Eb\u200Bc\uFEFFd\U000E0041e"), "a?b?c?d?e");
  EXPECT_EQ(DisplaySafe("a\u0085b"), "a?b");
}

TEST(DisplaySafeTest, MarkupIsDisarmed) {
  EXPECT_EQ(DisplaySafe("<a> & *b*"), "&lt;a&gt; &amp; \u2217b\u2217");
  EXPECT_EQ(DisplaySafe("@here `x` [y](z) _~|"),
            "\uFF20here \uFF40x\uFF40 \uFF3By\uFF3D\uFF08z\uFF09 "
            "\uFF3F\uFF5E\uFF5C");
}

TEST(DisplaySafeTest, OtherTextStays) {
  EXPECT_EQ(DisplaySafe("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
}

TEST(DisplaySafeTest, BrokenUtf8AndBlankTextAreShownAsSuch) {
  EXPECT_EQ(DisplaySafe("a\xff\xc3"), "a??");
  EXPECT_EQ(DisplaySafe("  "), "<unknown>");
}

}  // namespace
}  // namespace copilot::harness
