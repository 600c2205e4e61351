// SPDX-License-Identifier: MIT
#include "harness/journal/journal_fixture.h"

namespace copilot::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(JournalTest, ATurnIsStoredAsItIsSaid) {
  StartTurn();
  Assistant("a1", "hello");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:hello"));
  EXPECT_FALSE(ReplayInvalid());
  EXPECT_TRUE(journal_->initial_user_validated());
  EXPECT_TRUE(journal_->state().owned);
  EXPECT_EQ(journal_->state().owned_key, "copilot-sdk:sdk-1:a1");
}

TEST_F(JournalTest, ARecorderThatFailsFailsTheJournal) {
  auto capabilities = std::make_shared<HostCapabilities>();
  capabilities->record_user_turn = [](const Json&) {
    return Expected<bool>(Fail("no room"));
  };
  host_.capabilities = capabilities;
  Start();
  ASSERT_FALSE(begun_.has_value());
  EXPECT_EQ(begun_.error().message,
            "[copilot-attempt] canonical transcript persistence failed: no "
            "room");
  EXPECT_TRUE(Stored().empty());
}

TEST_F(JournalTest, AMessageThatTheRecorderBlocksInvalidatesReplayAtOnce) {
  auto capabilities = std::make_shared<HostCapabilities>();
  capabilities->record_user_turn = [](const Json&) {
    return Expected<bool>(false);
  };
  host_.capabilities = capabilities;
  Start();
  EXPECT_TRUE(begun_.has_value());
  EXPECT_TRUE(Stored().empty());
  EXPECT_TRUE(ReplayInvalid());
}

TEST_F(JournalTest, AUserEventOfAnotherTextInvalidatesReplay) {
  Start();
  User("u1", "hi, but rewritten");
  EXPECT_TRUE(ReplayInvalid());
  EXPECT_FALSE(journal_->initial_user_validated());
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
}

TEST_F(JournalTest, AnAutopilotMessageIsNotTakenForTheUsersOwn) {
  Start();
  User("u0", "go on", {{"isAutopilotContinuation", true}});
  EXPECT_FALSE(journal_->initial_user_validated());
  User("u1", "hi");
  EXPECT_TRUE(journal_->initial_user_validated());
  EXPECT_FALSE(ReplayInvalid());
}

TEST_F(JournalTest, AnEventThatIsEmittedAgainIsStoredOnce) {
  StartTurn();
  Assistant("a1", "see", {"c1"});
  Result("c1");
  Result("c1");
  User("u2", "more");
  User("u2", "more");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:see[c1]",
                                    "toolResult:c1", "user:more"));
}

TEST_F(JournalTest, EventsOfSubAgentsAndEphemeralOnesAreNotStored) {
  StartTurn();
  Emit("assistant.message", "a1", {{"content", "child"}}, {{"agentId", "x"}});
  Emit("assistant.message", "a2", {{"content", "draft"}},
       {{"ephemeral", true}});
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
}

TEST_F(JournalTest, AGroupIsStoredAtOnceInTheOrderOfItsCalls) {
  StartTurn();
  Assistant("a1", "see", {"c1", "c2"});
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
  Result("c2");
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
  Result("c1");
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:see[c1,c2]",
                                    "toolResult:c1", "toolResult:c2"));
}

TEST_F(JournalTest, AUserMessageAmidAGroupIsStoredAfterIt) {
  StartTurn();
  Assistant("a1", "see", {"c1"});
  User("u2", "faster");
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
  Result("c1");
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:see[c1]",
                                    "toolResult:c1", "user:faster"));
}

TEST_F(JournalTest, AnAnswerBeforeTheResultsOfTheOneBeforeItFails) {
  StartTurn();
  Assistant("a1", "see", {"c1"});
  Assistant("a2", "done");
  EXPECT_THAT(Failure(), HasSubstr("before the tool results"));
  EXPECT_TRUE(ReplayInvalid());
  EXPECT_EQ(aborts_, 1);
}

TEST_F(JournalTest, AToolResultOfNoCallFails) {
  StartTurn();
  Assistant("a1", "see", {"c1"});
  Result("c9");
  EXPECT_THAT(Failure(), HasSubstr("c9 belongs to no call"));
}

TEST_F(JournalTest, AGroupThatIsIncompleteAtTheBarrierFails) {
  StartTurn();
  Assistant("a1", "see", {"c1", "c2"});
  Result("c1");
  const Status barrier = journal_->Barrier();
  ASSERT_FALSE(barrier.has_value());
  EXPECT_EQ(barrier.error().code, "transcript_persistence_failed");
  EXPECT_THAT(barrier.error().message, HasSubstr("tool results are missing"));
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
}

TEST_F(JournalTest, AHookThatBlocksOneOfAGroupKeepsOutAll) {
  Hook([](const Json& message) {
    return Json{{"block", message["role"] == "toolResult"}};
  });
  StartTurn();
  Assistant("a1", "see", {"c1"});
  Result("c1");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
  EXPECT_TRUE(ReplayInvalid());
  EXPECT_TRUE(journal_->state().owned);
  EXPECT_EQ(journal_->state().owned_key, "");
}

