// SPDX-License-Identifier: MIT
#include "harness/harness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using testing::_;
using testing::Return;

using Opened = Expected<std::shared_ptr<SdkSession>>;

// A store in memory whose operations can be made to fail.
class FakeStore : public BindingStore {
 public:
  mutable std::mutex mutex;  // background cleanups forget, too
  std::map<std::string, StoredBinding> records;
  bool lookup_fails = false;
  bool register_fails = false;
  bool delete_fails = false;
  int deletes = 0;

  std::function<void()> on_lookup = [] {};

  Expected<std::optional<StoredBinding>> Lookup(
      const std::string& id) override {
    const auto told = on_lookup;  // which may replace it
    told();
    const std::lock_guard lock(mutex);
    if (lookup_fails) return Fail("lookup broke");
    const auto it = records.find(id);
    if (it == records.end()) return std::nullopt;
    return it->second;
  }
  Status Register(const std::string& id,
                  const StoredBinding& binding) override {
    const std::lock_guard lock(mutex);
    if (register_fails) return Fail("register broke");
    records[id] = binding;
    return {};
  }
  Status Delete(const std::string& id) override {
    const std::lock_guard lock(mutex);
    ++deletes;
    if (delete_fails) return Fail("delete broke");
    records.erase(id);
    return {};
  }
  std::map<std::string, StoredBinding> Records() const {
    const std::lock_guard lock(mutex);
    return records;
  }
};

class HarnessTest : public testing::Test {
 protected:
  HarnessTest() {
    ON_CALL(*factory_, Create)
        .WillByDefault(Return(Expected<std::shared_ptr<SdkClient>>(client_)));
    ON_CALL(*client_, CreateSession).WillByDefault([this](const auto&) {
      const std::lock_guard lock(mutex_);
      const std::string id = "sdk-" + std::to_string(++created_);
      session_ = std::make_shared<FakeSession>(id);
      if (turn_) session_->turn = turn_;
      return Opened(session_);
    });
    ON_CALL(*client_, ResumeSession)
        .WillByDefault([this](const std::string& id, const auto&) {
          const std::lock_guard lock(mutex_);
          resumed_.push_back(id);
          session_ = std::make_shared<FakeSession>(id);
          if (turn_) session_->turn = turn_;
          return Opened(session_);
        });
    Restart();
  }

  void Restart() {
    harness_.reset();
    HarnessOptions options;
    options.environment = environment_;
    options.virtual_clock = clock_;
    options.store = store_;
    options.factory = factory_;
    harness_ = std::make_unique<Harness>(std::move(options));
  }

  static Json With(const Json& more) {
    Json params = {{"sessionId", "session-1"},
                   {"provider", "github-copilot"},
                   {"model", "gpt-4.1"},
                   {"workspaceDir", "/work"},
                   {"prompt", "hi"}};
    params.update(more);
    return params;
  }
  Expected<AttemptResult> Run(const Json& more = Json::object(),
                              const AbortSignal& signal = {}) {
    return harness_->RunAttempt(AttemptParams::FromJson(With(more)), {},
                                signal);
  }
  // The SDK session that an attempt ran on.
  std::string Session(const Json& more = Json::object()) {
    const auto result = Run(more);
    EXPECT_TRUE(result.has_value());
    return result ? result->sdk_session_id : "";
  }
  Json Compact(const Json& more = Json::object()) {
    const auto result =
        harness_->Compact(AttemptParams::FromJson(With(more)), {});
    return result ? *result : Json(result.error().message);
  }
  // From now on every turn leaves a compaction running.
  void CompactInBackground() {
    turn_ = [](FakeSession& session) {
      session.Emit(Event("session.compaction_start"));
      return session.Answer("done");
    };
  }
  void EndCompaction(const std::shared_ptr<FakeSession>& session) {
    session->Emit(Event("session.compaction_complete", {{"success", true}}));
  }

