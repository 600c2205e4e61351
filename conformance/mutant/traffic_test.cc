// SPDX-License-Identifier: MIT
#include "conformance/mutant/traffic.h"

#include <gtest/gtest.h>

#include "conformance/mutant/variants/helpers.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

// A turn, as the proxies of both places saw it.
class TrafficTest : public testing::Test {
 protected:
  TrafficTest() {
    sandbox_.Write(file_, "");
    const TrafficRecorder recorder(file_);
    recorder.Started(Place::kAdapter,
                     {{"adapter"}, {{"GH_TOKEN", "tok-a"}}, "/"});
    recorder.Passed(Place::kAdapter, Way::kDown,
                    {{"id", 1},
                     {"method", "attempt.run"},
                     {"params", {{"params", {{"runId", "run-1"}}}}}});
    recorder.Passed(Place::kCli, Way::kDown,
                    {{"id", 5},
                     {"method", "session.create"},
                     {"params", {{"model", "gpt-4.1"}}}});
    recorder.Passed(Place::kCli, Way::kUp,
                    {{"id", 5}, {"result", {{"sessionId", "s"}}}});
    recorder.Passed(Place::kAdapter, Way::kUp,
                    {{"id", 1}, {"result", {{"assistantTexts", {"hi"}}}}});
  }

  // Twice: the first must not spoil the second.
  bool IsTouchedBy(Fault fault) {
    const Mutation mutation{"test", {}, "", {std::move(fault)}};
    const bool touched = traffic().IsTouchedBy(mutation);
    EXPECT_EQ(traffic().IsTouchedBy(mutation), touched);
    return touched;
  }

  Traffic& traffic() {
    if (!traffic_) traffic_ = Traffic::Read(file_);
    return *traffic_;
  }

  Sandbox sandbox_;
  const std::string file_ = sandbox_.own("traffic");
  std::optional<Traffic> traffic_;
};

TEST_F(TrafficTest, IsTouchedByWhatChangesAMessage) {
  EXPECT_EQ(traffic().size(), 5u);
  EXPECT_TRUE(IsTouchedBy(OnAttempt(Set("runId", "run"))));
  EXPECT_TRUE(IsTouchedBy(OnResult(Erase("assistantTexts"))));
  EXPECT_TRUE(IsTouchedBy(OnCliRequest("session.create", Erase("model"))));
  EXPECT_TRUE(IsTouchedBy(OnCliAnswer("session.create", Erase("sessionId"))));
  EXPECT_TRUE(IsTouchedBy(DropCliRequest("session.create")));
  EXPECT_TRUE(IsTouchedBy(RepeatCliAnswer("session.create")));
}

TEST_F(TrafficTest, IsNotTouchedByWhatChangesNothing) {
  EXPECT_FALSE(IsTouchedBy(OnAttempt(Set("runId", "run-1"))));
  EXPECT_FALSE(IsTouchedBy(OnAttempt(Erase("agentId"))));
  EXPECT_FALSE(IsTouchedBy(OnCliRequest("session.resume", Set("x", 1))));
  EXPECT_FALSE(IsTouchedBy(DropNotification("log")));
  // Started without a token to exchange.
  EXPECT_FALSE(IsTouchedBy(
      AdapterEnvironment([](std::map<std::string, std::string>& variables) {
        variables.erase("GITHUB_TOKEN");
      })));
  EXPECT_FALSE(IsTouchedBy(ExtraClis(1))) << "no CLI was started";
}

TEST_F(TrafficTest, IsTouchedByWhatReachesBeyondMessages) {
  EXPECT_TRUE(
      IsTouchedBy(AfterAttempt([](State& state) { state.world.Print("x"); })));
  EXPECT_TRUE(IsTouchedBy(
      AfterAttempt([](State& state) { state.world.Write("x", "y"); })));
  EXPECT_FALSE(IsTouchedBy(
      AfterCompaction([](State& state) { state.world.Print("x"); })));
  EXPECT_TRUE(IsTouchedBy(
      AdapterEnvironment([](std::map<std::string, std::string>& variables) {
        variables["GH_TOKEN"] = "";
      })));
}

TEST(TrafficFileTest, AFileThatIsNotThereIsEmpty) {
  EXPECT_EQ(Traffic::Read("/nowhere/traffic").size(), 0u);
}

}  // namespace
}  // namespace copilot::conformance