TEST_F(JournalTest, AHookThatChangesTheCallsKeepsOutTheGroup) {
  Hook([](Json message) {
    if (message["role"] == "assistant") message["content"].erase(1);
    return Json{{"message", message}};
  });
  StartTurn();
  Assistant("a1", "see", {"c1"});
  Result("c1");
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
  EXPECT_TRUE(ReplayInvalid());
}

TEST_F(JournalTest, AHookMayReorderMembers) {
  Hook([](const Json& message) {
    nlohmann::ordered_json reversed;
    for (auto it = message.rbegin(); it != message.rend(); ++it) {
      reversed[it.key()] = nlohmann::ordered_json::parse(it.value().dump());
    }
    return Json{{"message", Json::parse(reversed.dump())}};
  });
  StartTurn();
  Assistant("a1", "hello");
  EXPECT_EQ(hook_calls_, 2);
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:hello"));
  EXPECT_FALSE(ReplayInvalid());
}

TEST_F(JournalTest, AHookThatRewritesIsObeyedAndInvalidatesReplay) {
  Hook([](Json message) {
    if (message["role"] == "assistant") {
      message["content"][0]["text"] = "[redacted]";
    }
    return Json{{"message", message}};
  });
  StartTurn();
  EXPECT_FALSE(ReplayInvalid());
  Assistant("a1", "secret");
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:[redacted]"));
  EXPECT_TRUE(ReplayInvalid());
  EXPECT_EQ(journal_->state().owned_key, "copilot-sdk:sdk-1:a1");
}

TEST_F(JournalTest, AToolThatTheUserRanIsNotStored) {
  StartTurn();
  Emit("tool.user_requested", "t1", {{"toolCallId", "c1"}});
  Result("c1");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
}

TEST_F(JournalTest, AMessageThatSaysNothingIsNotOwned) {
  StartTurn();
  Assistant("a1", "text");
  Assistant("a2", "");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_FALSE(journal_->state().owned);
}

TEST_F(JournalTest, DurableThoughtsBelongToTheMessageAfterThem) {
  StartTurn();
  Emit("assistant.reasoning", "t1", {{"content", "hm"}});
  Assistant("a1", "text");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_FALSE(ReplayInvalid());
  EXPECT_EQ(Last()["content"][0]["thinking"], "hm");
}

// --- what rows say beside their text

TEST_F(JournalTest, WhatNobodyTypedIsNotDisplayed) {
  params_.journal.trigger = "memory";
  StartTurn();
  EXPECT_EQ(Last()["display"], false);
  User("u2", "go on", {{"isAutopilotContinuation", true}});
  EXPECT_EQ(Last()["display"], false);
  User("u3", "a document", {{"source", "skill-pdf"}});
  EXPECT_EQ(Last()["display"], false);
  EXPECT_EQ(Last()["copilotSource"], "skill-pdf");
  User("u4", "typed");
  EXPECT_FALSE(Last().contains("display"));
}

TEST_F(JournalTest, AttachmentsAreNamedButNotCopied) {
  StartTurn();
  User("u2", "see",
       {{"attachments",
         {{{"type", "blob"}, {"data", "AAAA"}, {"displayName", "a.png"}}}}});
  EXPECT_EQ(Last()["copilotAttachments"],
            Json::array({{{"type", "blob"}, {"displayName", "a.png"}}}));
}

TEST_F(JournalTest, AnswersAfterANetworkResultAreTainted) {
  network_->Add("c2");
  StartTurn();
  Assistant("a1", "see", {"c1"});
  Result("c1");
  Assistant("a2", "fetch", {"c2"});
  Result("c2");
  User("u2", "and?");
  Assistant("a3", "it says so");
  std::vector<bool> tainted;
  for (const Json& message : transcript_->messages()) {
    tainted.push_back(message.contains("tainted"));
  }
  EXPECT_THAT(tainted,
              ElementsAre(false, false, false, false, false, false, true));
}

// --- one model call, several events

TEST_F(JournalTest, ChunksOfOneCallAreOneMessage) {
  const Json call = {{"apiCallId", "api-1"}};
  StartTurn();
  Assistant("a1", "one ", {}, call);
  Assistant("a2", "two", {"c1"}, call);
  Assistant("a3", "", {"c2"}, call);
  Result("c1");
  Result("c2");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:one two[c1,c2]",
                                    "toolResult:c1", "toolResult:c2"));
  EXPECT_FALSE(ReplayInvalid());
}

TEST_F(JournalTest, ANewerStateOfAChunkReplacesIt) {
  StartTurn();
  Assistant("a1", "on", {}, {{"apiCallId", "api-1"}, {"messageId", "m"}});
  Assistant("a2", "one", {}, {{"apiCallId", "api-1"}, {"messageId", "m"}});
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:one"));
}

TEST_F(JournalTest, AnotherCallIsAnotherMessage) {
  StartTurn();
  Assistant("a1", "one", {}, {{"apiCallId", "api-1"}});
  Assistant("a2", "two", {}, {{"apiCallId", "api-2"}});
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(),
              ElementsAre("user:hi", "assistant:one", "assistant:two"));
}

TEST_F(JournalTest, ASecondSnapshotWithoutCallIdKeepsTheFirstRow) {
  StartTurn();
  Assistant("a1", "first", {}, {{"messageId", "m"}});
  Assistant("a2", "second", {}, {{"messageId", "m"}});
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:first"));
  EXPECT_TRUE(ReplayInvalid());
}

}  // namespace
}  // namespace copilot::harness