  std::shared_ptr<FakeEnvironment> environment_ =
      std::make_shared<FakeEnvironment>();
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<FakeStore> store_ = std::make_shared<FakeStore>();
  std::shared_ptr<testing::NiceMock<MockFactory>> factory_ =
      std::make_shared<testing::NiceMock<MockFactory>>();
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::mutex mutex_;  // attempts may run side by side
  std::shared_ptr<FakeSession> session_;
  std::function<Expected<std::optional<Json>>(FakeSession&)> turn_;
  std::vector<std::string> resumed_;
  int created_ = 0;
  std::unique_ptr<Harness> harness_;
};

TEST_F(HarnessTest, PresentsItself) {
  EXPECT_EQ(harness_->id(), "copilot");
  EXPECT_EQ(harness_->label(), "GitHub Copilot agent runtime");
}

TEST_F(HarnessTest, MakesNoClientBeforeTheFirstAttempt) {
  EXPECT_CALL(*factory_, Create).Times(0);
  EXPECT_TRUE(harness_->Dispose().has_value());
}

TEST_F(HarnessTest, AttemptsShareOnePool) {
  EXPECT_CALL(*factory_, Create).Times(1);
  Session();
  Session({{"sessionId", "session-2"}});
}

TEST_F(HarnessTest, AttemptsAreNotSerialised) {
  std::promise<void> both;
  std::atomic<int> running = 0;
  const auto all = both.get_future().share();
  turn_ = [&](FakeSession& session) {
    if (++running == 2) both.set_value();
    all.wait();
    return session.Answer("done");
  };
  auto one = std::async(std::launch::async, [&] { return Run(); });
  auto two = std::async(std::launch::async, [&] {
    return Run({{"sessionId", "session-2"}});
  });
  EXPECT_TRUE(one.get().has_value());
  EXPECT_TRUE(two.get().has_value());
}

TEST_F(HarnessTest, AnUnsupportedProviderIsAResult) {
  EXPECT_CALL(*factory_, Create).Times(0);
  const auto result = Run({{"provider", "acme"}});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->prompt_error->code, "model_not_supported");
  EXPECT_NE(result->prompt_error->message.find("BYOK requires"),
            std::string::npos);
}

TEST_F(HarnessTest, AuthThatCannotBeUsedRejects) {
  EXPECT_CALL(*factory_, Create).Times(0);
  const auto result = Run({{"auth", {{"gitHubToken", "tok"}}}});
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().message.find("profileId+profileVersion"),
            std::string::npos);
}

TEST_F(HarnessTest, TheSecondAttemptResumes) {
  EXPECT_EQ(Session(), "sdk-1");
  EXPECT_EQ(Session(), "sdk-1");
  EXPECT_EQ(resumed_, std::vector<std::string>{"sdk-1"});
  EXPECT_EQ(Session({{"sessionId", "session-2"}}), "sdk-2");
}

TEST_F(HarnessTest, AnIncompatibleAttemptCreates) {
  Session();
  EXPECT_EQ(Session({{"model", "gpt-5"}}), "sdk-2");
  EXPECT_EQ(Session({{"model", "gpt-5"}, {"cwd", "/work/sub"}}), "sdk-3");
  environment_->variables["GH_TOKEN"] = "tok-1";
  EXPECT_EQ(Session(), "sdk-4");
  environment_->variables["GH_TOKEN"] = "tok-2";
  EXPECT_EQ(Session(), "sdk-5");
}

TEST_F(HarnessTest, TheCallersReplayFlagIsKept) {
  Session();
  const auto result = Run({{"initialReplayState", {{"replayInvalid", true}}}});
  EXPECT_EQ(result->sdk_session_id, "sdk-2");
  EXPECT_FALSE(result->replay_safe);
}

TEST_F(HarnessTest, ANewHarnessResumesWhatTheStoreKnows) {
  Session();
  EXPECT_EQ(store_->Records().at("session-1").sdk_session_id, "sdk-1");
  Restart();
  EXPECT_EQ(Session(), "sdk-1");
  Restart();
  EXPECT_EQ(Session({{"model", "gpt-5"}}), "sdk-2");
}

