// SPDX-License-Identifier: MIT
//
// Messages for a running turn, and turns that fail.
#include "harness/journal/journal_fixture.h"

namespace copilot::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
