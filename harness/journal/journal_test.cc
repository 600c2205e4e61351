// SPDX-License-Identifier: MIT
#include "harness/journal/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/fake_sdk.h"
#include "harness/journal/journal_params.h"

namespace copilot::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A row in short: `user:hi`, `assistant:see[c1,c2]`, `toolResult:c1`.
std::string Short(const Json& message) {
  const std::string role = StringMember(message, "role");
  if (role == "toolResult")
    return role + ":" + StringMember(message, "toolCallId");
  const Json& content = MemberOrNull(message, "content");
  if (content.is_string()) return role + ":" + content.get<std::string>();
  std::string text;
  std::string calls;
  for (const Json& block : content) {
    text += StringMember(block, "text");
    if (StringMember(block, "type") != "toolCall") continue;
    calls += (calls.empty() ? "" : ",") + StringMember(block, "id");
  }
  return role + ":" + text + (calls.empty() ? "" : "[" + calls + "]");
}

// Fails from the n-th write on.
class FullStore : public RowStore {
 public:
  explicit FullStore(int good) : left_(good) {}
  Status Extend(
      const std::function<Expected<std::vector<Row>>(const RowsByKey&)>& add)
      override {
    if (left_-- <= 0) return Fail("disk full");
    (void)add({});
    return {};
  }

 private:
  int left_;
};

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    params_.run_id = "run-1";
    params_.prompt = "hi";
    params_.provider = "github-copilot";
    params_.model_id = "gpt-4.1";
    auto capabilities = std::make_shared<HostCapabilities>();
    capabilities->record_user_turn = [](const Json&) {
      return Expected<bool>(true);
    };
    host_.capabilities = capabilities;
  }

  // A journal over what is stored already, as after a crash.
  void Start() {
    journal_.reset();
    journal_ = std::make_unique<Journal>(
        JournalContext{params_, host_, "sdk-1",
                       store_ ? store_ : MakeDetachedRowStore(transcript_),
                       std::make_shared<InlineExecutor>(), clock_,
                       [this] { ++aborts_; }, [] {}, network_});
    begun_ = journal_->Begin();
  }
  // The turn has begun and the CLI has taken the prompt.
  void StartTurn() {
    Start();
    User("u1", "hi");
  }

  void Emit(const std::string& type, const std::string& id, Json data,
            const Json& more = Json::object()) {
    Json event = Event(type, std::move(data), {{"id", id}});
    event.update(more);
    journal_->OnEvent(SessionEvent(event));
  }
  void User(const std::string& id, const std::string& text,
            const Json& more = Json::object()) {
    Json data = {{"content", text}};
    data.update(more);
    Emit("user.message", id, data);
  }
  void Assistant(const std::string& id, const std::string& text,
                 const std::vector<std::string>& calls = {},
                 const Json& more = Json::object()) {
    Json data = {{"messageId", "m-" + id}, {"content", text}};
    for (const std::string& call : calls) {
      data["toolRequests"].push_back({{"toolCallId", call}, {"name", "read"}});
    }
    data.update(more);
    Emit("assistant.message", id, data);
  }
  void Result(const std::string& call,
              const Json& result = {{"content", "found"}}) {
    Emit("tool.execution_complete", "r-" + call,
         {{"toolCallId", call}, {"success", true}, {"result", result}});
  }
  void Hook(std::function<Json(const Json& message)> answer) {
    host_.hooks = {"before_message_write"};
    host_.run_hook = [this, answer](const std::string&, const Json& payload) {
      ++hook_calls_;
      return Expected<Json>(answer(payload["message"]));
    };
  }

  std::vector<std::string> Stored() const {
    std::vector<std::string> all;
    for (const Json& message : transcript_->messages()) {
      all.push_back(Short(message));
    }
    return all;
  }
  Json Last() const { return transcript_->messages().back(); }
  bool ReplayInvalid() const { return journal_->state().replay_invalid; }
  std::string Failure() const {
    const auto failure = journal_->state().failure;
    return failure ? failure->message : "";
  }
  std::shared_ptr<Receipt> Steer(const std::string& text) {
    const auto receipt = journal_->Expect(text);
    EXPECT_TRUE(receipt.has_value());
    return receipt ? *receipt : std::make_shared<Receipt>();
  }
  static std::string Outcome(const std::shared_ptr<Receipt>& receipt) {
    const auto outcome = receipt->outcome();
    if (!outcome) return "open";
    return *outcome ? "stored" : outcome->error().message;
  }

  AttemptParams params_;
  AttemptHost host_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>(7);
  std::shared_ptr<DetachedTranscript> transcript_ =
      std::make_shared<DetachedTranscript>();
  std::shared_ptr<RowStore> store_;  // default: the transcript
  std::shared_ptr<NetworkResults> network_ = std::make_shared<NetworkResults>();
  Status begun_;
  int aborts_ = 0;
  int hook_calls_ = 0;
  std::unique_ptr<Journal> journal_;
};

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