TEST_F(HarnessTest, AStoreThatCannotBeReadIsCleared) {
  Session();
  Restart();
  store_->lookup_fails = true;
  EXPECT_EQ(Session(), "sdk-2");
  EXPECT_EQ(store_->deletes, 1);
}

TEST_F(HarnessTest, AStoreThatCannotBeWrittenLeavesTheMemory) {
  store_->register_fails = true;
  Session();
  EXPECT_EQ(Session(), "sdk-1");
  EXPECT_TRUE(store_->Records().empty());
}

TEST_F(HarnessTest, AnOlderStoredSessionDoesNotSneakIn) {
  Session();
  const StoredBinding old = store_->Records().at("session-1");
  Session({{"model", "gpt-5"}});
  store_->records["session-1"] = old;
  EXPECT_EQ(Session(), "sdk-3");
}

TEST_F(HarnessTest, AResetDeletesTheNewestSessionOnce) {
  Session();
  Session({{"model", "gpt-5"}});
  EXPECT_CALL(*client_, DeleteSession("sdk-2")).Times(1);
  harness_->Reset("session-1");
  harness_->Reset("session-1");
  EXPECT_TRUE(store_->Records().empty());
  EXPECT_EQ(Session(), "sdk-3");
}

TEST_F(HarnessTest, AResetOfNothingDoesNothing) {
  Session();
  EXPECT_CALL(*client_, DeleteSession).Times(0);
  harness_->Reset("");
  harness_->Reset("nobody");
  EXPECT_EQ(Session(), "sdk-1");
}

TEST_F(HarnessTest, AResetForgetsWhatOnlyTheStoreKnows) {
  Session();
  Restart();
  EXPECT_CALL(*client_, DeleteSession).Times(0);
  harness_->Reset("session-1");
  EXPECT_TRUE(store_->Records().empty());
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, AResetSurvivesARefusalToDelete) {
  Session();
  EXPECT_CALL(*client_, DeleteSession).WillOnce(Return(Status(Fail("no"))));
  harness_->Reset("session-1");
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, ARecordThatCannotBeDeletedIsNotResumed) {
  Session();
  store_->delete_fails = true;
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  harness_->Reset("session-1");
  EXPECT_EQ(store_->Records().count("session-1"), 1u);
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, AfterDisposeNothingIsDone) {
  Session();
  EXPECT_CALL(*client_, Stop).Times(1);
  EXPECT_CALL(*client_, DeleteSession).Times(0);
  EXPECT_TRUE(harness_->Dispose().has_value());
  EXPECT_TRUE(harness_->Dispose().has_value());
  harness_->Reset("session-1");
  EXPECT_TRUE(Compact().is_null());
  const auto late = Run();
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().message,
            "[copilot] harness has been disposed; cannot start new attempts");
}

TEST_F(HarnessTest, DisposeWaitsForARunningAttempt) {
  std::promise<void> began;
  std::promise<void> may_end;
  std::atomic<bool> ended = false;
  turn_ = [&](FakeSession& session) {
    began.set_value();
    may_end.get_future().wait();
    ended = true;
    return session.Answer("done");
  };
  auto attempt = std::async(std::launch::async, [&] { return Run(); });
  began.get_future().wait();
  EXPECT_CALL(*client_, Stop).WillOnce([&] {
    EXPECT_TRUE(ended);
    return std::vector<Error>();
  });
  auto dispose =
      std::async(std::launch::async, [&] { return harness_->Dispose(); });
  may_end.set_value();
  EXPECT_TRUE(attempt.get().has_value());
  EXPECT_TRUE(dispose.get().has_value());
}

TEST_F(HarnessTest, ClientsThatDoNotStopMakeDisposeFail) {
  Session();
  EXPECT_CALL(*client_, Stop)
      .WillOnce(
          Return(std::vector<Error>{{"one", "", 0, 0}, {"two", "", 0, 0}}));
  const Status disposed = harness_->Dispose();
  ASSERT_FALSE(disposed.has_value());
  EXPECT_EQ(disposed.error().message,
            "[copilot] pool disposal errors\none\ntwo");
  EXPECT_FALSE(harness_->Dispose().has_value());
}

