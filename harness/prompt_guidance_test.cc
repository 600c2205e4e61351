// SPDX-License-Identifier: MIT
#include "harness/prompt_guidance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

class PromptGuidanceTest : public testing::Test {
 protected:
  std::string Guidance(const std::vector<std::string>& callable) {
    return PromptGuidance(Profile::kJournal, params_, callable);
  }

  AttemptParams params_;
};

TEST_F(PromptGuidanceTest, SectionsComeInAFixedOrder) {
  params_.given = {{"deliveryMode", "message_tool_only"}};
  const std::string text =
      Guidance({"secrets", "message", " sessions_spawn ", "skill_workshop"});
  size_t last = 0;
  for (const char* heading :
       {"## Skills", "## Delegation", "## Replies", "## Credentials"}) {
    const size_t at = text.find(heading);
    ASSERT_NE(at, std::string::npos) << heading << " in " << text;
    EXPECT_GE(at, last);
    last = at;
    EXPECT_EQ(text.find(heading, at + 1), std::string::npos);
  }
}

TEST_F(PromptGuidanceTest, OnlyToolsThatCanBeCalledAreNamed) {
  EXPECT_EQ(Guidance({"sessions_yield", "subagents", "read"}), "");
  const std::string alone = Guidance({"sessions_spawn"});
  EXPECT_THAT(alone, HasSubstr("`sessions_spawn`"));
  EXPECT_THAT(alone, Not(HasSubstr("sessions_yield")));
  EXPECT_THAT(alone, Not(HasSubstr("subagents")));
  const std::string all =
      Guidance({"sessions_spawn", "sessions_yield", "subagents"});
  EXPECT_THAT(all, HasSubstr("`sessions_yield`"));
  EXPECT_THAT(all, HasSubstr("`subagents`"));
}

TEST_F(PromptGuidanceTest, DelegationIsForMainSessionsThatMayDelegate) {
  const std::vector<std::string> callable = {"sessions_spawn"};
  params_.session_key = "agent:a:main";
  EXPECT_NE(Guidance(callable), "");
  params_.session_key = "agent:a:subagent:1";
  EXPECT_EQ(Guidance(callable), "");
  params_.session_key = "";
  params_.prompt_mode = "minimal";
  EXPECT_EQ(Guidance(callable), "");
  params_.prompt_mode = "";
  for (const Json& given : {Json{{"delegationMode", "suggest"}},
                            Json{{"reportOnlyDelegation", true}}}) {
    params_.given = given;
    EXPECT_EQ(Guidance(callable), "") << given;
  }
}

TEST_F(PromptGuidanceTest, APrivateReplyNamesTheMessageToolOnlyIfItIsThere) {
  EXPECT_EQ(Guidance({"message"}), "");
  params_.given = {{"deliveryMode", "message_tool_only"}};
  EXPECT_THAT(Guidance({"message"}), HasSubstr("`message`"));
  const std::string text = Guidance({"read"});
  EXPECT_THAT(text, HasSubstr("private"));
  EXPECT_THAT(text, Not(HasSubstr("message")));
}

TEST_F(PromptGuidanceTest, RunsWithoutToolsAndTheDocsProfileHaveNone) {
  EXPECT_NE(Guidance({"secrets"}), "");
  EXPECT_EQ(PromptGuidance(Profile::kDocs, params_, {"secrets"}), "");
  params_.disable_tools = true;
  EXPECT_EQ(Guidance({"secrets"}), "");
  params_.disable_tools = false;
  params_.model_run = true;
  EXPECT_EQ(Guidance({"secrets"}), "");
}

TEST_F(PromptGuidanceTest, TheHeadingOfTheContextIsTheProfiles) {
  EXPECT_STREQ(ContextHeading(Profile::kJournal, false),
               "## Conversation Context");
  EXPECT_STREQ(ContextHeading(Profile::kJournal, true), "## Subagent Context");
  EXPECT_STREQ(ContextHeading(Profile::kDocs, false), "## Group Chat Context");
}

}  // namespace
}  // namespace copilot::harness
