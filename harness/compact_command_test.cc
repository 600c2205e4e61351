// SPDX-License-Identifier: MIT
#include "harness/compact_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "harness/compat_key.h"
#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using testing::NiceMock;

class MemoryStore : public BindingStore {
 public:
  Expected<std::optional<StoredBinding>> Lookup(
      const std::string& session_id) override {
    if (broken) return Fail("cannot read");
    const auto found = bindings.find(session_id);
    if (found == bindings.end()) return std::nullopt;
    return found->second;
  }
  Status Register(const std::string& session_id,
                  const StoredBinding& binding) override {
    bindings[session_id] = binding;
    return {};
  }
  Status Delete(const std::string& session_id) override {
    bindings.erase(session_id);
    return {};
  }

  std::map<std::string, StoredBinding> bindings;
  bool broken = false;
};

class CompactStoredTest : public testing::Test {
 protected:
  CompactStoredTest() {
    environment_->variables = {{"GH_TOKEN", "token-one"}};
    params_.session_id = "work";
    params_.provider = "github-copilot";
    params_.model_id = "m";
    params_.workspace_dir = "/work";
    Store(params_);
    world_ = {environment_, store_, pool_, std::make_shared<VirtualClock>(),
              std::make_shared<InlineExecutor>()};
    ON_CALL(*pool_, Acquire)
        .WillByDefault([this](const PoolKey&, const ClientOptions&) {
          return Expected<Lease>(Lease{1, client_});
        });
    ON_CALL(*client_, ResumeSession)
        .WillByDefault(
            [this](const std::string& id, const SessionConfig& config)
                -> Expected<std::shared_ptr<SdkSession>> {
              resumed_ = id;
              config_ = config;
              return session_;
            });
    session_->on_compact = [] {
      return Json{{"success", true}, {"tokensRemoved", 90}};
    };
  }

  // As `run` leaves it.
  void Store(const AttemptParams& params) {
    const auto auth = ResolveAuth(params.auth, *environment_);
    const std::string home =
        ResolveCopilotHome("", "", params.agent_id, *environment_);
    const CompatKeys keys = MakeCompatKeys(params, home, &*auth);
    store_->bindings["work"] = {"sdk-7",          keys.compat,
                                keys.compact,     auth->mode,
                                auth->profile_id, auth->profile_version};
  }
  std::string Reason() {
    const auto outcome = CompactStored(world_, params_, AbortSignal());
    EXPECT_TRUE(outcome.has_value());
    return outcome ? outcome->value("reason", "") : "";
  }

  std::shared_ptr<FakeEnvironment> environment_ =
      std::make_shared<FakeEnvironment>();
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
  std::shared_ptr<NiceMock<MockPool>> pool_ =
      std::make_shared<NiceMock<MockPool>>();
  std::shared_ptr<NiceMock<MockClient>> client_ =
      std::make_shared<NiceMock<MockClient>>();
  std::shared_ptr<FakeSession> session_ = std::make_shared<FakeSession>();
  CompactWorld world_;
  AttemptParams params_;
  std::string resumed_;
  SessionConfig config_;
};

TEST_F(CompactStoredTest, TheStoredSessionIsResumedAndCompacted) {
  params_.custom_instructions = "keep names";
  EXPECT_EQ(Reason(), "copilot-sdk-history-compacted");
  EXPECT_EQ(resumed_, "sdk-7");
  EXPECT_EQ(config_.model, "m");
  EXPECT_EQ(config_.working_directory, "/work");
  EXPECT_EQ(config_.github_token.Reveal(), "token-one");
  EXPECT_EQ(config_.continue_pending_work, false);
  EXPECT_EQ(session_->count("compact:keep names"), 1);
  EXPECT_EQ(store_->bindings.count("work"), 1u);
}

TEST_F(CompactStoredTest, AnotherConversationIsLeftAlone) {
  EXPECT_CALL(*pool_, Acquire).Times(0);
  const AttemptParams sound = params_;
  params_.session_id = "other";
  EXPECT_EQ(Reason(), "missing_thread_binding");
  params_ = sound;
  params_.model_id = "n";
  EXPECT_EQ(Reason(), "missing_thread_binding");
  params_ = sound;
  params_.workspace_dir = "/elsewhere";
  EXPECT_EQ(Reason(), "missing_thread_binding");
  params_ = sound;
  environment_->variables["GH_TOKEN"] = "token-two";
  EXPECT_EQ(Reason(), "missing_thread_binding");
  environment_->variables.clear();
  EXPECT_EQ(Reason(), "missing_thread_binding");
  params_.provider = "own";
  EXPECT_EQ(Reason(), "missing_thread_binding");
}

TEST_F(CompactStoredTest, ASessionThatIsGoneIsForgotten) {
  session_->on_compact = []() -> Expected<Json> {
    return Fail("session not found");
  };
  EXPECT_EQ(Reason(), "stale_thread_binding");
  EXPECT_EQ(store_->bindings.count("work"), 0u);
}

TEST_F(CompactStoredTest, AnotherFailureForgetsNothing) {
  session_->on_compact = []() -> Expected<Json> { return Fail("no model"); };
  EXPECT_EQ(Reason(), "copilot-sdk-history-compact-failed");
  EXPECT_EQ(store_->bindings.count("work"), 1u);
}

TEST_F(CompactStoredTest, AuthAndStoreThatCannotBeUsedAreErrors) {
  store_->broken = true;
  EXPECT_FALSE(CompactStored(world_, params_, AbortSignal()).has_value());
  store_->broken = false;
  params_.auth.github_token = wire::Secret("token");
  EXPECT_FALSE(CompactStored(world_, params_, AbortSignal()).has_value());
}

}  // namespace
}  // namespace copilot::harness
