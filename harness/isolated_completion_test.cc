// SPDX-License-Identifier: MIT
#include "harness/isolated_completion.h"

#include <gtest/gtest.h>

#include <future>

#include "harness/fake_sdk.h"
#include "harness/harness.h"

namespace copilot::harness {
namespace {

using Opened = Expected<std::shared_ptr<SdkSession>>;

class IsolatedCompletionTest : public testing::Test {
 protected:
  IsolatedCompletionTest() {
    params_.model_id = "gpt-4.1";
    params_.prompt = "Name it.";
    params_.system_prompt = "You name things.";
    params_.agent_dir = "/agents/main";
    params_.authorization_owner = "host";
    params_.api_key = wire::Secret("tok-isolated");
    params_.timeout_ms = 1000;
    ON_CALL(*factory_, Create)
        .WillByDefault([this](const ClientOptions& options) {
          options_.push_back(options);
          return Expected<std::shared_ptr<SdkClient>>(client_);
        });
    ON_CALL(*client_, CreateSession).WillByDefault([this](const auto& config) {
      config_ = config;
      return Opened(session_);
    });
    HarnessOptions options;
    options.environment = std::make_shared<FakeEnvironment>();
    options.virtual_clock = clock_;
    options.factory = factory_;
    harness_ = std::make_unique<Harness>(std::move(options));
  }

  Expected<RestrictedAnswer> Run() {
    return harness_->RunIsolatedCompletion(params_);
  }
  std::string Refusal() {
    const auto answer = Run();
    return answer ? "" : answer.error().message;
  }

  IsolatedCompletionParams params_;
  std::shared_ptr<testing::NiceMock<MockFactory>> factory_ =
      std::make_shared<testing::NiceMock<MockFactory>>();
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::shared_ptr<FakeSession> session_ =
      std::make_shared<FakeSession>("sdk-1");
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::vector<ClientOptions> options_;
  SessionConfig config_;
  std::unique_ptr<Harness> harness_;
};

TEST_F(IsolatedCompletionTest, ASessionOfItsOwnAnswersAndIsDeleted) {
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  params_.think_level = "low";
  const auto answer = Run();
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->assistant["content"][0]["text"], "done");
  EXPECT_EQ(session_->calls(),
            (std::vector<std::string>{"on", "sendAndWait", "disconnect"}));
  const Json params = CreateParams(config_, "s1");
  EXPECT_EQ(params["systemMessage"],
            Json({{"mode", "replace"}, {"content", "You name things."}}));
  EXPECT_EQ(params["reasoningEffort"], "low");
  EXPECT_EQ(params["availableTools"], Json::array());
  EXPECT_EQ(params["gitHubToken"], "tok-isolated");
  testing::Mock::VerifyAndClearExpectations(client_.get());
}

TEST_F(IsolatedCompletionTest, ItsClientIsOfTheEmptyModeAndOfTheCredential) {
  ASSERT_TRUE(Run().has_value());
  ASSERT_TRUE(Run().has_value());
  params_.api_key = wire::Secret("tok-other");
  ASSERT_TRUE(Run().has_value());
  ASSERT_EQ(options_.size(), 2u);
  EXPECT_EQ(options_[0].client_mode, "empty");
  EXPECT_EQ(options_[0].base_directory, "/agents/main/copilot");
  EXPECT_FALSE(options_[0].use_logged_in_user);
}

TEST_F(IsolatedCompletionTest, TheThinkLevelOffIsRefused) {
  params_.think_level = "off";
  EXPECT_EQ(Refusal(),
            "[copilot] isolated completion does not support thinking level "
            "off");
  EXPECT_TRUE(options_.empty());
}

TEST_F(IsolatedCompletionTest, AuthorizationIsTheHostsOrNobodys) {
  params_.authorization_owner = "plugin";
  EXPECT_EQ(
      Refusal(),
      "[copilot] isolated completion requires host-prepared authorization");
  params_.authorization_owner = "host";
  params_.api_key = {};
  EXPECT_EQ(Refusal(),
            "[copilot] isolated completion requires the prepared credential");
  EXPECT_TRUE(options_.empty());
}

TEST_F(IsolatedCompletionTest, AnAnswerIsAMessageOfTheRoot) {
  session_->turn = [](FakeSession& session) {
    session.Emit(Event("session.idle"));
    return Expected<std::optional<Json>>(std::nullopt);
  };
  EXPECT_EQ(Refusal(), "[copilot] no root assistant message was returned");
}

TEST_F(IsolatedCompletionTest, OverItsDeadlineItFailsAndLeavesNoSession) {
  std::promise<void> asked;
  std::promise<void> aborted;
  session_->turn = [&](FakeSession& session) {
    asked.set_value();
    aborted.get_future().wait();
    return session.Answer("late");
  };
  session_->on_abort = [&] { aborted.set_value(); };
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  auto answer = std::async(std::launch::async, [this] { return Run(); });
  asked.get_future().wait();
  clock_->Advance(Milliseconds(1000));
  const auto late = answer.get();
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().message,
            "[copilot] isolated completion timed out after 1000ms");
  EXPECT_EQ(late.error().code, "TimeoutError");
  harness_.reset();
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(IsolatedCompletionTest, ASessionThatAppearsAfterTheDeadlineIsDeleted) {
  std::promise<void> asked;
  std::promise<void> may_appear;
  EXPECT_CALL(*client_, CreateSession).WillOnce([&](const SessionConfig&) {
    asked.set_value();
    may_appear.get_future().wait();
    return Opened(session_);
  });
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  auto answer = std::async(std::launch::async, [this] { return Run(); });
  asked.get_future().wait();
  clock_->Advance(Milliseconds(1000));
  EXPECT_FALSE(answer.get().has_value());
  may_appear.set_value();
  harness_.reset();
  EXPECT_EQ(session_->count("sendAndWait"), 0);
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(IsolatedCompletionTest, ADisposedHarnessRefuses) {
  ASSERT_TRUE(harness_->Dispose().has_value());
  EXPECT_EQ(Refusal(),
            "[copilot] harness has been disposed; cannot start isolated "
            "completion");
}

}  // namespace
}  // namespace copilot::harness
