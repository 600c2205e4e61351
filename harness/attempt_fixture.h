// SPDX-License-Identifier: MIT
//
// An attempt on a fake session. For the tests of this folder only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/attempt.h"
#include "harness/fake_sdk.h"

namespace copilot::harness {

class AttemptTest : public testing::Test {
 protected:
  AttemptTest() {
    context_.params.session_id = "session-1";
    context_.params.run_id = "run-1";
    context_.params.prompt = "hi";
    context_.params.provider = "github-copilot";
    context_.params.model_id = "gpt-4.1";
    context_.params.workspace_dir = "/work/./x/..";
    context_.signal = abort_.signal();
    context_.active = std::make_shared<ActiveRun>();
    context_.loop = &loop_;
    context_.clock = clock_;
    context_.executor = threads_;
    context_.pool = pool_;
    context_.transcript = MakeTranscriptFile();
    context_.host.log = [this](const std::string& level,
                               const std::string& text) {
      const std::lock_guard lock(mutex_);
      log_.push_back(level + ": " + text);
    };
    context_.host.hooks = {"agent_end", "llm_input", "llm_output"};
    context_.host.run_hook = [this](const std::string& hook, const Json& seen) {
      const std::lock_guard lock(mutex_);
      hooks_.emplace_back(hook, seen);
      return Expected<Json>(contributions_.value(hook, Json::object()));
    };
    context_.on_deferred = [this](std::shared_ptr<DeferredCleanup> cleanup) {
      deferred_ = std::move(cleanup);
    };
    context_.on_cleaned = [this](const std::string&, CleanupOutcome outcome) {
      cleaned_ = outcome;
    };
    ON_CALL(*pool_, Acquire).WillByDefault(testing::Return(Lease{1, client_}));
    ON_CALL(*client_, CreateSession)
        .WillByDefault([this](const SessionConfig& config) {
          config_ = config;
          return Expected<std::shared_ptr<SdkSession>>(session_);
        });
    ON_CALL(*client_, ResumeSession)
        .WillByDefault([this](const std::string&, const SessionConfig& config) {
          config_ = config;
          return Expected<std::shared_ptr<SdkSession>>(session_);
        });
  }

  // What a test left to the threads must not outlive it.
  ~AttemptTest() override { threads_->WaitIdle(); }

  AttemptResult Run() {
    const auto result = RunAttempt(context_);
    EXPECT_TRUE(result.has_value());
    return result ? *result : AttemptResult{};
  }
  Json Hook(const std::string& name) {
    const std::lock_guard lock(mutex_);
    Json found;
    for (const auto& [hook, payload] : hooks_) {
      if (hook == name) found = payload;
    }
    return found;
  }
  void ExpectNothingStarted() { EXPECT_CALL(*pool_, Acquire).Times(0); }

  Loop loop_;
  AbortController abort_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<testing::NiceMock<MockPool>> pool_ =
      std::make_shared<testing::NiceMock<MockPool>>();
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::shared_ptr<FakeSession> session_ = std::make_shared<FakeSession>();
  std::shared_ptr<ThreadExecutor> threads_ = std::make_shared<ThreadExecutor>();
  AttemptContext context_;
  SessionConfig config_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, Json>> hooks_;
  std::vector<std::string> log_;
  Json contributions_ = Json::object();
  std::shared_ptr<DeferredCleanup> deferred_;
  std::optional<CleanupOutcome> cleaned_;
};

}  // namespace copilot::harness
