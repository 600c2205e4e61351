// SPDX-License-Identifier: MIT
#include "harness/compaction.h"

#include <gtest/gtest.h>

#include <future>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using testing::_;
using testing::Return;

const Json kRemoved = {{"success", true},
                       {"messagesRemoved", 4},
                       {"tokensRemoved", 1200},
                       {"summaryContent", "We talked."},
                       {"contextWindow", {{"currentTokens", 900}}}};

class CompactionTest : public testing::Test {
 protected:
  CompactionTest() {
    context_.params.session_id = "session-1";
    context_.params.session_file = "/t.jsonl";
    context_.signal = abort_.signal();
    context_.clock = clock_;
    context_.executor = threads_;
    context_.pool = pool_;
    context_.sdk_session_id = "sdk-1";
    context_.config.model = "gpt-4.1";
    context_.host.hooks = {"before_compaction", "after_compaction"};
    context_.host.run_hook = [this](const std::string& hook, const Json& seen) {
      hooks_.emplace_back(hook, seen);
      return Expected<Json>(Json::object());
    };
    ON_CALL(*pool_, Acquire).WillByDefault(Return(Lease{1, client_}));
    ON_CALL(*client_, ResumeSession)
        .WillByDefault([this](const std::string&, const SessionConfig& config) {
          resumed_with_ = config;
          return Expected<std::shared_ptr<SdkSession>>(session_);
        });
    session_->on_compact = [] { return Expected<Json>(kRemoved); };
  }

  Json Run() {
    outcome_ = RunCompaction(context_);
    return outcome_.result;
  }

  AbortController abort_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<ThreadExecutor> threads_ = std::make_shared<ThreadExecutor>();
  std::shared_ptr<testing::NiceMock<MockPool>> pool_ =
      std::make_shared<testing::NiceMock<MockPool>>();
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::shared_ptr<FakeSession> session_ = std::make_shared<FakeSession>();
  SessionConfig resumed_with_;
  CompactionContext context_;
  CompactionOutcome outcome_;
  std::vector<std::pair<std::string, Json>> hooks_;
};

TEST_F(CompactionTest, ResumesSilentlyCompactsAndLetsGo) {
  EXPECT_CALL(*pool_, Release(_)).Times(1);
  Run();
  EXPECT_EQ(resumed_with_.continue_pending_work, false);
  EXPECT_TRUE(resumed_with_.suppress_resume_event);
  EXPECT_EQ(session_->calls(),
            (std::vector<std::string>{"compact:-", "disconnect"}));
}

TEST_F(CompactionTest, ReportsWhatWasRemoved) {
  context_.params.current_token_count = 2500;
  EXPECT_EQ(Run(), Json({{"ok", true},
                         {"compacted", true},
                         {"reason", "copilot-sdk-history-compacted"},
                         {"result",
                          {{"summary", "We talked."},
                           {"firstKeptEntryId", ""},
                           {"tokensBefore", 2500},
                           {"tokensAfter", 900},
                           {"details", kRemoved},
                           {"sessionId", "session-1"},
                           {"sessionFile", "/t.jsonl"}}}}));
}

TEST_F(CompactionTest, WithoutCountTheTokensBeforeAreComputed) {
  EXPECT_EQ(Run()["result"]["tokensBefore"], 2100);
}

TEST_F(CompactionTest, HooksFireAround) {
  Run();
  ASSERT_EQ(hooks_.size(), 2u);
  EXPECT_EQ(hooks_[0].first, "before_compaction");
  EXPECT_EQ(hooks_[1].second, Json({{"messageCount", -1},
                                    {"compactedCount", 4},
                                    {"sessionFile", "/t.jsonl"}}));
}

TEST_F(CompactionTest, NothingRemovedIsUnderTargetWithoutAfterHook) {
  session_->on_compact = [] {
    return Expected<Json>(Json{{"success", true}, {"messagesRemoved", 0}});
  };
  EXPECT_EQ(Run(), Json({{"ok", true},
                         {"compacted", false},
                         {"reason", "already under target"}}));
  EXPECT_EQ(hooks_.size(), 1u);
}

TEST_F(CompactionTest, InstructionsArePassedOnUnlessBlank) {
  context_.params.custom_instructions = "Keep names.";
  Run();
  EXPECT_EQ(session_->count("compact:Keep names."), 1);
  context_.params.custom_instructions = "  ";
  Run();
  EXPECT_EQ(session_->count("compact:-"), 1);
}

