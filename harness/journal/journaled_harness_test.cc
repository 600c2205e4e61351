// SPDX-License-Identifier: MIT
//
// What a harness of the journal profile remembers of its sessions.
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/fake_sdk.h"
#include "harness/harness.h"
#include "harness/journal/journal_params.h"
#include "harness/journal/row_store.h"

namespace copilot::harness {
namespace {

using testing::Return;

using Opened = Expected<std::shared_ptr<SdkSession>>;

class JournaledHarnessTest : public testing::Test {
 protected:
  JournaledHarnessTest() {
    ON_CALL(*factory_, Create)
        .WillByDefault(Return(Expected<std::shared_ptr<SdkClient>>(client_)));
    ON_CALL(*client_, CreateSession).WillByDefault([this](const auto&) {
      return Open();
    });
    ON_CALL(*client_, ResumeSession)
        .WillByDefault([this](const std::string&, const auto&) {
          ++resumed_;
          return Open();
        });
    Restart();
  }
  ~JournaledHarnessTest() override { std::filesystem::remove(store_path_); }

  // Only the store remembers anything.
  void Restart() {
    harness_.reset();
    HarnessOptions options;
    options.profile = Profile::kJournal;
    options.environment = std::make_shared<FakeEnvironment>();
    options.virtual_clock = std::make_shared<VirtualClock>();
    options.store = store_;
    options.factory = factory_;
    harness_ = std::make_unique<Harness>(std::move(options));
  }
  Opened Open() {
    auto session = std::make_shared<FakeSession>();
    session->turn = [this](FakeSession& turn) {
      const std::string run = std::to_string(runs_);
      turn.Emit(
          Event("user.message", {{"content", taken_}}, {{"id", "u" + run}}));
      const Json message = Event("assistant.message", {{"content", "done"}},
                                 {{"id", "a" + run}});
      turn.Emit(message);
      turn.Emit(Event("session.idle"));
      return Expected<std::optional<Json>>(message);
    };
    return Opened(session);
  }
  AttemptResult Run() {
    auto capabilities = std::make_shared<HostCapabilities>();
    capabilities->record_user_turn = [](const Json&) {
      return Expected<bool>(true);
    };
    capabilities->detached_transcript = transcript_;
    AttemptHost host;
    host.capabilities = capabilities;
    const auto result = harness_->RunAttempt(
        AttemptParams::FromJson({{"sessionId", "session-1"},
                                 {"runId", "run-" + std::to_string(++runs_)},
                                 {"provider", "github-copilot"},
                                 {"model", "gpt-4.1"},
                                 {"workspaceDir", "/work"},
                                 {"prompt", "hi"}}),
        host);
    EXPECT_TRUE(result.has_value());
    return result ? *result : AttemptResult{};
  }
  bool StoredAsValidated() {
    const auto stored = store_->Lookup("session-1");
    return stored && *stored && (*stored)->journal_validated;
  }

  const std::string store_path_ = testing::TempDir() + "journaled_harness_" +
                                  std::to_string(getpid()) + ".json";
  std::shared_ptr<BindingStore> store_ = MakeFileBindingStore(store_path_);
  std::shared_ptr<DetachedTranscript> transcript_ =
      std::make_shared<DetachedTranscript>();
  std::shared_ptr<testing::NiceMock<MockFactory>> factory_ =
      std::make_shared<testing::NiceMock<MockFactory>>();
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::string taken_ = "hi";  // what the CLI says it was asked
  int resumed_ = 0;
  int runs_ = 0;
  std::unique_ptr<Harness> harness_;
};

TEST_F(JournaledHarnessTest, AStoredJournalVersionValidatesTheResumedSession) {
  EXPECT_TRUE(Run().journal->validated);
  EXPECT_TRUE(StoredAsValidated());
  Restart();
  EXPECT_TRUE(Run().journal->validated);
  EXPECT_EQ(resumed_, 1);
}

TEST_F(JournaledHarnessTest, ARecordWithoutItDoesNot) {
  Run();
  auto record = **store_->Lookup("session-1");
  record.journal_validated = false;
  ASSERT_TRUE(store_->Register("session-1", record));
  Restart();
  EXPECT_FALSE(Run().journal->validated);
  EXPECT_EQ(resumed_, 1);
}

TEST_F(JournaledHarnessTest, AResultThatIsNotValidatedTakesTheVersionAway) {
  Run();
  ASSERT_TRUE(StoredAsValidated());
  taken_ = "something else";
  EXPECT_FALSE(Run().journal->validated);
  EXPECT_FALSE(StoredAsValidated());
  taken_ = "hi";
  EXPECT_FALSE(Run().journal->validated);
}

TEST_F(JournaledHarnessTest, ASessionIsNotValidatedBeforeItsTurnIs) {
  Run();
  bool validated_meanwhile = true;
  ON_CALL(*client_, ResumeSession)
      .WillByDefault([&](const std::string&, const auto&) {
        auto session = std::make_shared<FakeSession>();
        session->turn = [&](FakeSession& turn) {
          validated_meanwhile = StoredAsValidated();
          return turn.Answer("done");
        };
        return Opened(session);
      });
  Run();
  EXPECT_FALSE(validated_meanwhile);
}

}  // namespace
}  // namespace copilot::harness