TEST_F(HarnessTest, ASessionThatCompactsIsNotResumedUntilItIsDone) {
  CompactInBackground();
  EXPECT_EQ(Session(), "sdk-1");
  const auto first = session_;
  EXPECT_EQ(Compact()["reason"], "background-compaction-pending");
  EndCompaction(first);
  while (Compact()["reason"] == "background-compaction-pending") {
    std::this_thread::yield();
  }
  turn_ = nullptr;
  EXPECT_EQ(Session(), "sdk-1");
}

TEST_F(HarnessTest, TheReplacementOfACompactingSessionIsResumed) {
  CompactInBackground();
  EXPECT_EQ(Session(), "sdk-1");
  turn_ = nullptr;
  EXPECT_EQ(Session(), "sdk-2");
  EXPECT_EQ(Session(), "sdk-2");
  EXPECT_EQ(store_->Records().at("session-1").sdk_session_id, "sdk-2");
}

TEST_F(HarnessTest, ACompactionThatNeverEndsCostsItsBinding) {
  CompactInBackground();
  std::promise<void> deleted;
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).WillOnce([&](const auto&) {
    deleted.set_value();
    return Status();
  });
  Session();
  clock_->Advance(Milliseconds(180000));
  deleted.get_future().wait();
  turn_ = nullptr;
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, AResetEndsABackgroundCompactionAndDeletesOnce) {
  CompactInBackground();
  Session();
  const auto first = session_;
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  harness_->Reset("session-1");
  EXPECT_EQ(first->count("cancelBackgroundCompaction"), 1);
  EXPECT_EQ(first->count("disconnect"), 1);
}

TEST_F(HarnessTest, DisposeEndsABackgroundCompaction) {
  CompactInBackground();
  Session();
  const auto first = session_;
  EXPECT_TRUE(harness_->Dispose().has_value());
  EXPECT_EQ(first->count("cancelBackgroundCompaction"), 1);
}

TEST_F(HarnessTest, CompactsATrackedSessionOnly) {
  EXPECT_EQ(Compact()["reason"], "missing_thread_binding");
  EXPECT_EQ(Compact({{"sessionId", ""}})["reason"], "missing-required-params");
  Session();
  EXPECT_EQ(Compact()["reason"], "already under target");
  EXPECT_EQ(resumed_, std::vector<std::string>{"sdk-1"});
  EXPECT_EQ(Compact({{"model", "gpt-5"}})["reason"], "missing_thread_binding");
  environment_->variables["GH_TOKEN"] = "tok";
  EXPECT_EQ(Compact()["reason"], "missing_thread_binding");
}

TEST_F(HarnessTest, DoesNotCompactWhatOnlyTheStoreKnows) {
  Session();
  Restart();
  EXPECT_EQ(Compact()["reason"], "missing_thread_binding");
  EXPECT_EQ(store_->Records().count("session-1"), 1u);
}

TEST_F(HarnessTest, ACompactionWithUnusableAuthRejects) {
  Session();
  EXPECT_NE(Compact({{"auth", {{"gitHubToken", "tok"}}}})
                .get<std::string>()
                .find("profileId"),
            std::string::npos);
}

TEST_F(HarnessTest, AStaleCompactionForgetsTheSession) {
  Session();
  EXPECT_CALL(*client_, ResumeSession)
      .WillOnce(Return(Opened(Fail("Session not found: sdk-1"))));
  EXPECT_EQ(Compact()["reason"], "stale_thread_binding");
  EXPECT_TRUE(store_->Records().empty());
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, ThePoolOfTheCallerIsUsedAndLeftAlone) {
  const auto pool = std::make_shared<testing::NiceMock<MockPool>>();
  EXPECT_CALL(*pool, Acquire)
      .WillOnce(Return(Expected<Lease>(Lease{1, client_})));
  EXPECT_CALL(*pool, Dispose).Times(0);
  EXPECT_CALL(*factory_, Create).Times(0);
  HarnessOptions options;
  options.environment = environment_;
  options.virtual_clock = clock_;
  options.factory = factory_;
  options.pool = pool;
  harness_ = std::make_unique<Harness>(std::move(options));
  EXPECT_EQ(Session(), "sdk-1");
  EXPECT_TRUE(harness_->Dispose().has_value());
}

