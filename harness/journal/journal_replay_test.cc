// SPDX-License-Identifier: MIT
//
// A journal whose turn is played again, and turns that cannot be.
#include "harness/journal/journal_fixture.h"

namespace copilot::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(JournalTest, AReplayAfterACrashAddsOnlyWhatIsMissing) {
  Hook([](const Json&) { return Json::object(); });
  StartTurn();
  Assistant("a1", "see", {"c1"});
  Result("c1");
  Assistant("a2", "again", {"c2", "c3"});
  Result("c2");
  // The group of a2 was not complete: nothing of it is there.
  EXPECT_EQ(Stored().size(), 3u);
  EXPECT_EQ(hook_calls_, 3);

  StartTurn();
  Assistant("a1", "see", {"c1"});
  Result("c1");
  EXPECT_EQ(hook_calls_, 3);
  Assistant("a2", "again", {"c2", "c3"});
  Result("c2");
  Result("c3");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_EQ(hook_calls_, 6);
  EXPECT_FALSE(ReplayInvalid());
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:see[c1]",
                                    "toolResult:c1", "assistant:again[c2,c3]",
                                    "toolResult:c2", "toolResult:c3"));
  EXPECT_EQ(journal_->state().rows.size(), 6u);
}

TEST_F(JournalTest, AReplayOfWhatAHookRewroteIsNoConflict) {
  Hook([](Json message) {
    if (message["role"] == "user") message["content"] = "[redacted]";
    return Json{{"message", message}};
  });
  StartTurn();
  StartTurn();
  EXPECT_EQ(hook_calls_, 1);
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_TRUE(ReplayInvalid());
  EXPECT_THAT(Stored(), ElementsAre("user:[redacted]"));
}

TEST_F(JournalTest, AReplayThatDiffersIsAConflict) {
  StartTurn();
  Assistant("a1", "yes");
  StartTurn();
  Assistant("a1", "no");
  EXPECT_THAT(Failure(),
              HasSubstr("TranscriptTurnAdmissionConflictError: "
                        "copilot-sdk:sdk-1:a1 is stored with other content"));
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:yes"));
}

TEST_F(JournalTest, AGroupThatIsStoredInPartFails) {
  StartTurn();
  (void)MakeDetachedRowStore(transcript_)->Extend([](const RowsByKey&) {
    const Json result = {{"role", "toolResult"},
                         {"toolCallId", "c1"},
                         {"toolName", "read"},
                         {"content", {{{"type", "text"}, {"text", "found"}}}},
                         {"isError", false}};
    return Expected<std::vector<Row>>(std::vector<Row>{
        Row{"copilot-sdk:sdk-1:tool:c1", Fingerprint(result), result}});
  });
  Assistant("a1", "see", {"c1"});
  Result("c1");
  EXPECT_THAT(Failure(), HasSubstr("stored in part"));
}

// --- what no row can say

class ReplayTriggerTest : public JournalTest,
                          public testing::WithParamInterface<Json> {};

TEST_P(ReplayTriggerTest, InvalidatesReplayAndTheTurnSucceeds) {
  StartTurn();
  EXPECT_FALSE(ReplayInvalid());
  const Json& given = GetParam();
  if (given.contains("result")) {
    Assistant("a1", "see", {"c1"});
    Result("c1", given["result"]);
  } else if (given.contains("user")) {
    User("u2", "more", given["user"]);
  } else if (given.contains("assistant")) {
    Assistant("a1", "text", {}, given["assistant"]);
  } else {
    Emit(given["type"], "e9", {{"content", "x"}, {"toolCallId", "t9"}});
  }
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_TRUE(ReplayInvalid());
  EXPECT_EQ(aborts_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Journal, ReplayTriggerTest,
    testing::Values(
        Json{{"user", {{"attachments", {{{"type", "file"}}}}}}},
        Json{{"user", {{"agentMode", "plan"}}}},
        Json{{"user", {{"transformedContent", "more, please"}}}},
        Json{{"user", {{"transformedContent", ""}}}},
        Json{{"type", "system.message"}}, Json{{"type", "skill.invoked"}},
        Json{{"type", "system.notification"}},
        Json{{"type", "assistant.reasoning"}},
        Json{{"type", "tool.user_requested"}},
        Json{{"assistant", {{"citations", {{"sources", {1}}}}}}},
        Json{{"assistant", {{"serverTools", {{"a", 1}}}}}},
        Json{{"assistant", {{"reasoningWireField", "thoughts"}}}},
        Json{{"assistant", {{"encryptedContent", "xyz"}}}},
        Json{{"assistant", {{"reasoningOpaque", "xyz"}}}},
        Json{{"assistant", {{"content", ""}}}},
        Json{{"result", {{"content", ""}, {"binaryResultsForLlm", {1}}}}},
        Json{{"result", {{"content", "s"}, {"citableSources", {1}}}}}));

TEST_F(JournalTest, PlainMembersOfMessagesLeaveReplayValid) {
  StartTurn();
  User("u2", "more",
       {{"agentMode", "interactive"},
        {"transformedContent", "more"},
        {"attachments", Json::array()}});
  Assistant("a1", "text", {}, {{"reasoningOpaque", ""}, {"outputTokens", 3}});
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_FALSE(ReplayInvalid());
}

}  // namespace
}  // namespace copilot::harness
