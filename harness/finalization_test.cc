// SPDX-License-Identifier: MIT
#include "harness/finalization.h"

#include <gtest/gtest.h>

#include "harness/fake_sdk.h"
#include "harness/harness.h"

namespace copilot::harness {
namespace {

using testing::_;
using testing::Return;

using Opened = Expected<std::shared_ptr<SdkSession>>;

constexpr char kNoSession[] =
    "[copilot] cannot safely finalize a settled tool turn without its "
    "compatible SDK session";

class FinalizationTest : public testing::Test {
 protected:
  FinalizationTest() {
    ON_CALL(*factory_, Create)
        .WillByDefault([this](const ClientOptions& options) {
          modes_.push_back(options.client_mode);
          return Expected<std::shared_ptr<SdkClient>>(client_);
        });
    ON_CALL(*client_, CreateSession).WillByDefault([this](const auto&) {
      const std::string id = "sdk-" + std::to_string(++created_);
      return Opened(std::make_shared<FakeSession>(id));
    });
    ON_CALL(*client_, ResumeSession)
        .WillByDefault([this](const std::string& id, const auto& config) {
          resumed_.push_back(id);
          config_ = config;
          return Opened(session_);
        });
    HarnessOptions options;
    options.environment = std::make_shared<FakeEnvironment>();
    options.virtual_clock = std::make_shared<VirtualClock>();
    options.factory = factory_;
    harness_ = std::make_unique<Harness>(std::move(options));
  }

  static AttemptParams Params(const Json& more = Json::object()) {
    Json params = {{"sessionId", "session-1"},
                   {"provider", "github-copilot"},
                   {"model", "gpt-4.1"},
                   {"workspaceDir", "/work"},
                   {"prompt", "Now say it."}};
    params.update(more);
    return AttemptParams::FromJson(params);
  }
  AttemptResult Settle() {
    const auto result = harness_->RunAttempt(Params(), {});
    EXPECT_TRUE(result.has_value());
    return result ? *result : AttemptResult();
  }
  Expected<RestrictedAnswer> Finalize(const AttemptResult& settled,
                                      const Json& more = Json::object()) {
    return harness_->FinalizeSettledTurn(Params(more), settled);
  }

  std::shared_ptr<testing::NiceMock<MockFactory>> factory_ =
      std::make_shared<testing::NiceMock<MockFactory>>();
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::shared_ptr<FakeSession> session_ =
      std::make_shared<FakeSession>("sdk-1");
  std::vector<std::string> modes_;
  std::vector<std::string> resumed_;
  SessionConfig config_;
  int created_ = 0;
  std::unique_ptr<Harness> harness_;
};

TEST_F(FinalizationTest, TheTurnsOwnSessionAnswersWithoutTools) {
  const AttemptResult settled = Settle();
  session_->turn = [](FakeSession& session) {
    session.Emit(Event("assistant.usage", {{"inputTokens", 7}}));
    return session.Answer("Four.");
  };
  const auto answer = Finalize(settled);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(resumed_, std::vector<std::string>{"sdk-1"});
  EXPECT_EQ(session_->calls(),
            (std::vector<std::string>{"on", "sendAndWait", "disconnect"}));
  EXPECT_EQ(session_->sent().at(0).prompt, "Now say it.");
  EXPECT_TRUE(config_.tools.empty());
  EXPECT_TRUE(config_.available_tools.empty());
  EXPECT_FALSE(config_.on_user_input_request);
  EXPECT_TRUE(config_.hooks.empty());
  EXPECT_EQ(config_.on_permission_request(Json::object(), "sdk-1")["kind"],
            "reject");
  const Json json = answer->ToJson();
  EXPECT_EQ(json["assistant"]["content"][0]["text"], "Four.") << json;
  EXPECT_EQ(json["usage"]["input"], 7);
  EXPECT_EQ(json.size(), 2u);
}

TEST_F(FinalizationTest, ItsClientIsOfTheEmptyMode) {
  const AttemptResult settled = Settle();
  ASSERT_TRUE(Finalize(settled).has_value());
  EXPECT_EQ(modes_, (std::vector<std::string>{"", "empty"}));
}

TEST_F(FinalizationTest, TheConversationGoesOnWithItsSession) {
  ASSERT_TRUE(Finalize(Settle()).has_value());
  EXPECT_EQ(Settle().sdk_session_id, "sdk-1");
  EXPECT_EQ(created_, 1);
}

TEST_F(FinalizationTest, AnInvalidReplayDoesNotMatter) {
  const AttemptResult settled = Settle();
  EXPECT_TRUE(
      Finalize(settled, {{"initialReplayState", {{"replayInvalid", true}}}})
          .has_value());
  EXPECT_EQ(created_, 1);
}

TEST_F(FinalizationTest, ATurnWithoutSessionIsRefused) {
  const auto answer = Finalize({});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message, kNoSession);
  EXPECT_EQ(answer.error().code, "settled_finalization_session_unavailable");
  EXPECT_TRUE(modes_.empty());
}

TEST_F(FinalizationTest, AnIncompatibleSessionIsRefused) {
  const AttemptResult settled = Settle();
  const auto other_model = Finalize(settled, {{"model", "gpt-5"}});
  ASSERT_FALSE(other_model.has_value());
  EXPECT_EQ(other_model.error().message, kNoSession);
  AttemptResult other_session = settled;
  other_session.sdk_session_id = "sdk-9";
  EXPECT_FALSE(Finalize(other_session).has_value());
  EXPECT_TRUE(resumed_.empty());
}

TEST_F(FinalizationTest, AResumeThatFailsCreatesNoSession) {
  const AttemptResult settled = Settle();
  EXPECT_CALL(*client_, ResumeSession)
      .WillOnce(Return(Opened(Fail("Session not found: sdk-1"))));
  const auto answer = Finalize(settled);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message, "Session not found: sdk-1");
  EXPECT_EQ(answer.error().code, "settled_finalization_resume_failed");
  EXPECT_EQ(created_, 1);
}