TEST_F(HarnessTest, AnAttemptThatStartsWhileTheHarnessIsDisposedRejects) {
  EXPECT_CALL(*factory_, Create).Times(0);
  std::future<Status> disposed;
  store_->on_lookup = [&] {
    store_->on_lookup = [] {};
    disposed =
        std::async(std::launch::async, [&] { return harness_->Dispose(); });
    // Once others are refused, the disposal has begun.
    while (Run({{"sessionId", ""}, {"provider", "nobody"}}).has_value()) {
      std::this_thread::yield();
    }
  };
  const auto result = Run();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message,
            "[copilot] harness was disposed while starting an attempt");
  EXPECT_TRUE(disposed.get().has_value());
}

TEST_F(HarnessTest, WhatIsEstablishedDuringAResetSurvivesIt) {
  CompactInBackground();
  Session();
  const auto first = session_;
  first->on_cancel = [&] {
    turn_ = nullptr;
    EXPECT_EQ(Session(), "sdk-2");
  };
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  harness_->Reset("session-1");
  EXPECT_EQ(store_->Records().at("session-1").sdk_session_id, "sdk-2");
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, AnAttemptDuringAResetDoesNotReuseItsSession) {
  Session();
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).WillOnce([&](const auto&) {
    EXPECT_EQ(Session(), "sdk-2");
    return Status();
  });
  harness_->Reset("session-1");
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, TheCleanupOfAReplacedSessionChangesNothing) {
  CompactInBackground();
  Session();
  std::promise<void> deleted;
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).WillOnce([&](const auto&) {
    deleted.set_value();
    return Status();
  });
  turn_ = nullptr;
  EXPECT_EQ(Session(), "sdk-2");
  clock_->Advance(Milliseconds(180000));
  deleted.get_future().wait();
  EXPECT_EQ(Session(), "sdk-2");
  EXPECT_TRUE(harness_->Dispose().has_value());
  EXPECT_EQ(store_->Records().at("session-1").sdk_session_id, "sdk-2");
}

TEST_F(HarnessTest, AReplacementThatCannotBeRecordedLiftsTheBlock) {
  Session();
  store_->delete_fails = true;
  harness_->Reset("session-1");
  store_->register_fails = true;
  EXPECT_EQ(Session(), "sdk-2");
  EXPECT_EQ(Session(), "sdk-2");
}

TEST_F(HarnessTest, ATokensSessionIsNotCompactedWithoutThatToken) {
  environment_->variables["GH_TOKEN"] = "tok-a";
  Session();
  EXPECT_NE(Compact()["reason"], "missing_thread_binding");
  const auto before = session_;
  environment_->variables["GH_TOKEN"] = "tok-b";
  EXPECT_EQ(Compact()["reason"], "missing_thread_binding");
  environment_->variables.erase("GH_TOKEN");
  EXPECT_EQ(Compact()["reason"], "missing_thread_binding");
  EXPECT_EQ(session_, before) << "a session was opened";
}

TEST_F(HarnessTest, WithoutAuthorityAHostOfTheJournalCompactsNothing) {
  HarnessOptions options;
  options.profile = Profile::kJournal;
  options.environment = environment_;
  options.factory = factory_;
  harness_ = std::make_unique<Harness>(std::move(options));
  EXPECT_EQ(Compact(),
            "This host did not provide compaction source authority. Update "
            "OpenClaw before compacting this session.");
}

}  // namespace
}  // namespace copilot::harness