TEST_F(JournalTest, AStoreThatFailsAbortsOnceAndRejectsReceipts) {
  store_ = std::make_shared<FullStore>(1);
  StartTurn();
  const auto taken = Steer("faster");
  const auto open = Steer("slower");
  User("u2", "faster");
  User("u3", "and more");
  constexpr char kFailed[] =
      "[copilot-attempt] canonical transcript persistence failed: disk full";
  EXPECT_EQ(Outcome(taken), kFailed);
  EXPECT_EQ(Outcome(open), kFailed);
  EXPECT_EQ(aborts_, 1);
  EXPECT_TRUE(ReplayInvalid());
  const Status barrier = journal_->Barrier();
  ASSERT_FALSE(barrier.has_value());
  EXPECT_EQ(barrier.error().message, kFailed);
  EXPECT_EQ(barrier.error().code, "transcript_persistence_failed");
}

TEST_F(JournalTest, TheFirstFailureIsKept) {
  StartTurn();
  Result("c1");
  transcript_->Rebind();
  EXPECT_THAT(journal_->Barrier().error().message, HasSubstr("c1"));
  EXPECT_EQ(aborts_, 1);
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

// --- steering

TEST_F(JournalTest, SteeringIsConfirmedWhenItIsStored) {
  StartTurn();
  const auto receipt = Steer("faster");
  EXPECT_EQ(Outcome(receipt), "open");
  User("u2", "faster");
  EXPECT_EQ(Outcome(receipt), "stored");
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "user:faster"));
}

TEST_F(JournalTest, SteeringThatAHookKeepsOutIsRejected) {
  Hook([](const Json& message) {
    return Json{{"block", message["content"] == "faster"}};
  });
  StartTurn();
  const auto receipt = Steer("faster");
  User("u2", "faster");
  EXPECT_EQ(Outcome(receipt), "Copilot steering user write was suppressed");
}

TEST_F(JournalTest, SteeringIsRefusedBeforeTheInitialMessageIsValidated) {
  Start();
  EXPECT_FALSE(journal_->Expect("faster").has_value());
  User("u1", "hi");
  EXPECT_TRUE(journal_->Expect("faster").has_value());
}

TEST_F(JournalTest, AReceiptIsWaitedForUntilItsBound) {
  const auto clock = std::make_shared<VirtualClock>();
  class Impatient : public Clock {
   public:
    int64_t Now() const override { return 0; }
    TimerId After(Milliseconds delay, std::function<void()> callback) override {
      bound = delay;
      callback();
      return 1;
    }
    void Cancel(TimerId) override {}
    Milliseconds bound{0};
  } impatient;
  const auto receipt = std::make_shared<Receipt>();
  EXPECT_EQ(receipt->Await(impatient).error().message,
            "Copilot steering transcript receipt timed out");
  EXPECT_EQ(impatient.bound, Milliseconds(120000));
  receipt->Settle({});
  EXPECT_TRUE(receipt->Await(*clock).has_value());
}

// --- the provider ends the turn

class JournalFenceTest : public JournalTest {
 protected:
  void ProviderFails() {
    Emit("session.error", "e1", {{"message", "no quota"}});
  }
};

TEST_F(JournalFenceTest, GivesUpAnIncompleteGroupWithoutFailing) {
  StartTurn();
  Assistant("a1", "see", {"c1"});
  ProviderFails();
  Result("c1");
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_EQ(Failure(), "");
  EXPECT_EQ(aborts_, 0);
  EXPECT_TRUE(ReplayInvalid());
  EXPECT_THAT(Stored(), ElementsAre("user:hi"));
}

TEST_F(JournalFenceTest, KeepsWhatIsComplete) {
  StartTurn();
  Assistant("a1", "hello", {}, {{"apiCallId", "api-1"}});
  ProviderFails();
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "assistant:hello"));
  EXPECT_FALSE(ReplayInvalid());
}

TEST_F(JournalFenceTest, StillWritesDeferredSteering) {
  StartTurn();
  Assistant("a1", "see", {"c1"});
  const auto receipt = Steer("faster");
  User("u2", "faster");
  ProviderFails();
  EXPECT_THAT(Stored(), ElementsAre("user:hi", "user:faster"));
  EXPECT_EQ(Outcome(receipt), "stored");
}

TEST_F(JournalFenceTest, ContainsWhatFailsThen) {
  store_ = std::make_shared<FullStore>(1);
  StartTurn();
  Assistant("a1", "see", {"c1"});
  const auto receipt = Steer("faster");
  User("u2", "faster");
  ProviderFails();
  EXPECT_THAT(Outcome(receipt), HasSubstr("disk full"));
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_EQ(aborts_, 0);
}

TEST_F(JournalFenceTest, RejectsSteeringThatNeverTookEffect) {
  StartTurn();
  const auto receipt = Steer("faster");
  ProviderFails();
  EXPECT_TRUE(journal_->Barrier().has_value());
  EXPECT_EQ(Outcome(receipt), "open");
  journal_->Close();
  EXPECT_EQ(Outcome(receipt),
            "Copilot steering ended before its SDK user event could persist");
}

TEST_F(JournalFenceTest, RefusesSteeringFromThenOn) {
  StartTurn();
  ProviderFails();
  const auto refused = journal_->Expect("faster");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "Copilot steering is unavailable after provider termination");
}

}  // namespace
}  // namespace copilot::harness