TEST_F(CompactionTest, AnUnsuccessfulAnswerIsAFailureWithoutText) {
  session_->on_compact = [] {
    return Expected<Json>(Json{{"success", false}});
  };
  EXPECT_EQ(
      Run(),
      Json({{"ok", false},
            {"compacted", false},
            {"reason", "copilot-sdk-history-compact-failed"},
            {"failure", {{"reason", "copilot-sdk-history-compact-failed"}}}}));
}

TEST_F(CompactionTest, AnErrorIsReportedWithItsText) {
  session_->on_compact = []() -> Expected<Json> { return Fail("overloaded"); };
  const Json result = Run();
  EXPECT_EQ(result["reason"], "copilot-sdk-history-compact-failed");
  EXPECT_EQ(result["failure"]["rawError"], "overloaded");
  EXPECT_FALSE(outcome_.stale);
}

TEST_F(CompactionTest, ALostSessionIsStale) {
  EXPECT_CALL(*client_, ResumeSession)
      .WillOnce(Return(Expected<std::shared_ptr<SdkSession>>(
          Fail("Session not found: sdk-1"))));
  EXPECT_EQ(Run()["reason"], "stale_thread_binding");
  EXPECT_TRUE(outcome_.stale);
}

TEST_F(CompactionTest, FailuresToLetGoDoNotMatter) {
  session_->on_disconnect = []() -> Status { return Fail("late"); };
  EXPECT_CALL(*pool_, Release).WillOnce(Return(Status(Fail("also late"))));
  EXPECT_EQ(Run()["compacted"], true);
}

TEST_F(CompactionTest, AnAbortBeforeItBeganStartsNothing) {
  EXPECT_CALL(*pool_, Acquire).Times(0);
  abort_.Abort("no more");
  const Json result = Run();
  EXPECT_EQ(result["reason"], "copilot-sdk-history-compact-failed");
  EXPECT_EQ(result["failure"]["rawError"], "no more");
}

TEST_F(CompactionTest, AnAbortAfterTheResumeDoesNotCompact) {
  EXPECT_CALL(*pool_, Release).Times(1);
  EXPECT_CALL(*client_, ResumeSession)
      .WillOnce([this](const std::string&, const SessionConfig&) {
        abort_.Abort("no more");
        return Expected<std::shared_ptr<SdkSession>>(session_);
      });
  EXPECT_EQ(Run()["failure"]["rawError"], "no more");
  EXPECT_EQ(session_->calls(), std::vector<std::string>{"disconnect"});
}

TEST_F(CompactionTest, AnAbortWhileItRunsIsPassedOnOnce) {
  std::promise<void> aborted;
  session_->on_compact = [&]() -> Expected<Json> {
    abort_.Abort("no more");
    aborted.get_future().wait();
    return Fail("Compaction Cancelled");
  };
  session_->on_disconnect = [&]() -> Status {
    aborted.set_value();
    return {};
  };
  EXPECT_EQ(Run()["failure"]["rawError"], "no more");
  EXPECT_EQ(session_->count("abortManualCompaction"), 1);
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(CompactionTest, ACompactionThatNeverEndsIsGivenUp) {
  // Shared: the call that is given up may outlive the test.
  const auto began = std::make_shared<std::promise<void>>();
  std::promise<void> over;
  session_->on_compact = [began, end = over.get_future().share()] {
    began->set_value();
    end.wait();
    return Expected<Json>(kRemoved);
  };
  auto result = std::async(std::launch::async, [&] { return Run(); });
  began->get_future().wait();
  clock_->Advance(Milliseconds(180000));
  EXPECT_EQ(result.get()["failure"]["rawError"], "Compaction timed out");
  over.set_value();
}

TEST(CompactionRefusedTest, OnlyMissingParametersCarryNoFailure) {
  EXPECT_EQ(CompactionRefused("missing-required-params"),
            Json({{"ok", false},
                  {"compacted", false},
                  {"reason", "missing-required-params"}}));
  EXPECT_EQ(CompactionRefused("missing_thread_binding")["failure"],
            Json({{"reason", "missing_thread_binding"}}));
}

}  // namespace
}  // namespace copilot::harness