TEST_F(FinalizationTest, ATurnWithoutAnswerFails) {
  const AttemptResult settled = Settle();
  session_->turn = [](FakeSession& session) {
    session.Emit(Event("session.idle"));
    return Expected<std::optional<Json>>(std::nullopt);
  };
  EXPECT_FALSE(Finalize(settled).has_value());
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(FinalizationTest, ATimeoutInterruptsTheSession) {
  const AttemptResult settled = Settle();
  session_->turn = [](FakeSession&) -> Expected<std::optional<Json>> {
    return Fail("Timeout after 1ms waiting for session.idle");
  };
  EXPECT_FALSE(Finalize(settled).has_value());
  EXPECT_EQ(session_->count("abort"), 1);
}

TEST_F(FinalizationTest, AClientThatKeepsTheSessionIsStoppedByForce) {
  const AttemptResult settled = Settle();
  session_->on_disconnect = []() -> Status { return Fail("late"); };
  EXPECT_CALL(*client_, ForceStop).Times(1);
  EXPECT_TRUE(Finalize(settled).has_value());
  testing::Mock::VerifyAndClearExpectations(client_.get());
}

TEST_F(FinalizationTest, ADisposedHarnessRefuses) {
  const AttemptResult settled = Settle();
  ASSERT_TRUE(harness_->Dispose().has_value());
  EXPECT_EQ(Finalize(settled).error().message,
            "[copilot] harness has been disposed; cannot start new attempts");
}

TEST(RestrictedConfigTest, EverythingThatIsOffIsSaidOnTheWire) {
  SessionConfig base;
  base.model = "gpt-4.1";
  base.working_directory = "/work";
  base.tools.emplace_back().name = "read";
  base.available_tools = {"read", "builtin:ask_user"};
  base.instruction_directories = {"/work"};
  base.infinite_sessions = {{"enabled", true}};
  base.system_message = "Be brief.";
  base.on_user_input_request = [](const UserInputRequest&,
                                  const std::function<void(UserInputAnswer)>&) {
  };
  base.hooks["preToolUse"] = [](const Json&, const std::string&) {
    return Json();
  };
  const Json none = Json::array();
  const Json off = {{"enabled", false}};
  EXPECT_EQ(
      CreateParams(RestrictedConfig(base, SystemMessageMode::kCustomize), "s1"),
      Json({{"sessionId", "s1"},
            {"model", "gpt-4.1"},
            {"tools", none},
            {"availableTools", none},
            {"excludedTools", {"builtin:*", "mcp:*", "custom:*"}},
            {"toolFilterPrecedence", "excluded"},
            {"requestPermission", true},
            {"requestUserInput", false},
            {"requestElicitation", false},
            {"requestExitPlanMode", false},
            {"requestAutoModeSwitch", false},
            {"requestCanvasRenderer", false},
            {"requestExtensions", false},
            {"hooks", false},
            {"workingDirectory", "/work"},
            {"streaming", true},
            {"includeSubAgentStreamingEvents", false},
            {"envValueMode", "direct"},
            {"enableSessionTelemetry", false},
            {"systemMessage",
             {{"mode", "customize"},
              {"content", "Be brief."},
              {"sections", {{"environment_context", {{"action", "remove"}}}}}}},
            {"customAgents", none},
            {"customAgentsLocalOnly", true},
            {"instructionDirectories", none},
            {"pluginDirectories", none},
            {"skillDirectories", none},
            {"mcpServers", Json::object()},
            {"enableConfigDiscovery", false},
            {"enableFileHooks", false},
            {"enableHostGitOperations", false},
            {"enableOnDemandInstructionDiscovery", false},
            {"enableSessionStore", false},
            {"enableSkills", false},
            {"memory", off},
            {"infiniteSessions", off},
            {"isExperimentalMode", false},
            {"embeddingCacheStorage", "in-memory"},
            {"mcpOAuthTokenStorage", "in-memory"},
            {"remoteSession", "off"},
            {"skipEmbeddingRetrieval", true}}));
}

TEST(RestrictedConfigTest, TheRestIsOfTheSessionsOptions) {
  EXPECT_EQ(RestrictedConfig({}, SystemMessageMode::kReplace).options,
            Json({{"skipCustomInstructions", true},
                  {"customAgentsLocalOnly", true},
                  {"coauthorEnabled", false},
                  {"manageScheduleEnabled", false},
                  {"installedPlugins", Json::array()},
                  {"includedBuiltinSkills", Json::array()}}));
}

}  // namespace
}  // namespace copilot::harness
