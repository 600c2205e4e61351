// SPDX-License-Identifier: MIT
#include "harness/attempt.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "harness/attempt_fixture.h"
#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using testing::_;
using testing::Return;

using Opened = Expected<std::shared_ptr<SdkSession>>;
using Strings = std::vector<std::string>;

TEST_F(AttemptTest, AnAnswerIsAResult) {
  EXPECT_CALL(*pool_, Release(_)).Times(1);
  const AttemptResult result = Run();
  EXPECT_FALSE(result.aborted);
  EXPECT_FALSE(result.timed_out);
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_EQ(result.assistant_texts, Strings{"done"});
  EXPECT_EQ(result.messages_snapshot.size(), 2u);
  EXPECT_EQ(result.sdk_session_id, "sdk-1");
  EXPECT_EQ(result.session_id_used, "sdk-1");
  EXPECT_TRUE(result.replay_safe);
  EXPECT_EQ(session_->calls(), (Strings{"on", "sendAndWait", "disconnect"}));
  EXPECT_EQ(session_->listener_count(), 0u);
}

TEST_F(AttemptTest, TheSessionGetsPathsNormalisedAndAskUser) {
  Run();
  EXPECT_EQ(config_.model, "gpt-4.1");
  EXPECT_EQ(config_.working_directory, "/work");
  EXPECT_TRUE(config_.instruction_directories.empty());
  EXPECT_EQ(config_.available_tools, Strings{"builtin:ask_user"});
  EXPECT_TRUE(config_.on_permission_request != nullptr);
  EXPECT_FALSE(config_.continue_pending_work.has_value());
}

TEST_F(AttemptTest, ATaskDirectoryLeavesTheWorkspaceForInstructions) {
  context_.params.cwd = "/work/sub/";
  Run();
  EXPECT_EQ(config_.working_directory, "/work/sub");
  EXPECT_EQ(config_.instruction_directories, Strings{"/work"});
}

TEST_F(AttemptTest, TheTokenReachesTheSessionInTokenModeOnly) {
  context_.spec.auth.token = wire::Secret("tok");
  Run();
  EXPECT_TRUE(config_.github_token.empty());
  context_.spec.auth.mode = AuthMode::kGitHubToken;
  Run();
  EXPECT_EQ(config_.github_token.Reveal(), "tok");
}

TEST_F(AttemptTest, AnAbortedSignalTouchesNothing) {
  ExpectNothingStarted();
  abort_.Abort();
  const AttemptResult result = Run();
  EXPECT_TRUE(result.aborted);
  EXPECT_TRUE(result.external_abort);
  EXPECT_EQ(Hook("agent_end")["success"], false);
}

TEST_F(AttemptTest, AToolBridgeFailureStartsNothing) {
  ExpectNothingStarted();
  context_.host.tools.resize(1);
  const AttemptResult result = Run();
  EXPECT_EQ(result.prompt_error->code, "tool_bridge_failure");
  EXPECT_EQ(result.prompt_error->message.rfind(
                "[copilot-attempt] tool-bridge construction failed: ", 0),
            0u);
  EXPECT_EQ(Hook("agent_end")["error"], result.prompt_error->message);
  EXPECT_EQ(result.ToJson()["replayMetadata"],
            Json({{"hadPotentialSideEffects", false}, {"replaySafe", true}}));
}

TEST_F(AttemptTest, AFailureToAcquireIsThePromptError) {
  EXPECT_CALL(*pool_, Acquire)
      .WillOnce(Return(Expected<Lease>(Fail("no CLI"))));
  EXPECT_CALL(*pool_, Release).Times(0);
  EXPECT_EQ(Run().prompt_error->message, "no CLI");
}

TEST_F(AttemptTest, AFailureToCreateReleasesTheClient) {
  EXPECT_CALL(*client_, CreateSession).WillOnce(Return(Opened(Fail("no"))));
  EXPECT_CALL(*pool_, Release).Times(1);
  EXPECT_EQ(Run().prompt_error->message, "no");
}

TEST_F(AttemptTest, AKnownSessionIsResumedWithoutPendingWork) {
  context_.resume_id = " sdk-1 ";
  EXPECT_CALL(*client_, ResumeSession("sdk-1", _)).Times(1);
  EXPECT_CALL(*client_, CreateSession).Times(0);
  EXPECT_TRUE(Run().replay_safe);
  EXPECT_EQ(config_.continue_pending_work, false);
}

TEST_F(AttemptTest, AnInvalidReplayCreates) {
  context_.resume_id = "sdk-1";
  context_.params.replay_invalid = true;
  EXPECT_CALL(*client_, ResumeSession).Times(0);
  const AttemptResult result = Run();
  EXPECT_FALSE(result.replay_safe);
  EXPECT_FALSE(result.had_potential_side_effects);
}

TEST_F(AttemptTest, ALostSessionIsReplaced) {
  context_.resume_id = "gone";
  EXPECT_CALL(*client_, ResumeSession)
      .WillOnce(Return(Opened(Fail("Session not found: gone"))));
  const AttemptResult result = Run();
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_EQ(result.sdk_session_id, "sdk-1");
  EXPECT_FALSE(result.replay_safe);
}

TEST_F(AttemptTest, AnotherResumeFailureIsThePromptError) {
  context_.resume_id = "sdk-1";
  EXPECT_CALL(*client_, ResumeSession)
      .WillOnce(Return(Opened(Fail("read ECONNRESET"))));
  EXPECT_CALL(*client_, CreateSession).Times(0);
  EXPECT_EQ(Run().prompt_error->message, "read ECONNRESET");
}

TEST_F(AttemptTest, AnAbortWhileSendingAbortsTheSessionOnce) {
  std::promise<void> ended;
  session_->on_abort = [&] { ended.set_value(); };
  session_->turn = [&](FakeSession& session) -> Expected<std::optional<Json>> {
    abort_.Abort();
    abort_.Abort();
    ended.get_future().wait();
    session.Emit(Event("abort", {{"reason", "user_initiated"}}));
    session.Emit(Event("session.idle"));
    return std::nullopt;
  };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.aborted);
  EXPECT_TRUE(result.external_abort);
  EXPECT_FALSE(result.timed_out);
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_EQ(session_->count("abort"), 1);
  EXPECT_FALSE(Hook("llm_output").is_null());
}

TEST_F(AttemptTest, AnErrorWhileAbortedIsSwallowed) {
  session_->turn = [&](FakeSession&) -> Expected<std::optional<Json>> {
    abort_.Abort();
    return Fail("interrupted");
  };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.aborted);
  EXPECT_FALSE(result.prompt_error.has_value());
}

TEST_F(AttemptTest, AnAbortAfterTheResultDoesNothing) {
  Run();
  abort_.Abort();
  EXPECT_EQ(session_->count("abort"), 0);
}

TEST_F(AttemptTest, AnAbortOnceEstablishedSendsNothing) {
  context_.host.on_established = [&](const std::string&) { abort_.Abort(); };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.aborted);
  EXPECT_EQ(session_->count("sendAndWait"), 0);
  EXPECT_EQ(session_->count("abort"), 0);
  EXPECT_EQ(session_->count("disconnect"), 1);
  EXPECT_TRUE(Hook("llm_output").is_null());
}

TEST_F(AttemptTest, NoAnswerIsATimeoutAndNoAbort) {
  session_->turn = [](FakeSession& session) -> Expected<std::optional<Json>> {
    session.Emit(Event("session.idle"));
    return std::nullopt;
  };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.aborted);
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_TRUE(result.had_potential_side_effects);
  EXPECT_FALSE(result.replay_safe);
  EXPECT_EQ(session_->count("abort"), 0);
  EXPECT_EQ(Hook("agent_end")["error"], "Copilot SDK turn timed out.");
}

TEST_F(AttemptTest, AnIdleTimeoutKeepsTextAndSession) {
  session_->turn = [](FakeSession& session) -> Expected<std::optional<Json>> {
    session.Emit(Event("assistant.message_delta",
                       {{"messageId", "m"}, {"deltaContent", "half"}}));
    return Fail("Timeout after 60000ms waiting for session.idle");
  };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_EQ(result.assistant_texts, Strings{"half"});
  // The session is not known to be idle: it is kept for a while.
  ASSERT_NE(deferred_, nullptr);
  EXPECT_EQ(session_->count("disconnect"), 0);
  session_->Emit(Event("session.idle"));
  deferred_->Wait();
  EXPECT_EQ(cleaned_, CleanupOutcome::kCompleted);
  EXPECT_EQ(session_->count("disconnect"), 1);
  EXPECT_EQ(session_->count("cancelBackgroundCompaction"), 0);
}

TEST_F(AttemptTest, ATimeoutWhileCompactingIsMarkedAndStaysMarked) {
  session_->turn = [](FakeSession& session) -> Expected<std::optional<Json>> {
    session.Emit(Event("session.compaction_start"));
    return Fail("Timeout after 1ms waiting for session.idle");
  };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.timed_out_during_compaction);
  session_->Emit(Event("session.compaction_complete", {{"success", true}}));
  session_->Emit(Event("session.idle"));
  deferred_->Wait();
}

TEST_F(AttemptTest, AnotherSendFailureIsThePromptError) {
  EXPECT_CALL(*pool_, Release).Times(1);
  session_->turn = [](FakeSession&) -> Expected<std::optional<Json>> {
    return Fail("no more messages");
  };
  EXPECT_EQ(Run().prompt_error->message, "no more messages");
  EXPECT_EQ(session_->listener_count(), 0u);
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(AttemptTest, ASessionErrorBringsItsCode) {
  session_->turn = [](FakeSession& session) -> Expected<std::optional<Json>> {
    session.Emit(Event("session.error",
                       {{"message", "no quota"}, {"errorType", "quota"}}));
    return Fail("no quota");
  };
  EXPECT_EQ(Run().prompt_error->code, "quota");
}

TEST_F(AttemptTest, AnAbortOfTheSdkIsThePromptErrorAndNoTimeout) {
  session_->turn = [](FakeSession& session) -> Expected<std::optional<Json>> {
    session.Emit(Event("abort", {{"reason", "remote_command"}}));
    session.Emit(Event("session.idle"));
    return std::nullopt;
  };
  const AttemptResult result = Run();
  EXPECT_EQ(result.prompt_error->code, "session_aborted");
  EXPECT_FALSE(result.timed_out);
  EXPECT_FALSE(result.external_abort);
}

TEST_F(AttemptTest, AFailureToDisconnectCountsOnlyWithoutAnother) {
  session_->on_disconnect = []() -> Status { return Fail("stuck"); };
  EXPECT_EQ(Run().prompt_error->message, "stuck");
  session_->turn = [](FakeSession&) -> Expected<std::optional<Json>> {
    return Fail("first");
  };
  EXPECT_EQ(Run().prompt_error->message, "first");
}

TEST_F(AttemptTest, AFailureToReleaseRejectsAfterTheHooks) {
  EXPECT_CALL(*pool_, Release).WillOnce(Return(Status(Fail("stuck"))));
  const auto result = RunAttempt(context_);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "stuck");
  EXPECT_EQ(Hook("agent_end")["success"], false);
  EXPECT_EQ(Hook("agent_end")["error"], "stuck");
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(AttemptTest, AFailureToReleaseAfterAnErrorIsOnlyWarnedAbout) {
  EXPECT_CALL(*pool_, Release).WillOnce(Return(Status(Fail("stuck"))));
  session_->turn = [](FakeSession&) -> Expected<std::optional<Json>> {
    return Fail("first");
  };
  EXPECT_EQ(Run().prompt_error->message, "first");
  EXPECT_THAT(log_, testing::Contains(testing::HasSubstr(
                        "pool.release failed after primary error")));
}

TEST_F(AttemptTest, ADeltaTheHostRefusesIsThePromptError) {
  context_.host.on_delta = [](const Json&) -> Status { return Fail("full"); };
  session_->turn = [](FakeSession& session) {
    session.Emit(Event("assistant.message_delta", {{"deltaContent", "d"}}));
    return session.Answer("done");
  };
  EXPECT_EQ(Run().prompt_error->message, "full");
}

TEST_F(AttemptTest, PromptHooksSurroundPromptAndSystemMessage) {
  context_.host.hooks.insert("before_prompt_build");
  context_.host.hooks.insert("before_agent_start");
  context_.params.extra_system_prompt = "Speak up.";
  contributions_ = {{"before_prompt_build",
                     {{"prependContext", "before"},
                      {"appendContext", "after"},
                      {"appendSystemContext", "Be brief."}}},
                    {"before_agent_start", {{"prependContext", "legacy"}}}};
  Run();
  EXPECT_EQ(session_->sent().at(0).prompt, "before\n\nlegacy\n\nhi\n\nafter");
  EXPECT_EQ(config_.system_message,
            "## Group Chat Context\nSpeak up.\n\nBe brief.");
  EXPECT_EQ(Hook("llm_input")["prompt"], session_->sent().at(0).prompt);
  EXPECT_EQ(Hook("llm_input")["historyMessages"], Json::array());
  EXPECT_EQ(Hook("llm_input")["systemPrompt"], config_.system_message);
}

TEST_F(AttemptTest, APromptHookMayNarrowTheTools) {
  for (const char* name : {"read", "write"}) {
    HostTool tool;
    tool.name = name;
    tool.execute = [](const std::string&, const Json&, const AbortSignal&) {
      return Expected<Json>(Json::object());
    };
    context_.host.tools.push_back(tool);
  }
  context_.host.hooks.insert("before_prompt_build");
  contributions_ = {{"before_prompt_build", {{"toolsAllow", {"read"}}}}};
  Run();
  EXPECT_EQ(config_.available_tools, (Strings{"read", "builtin:ask_user"}));
  EXPECT_EQ(config_.tools.size(), 1u);
}

TEST_F(AttemptTest, ARawRunHasNoPromptHooksAndNoSystemMessage) {
  context_.host.hooks.insert("before_prompt_build");
  context_.params.extra_system_prompt = "Speak up.";
  context_.params.model_run = true;
  Run();
  EXPECT_TRUE(Hook("before_prompt_build").is_null());
  EXPECT_EQ(config_.system_message, "");
}

TEST_F(AttemptTest, AComputedLegacyResultIsUsedInsteadOfTheHook) {
  context_.host.hooks.insert("before_agent_start");
  context_.params.before_agent_start_result = {{"prependContext", "cached"}};
  Run();
  EXPECT_EQ(session_->sent().at(0).prompt, "cached\n\nhi");
  EXPECT_TRUE(Hook("before_agent_start").is_null());
}

TEST_F(AttemptTest, TheHooksOfARunWithAChannelAreNotAwaited) {
  std::promise<void> release;
  context_.params.message_channel = "chat";
  context_.host.hooks = {"agent_end"};
  context_.host.run_hook = [&](const std::string&, const Json&) {
    release.get_future().wait();
    return Expected<Json>(Json::object());
  };
  Run();  // would hang if it waited
  release.set_value();
  threads_->WaitIdle();
}

TEST_F(AttemptTest, AHangingCompactionHookDoesNotHoldBackTheResult) {
  std::promise<void> release;
  context_.host.hooks = {"before_compaction"};
  context_.host.run_hook = [&](const std::string&, const Json&) {
    release.get_future().wait();
    return Expected<Json>(Json::object());
  };
  session_->turn = [](FakeSession& session) {
    session.Emit(Event("session.compaction_start"));
    session.Emit(Event("session.compaction_complete", {{"success", true}}));
    return session.Answer("done");
  };
  EXPECT_EQ(Run().assistant_texts, Strings{"done"});
  ASSERT_NE(deferred_, nullptr);
  EXPECT_EQ(session_->count("disconnect"), 0);
  release.set_value();
  deferred_->Wait();
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(AttemptTest, ACompactionThatIsOverIsNotWaitedFor) {
  session_->turn = [](FakeSession& session) {
    session.Emit(Event("session.compaction_start"));
    session.Emit(Event("session.compaction_complete", {{"success", true}}));
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(deferred_, nullptr);
  EXPECT_EQ(session_->count("disconnect"), 1);
}

class BackgroundCompactionTest : public AttemptTest {
 protected:
  BackgroundCompactionTest() {
    session_->turn = [](FakeSession& session) {
      session.Emit(Event("session.compaction_start"));
      return session.Answer("done");
    };
  }
};

TEST_F(BackgroundCompactionTest, IsWaitedForAfterTheResult) {
  EXPECT_CALL(*pool_, Release).Times(0);
  EXPECT_EQ(Run().assistant_texts, Strings{"done"});
  testing::Mock::VerifyAndClearExpectations(pool_.get());
  EXPECT_CALL(*pool_, Release).Times(1);
  EXPECT_CALL(*client_, DeleteSession).Times(0);
  session_->Emit(Event("session.compaction_complete", {{"success", true}}));
  deferred_->Wait();
  EXPECT_EQ(cleaned_, CleanupOutcome::kCompleted);
  EXPECT_EQ(session_->listener_count(), 0u);
}

TEST_F(BackgroundCompactionTest, IsCancelledAtTheDeadline) {
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  EXPECT_CALL(*pool_, Release).Times(1);
  Run();
  clock_->Advance(Milliseconds(179999));
  EXPECT_EQ(session_->count("cancelBackgroundCompaction"), 0);
  clock_->Advance(Milliseconds(1));
  deferred_->Wait();
  EXPECT_EQ(cleaned_, CleanupOutcome::kDeadline);
  EXPECT_EQ(session_->count("cancelBackgroundCompaction"), 1);
  EXPECT_EQ(session_->cancel_bound, Milliseconds(5000));
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(BackgroundCompactionTest, IsCancelledByTheCallersAbort) {
  EXPECT_CALL(*client_, DeleteSession("sdk-1")).Times(1);
  const AttemptResult result = Run();
  EXPECT_FALSE(result.aborted);
  abort_.Abort();
  deferred_->Wait();
  EXPECT_EQ(cleaned_, CleanupOutcome::kAborted);
  EXPECT_EQ(session_->count("cancelBackgroundCompaction"), 1);
  EXPECT_EQ(session_->count("abort"), 0);
}

TEST_F(BackgroundCompactionTest, TheCancelIsAwaitedBeforeTheTeardown) {
  Run();
  session_->on_cancel = [&] { EXPECT_EQ(session_->count("disconnect"), 0); };
  abort_.Abort();
  deferred_->Wait();
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(AttemptTest, ToolsThatChangeSomethingAreSideEffects) {
  session_->turn = [](FakeSession& session) {
    session.Emit(Event("tool.execution_start",
                       {{"toolCallId", "t"}, {"toolName", "write"}}));
    return session.Answer("done");
  };
  EXPECT_TRUE(Run().had_potential_side_effects);
  EXPECT_FALSE(Run().replay_safe);
}

TEST_F(AttemptTest, PriorSideEffectsAreKept) {
  context_.params.prior_side_effects = true;
  EXPECT_TRUE(Run().had_potential_side_effects);
  EXPECT_FALSE(Run().replay_safe);
}

TEST_F(AttemptTest, ATranscriptThatCannotBeWrittenIsOnlyWarnedAbout) {
  class FullDisk : public TranscriptFile {
    Status Extend(
        const std::string&,
        const std::function<std::string(const std::string&)>&) override {
      return Fail("disk full");
    }
  };
  context_.transcript = std::make_shared<FullDisk>();
  context_.params.session_file = "/t.jsonl";
  EXPECT_FALSE(Run().prompt_error.has_value());
  EXPECT_THAT(log_, testing::Contains(
                        "warn: [copilot-attempt] dual-write transcript mirror "
                        "failed: disk full"));
}

TEST_F(AttemptTest, TheLastAssistantMayComeFromTheHistory) {
  context_.params.messages = {{{"role", "assistant"}, {"content", "earlier"}}};
  session_->turn = [](FakeSession&) -> Expected<std::optional<Json>> {
    return Fail("no");
  };
  const AttemptResult result = Run();
  EXPECT_EQ(result.last_assistant["content"], "earlier");
  EXPECT_EQ(result.messages_snapshot.size(), 2u);
}

TEST_F(AttemptTest, AQueuedMessageSteersTheSessionOnlyWhileItRuns) {
  session_->turn = [&](FakeSession& session) {
    EXPECT_EQ(context_.active->Queue("faster").value_or(true), false);
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(session_->sent().at(1).prompt, "faster");
  const auto late = context_.active->Queue("more");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().message,
            "Copilot steering is unavailable after the active run ended");
}

TEST_F(AttemptTest, AQuestionIsAnsweredByTheNextQueuedMessage) {
  std::promise<std::string> shown;
  context_.host.on_question = [&](const UserInputRequest&,
                                  const std::string& text) -> Status {
    shown.set_value(text);
    return {};
  };
  std::string answer;
  session_->turn = [&](FakeSession& session) {
    config_.on_user_input_request(
        {"How?", {"Fast", "Deep"}, true},
        [&](const UserInputAnswer& given) { answer = given.answer; });
    EXPECT_THAT(shown.get_future().get(), testing::HasSubstr("2. Deep"));
    EXPECT_TRUE(context_.active->Queue("2").value_or(false));
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(answer, "Deep");
  EXPECT_EQ(session_->sent().size(), 1u);
}

TEST_F(AttemptTest, AnAbortAnswersAPendingQuestionWithNothing) {
  std::optional<UserInputAnswer> answer;
  session_->turn = [&](FakeSession&) -> Expected<std::optional<Json>> {
    config_.on_user_input_request(
        {"How?", {}, true},
        [&](const UserInputAnswer& given) { answer = given; });
    abort_.Abort();
    return std::nullopt;
  };
  Run();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->answer, "");
}

TEST_F(AttemptTest, AQuestionAfterAnAbortIsNotShown) {
  std::optional<UserInputAnswer> answer;
  bool shown = false;
  context_.host.on_question = [&](const UserInputRequest&, const std::string&) {
    shown = true;
    return Status();
  };
  session_->turn = [&](FakeSession&) -> Expected<std::optional<Json>> {
    abort_.Abort();
    config_.on_user_input_request(
        {"How?", {}, true},
        [&](const UserInputAnswer& given) { answer = given; });
    return std::nullopt;
  };
  Run();
  threads_->WaitIdle();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->answer, "");
  EXPECT_FALSE(shown);
}

// --- models that the host pays for itself

ByokProvider OwnModel() {
  ByokProvider provider;
  provider.endpoint = *ParseUrl("https://api.example.com/v1");
  provider.type = "openai";
  provider.wire_api = "responses";
  provider.model_id = "m1";
  return provider;
}

bool Accepts(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool accepts = connect(fd, reinterpret_cast<const sockaddr*>(&address),
                               sizeof address) == 0;
  close(fd);
  return accepts;
}

TEST_F(AttemptTest, TheProxyLivesAsLongAsTheAttempt) {
  context_.byok = OwnModel();
  int port = 0;
  bool accepted = false;
  session_->turn = [&](FakeSession& session) {
    port = ParseUrl(config_.provider["baseUrl"].get<std::string>())->port;
    accepted = Accepts(port);
    return session.Answer("done");
  };
  EXPECT_FALSE(Run().prompt_error);
  EXPECT_TRUE(accepted);
  EXPECT_FALSE(Accepts(port));
}

TEST_F(AttemptTest, WithoutAProxyTheModelIsNotSupported) {
  context_.byok = OwnModel();
  context_.byok_proxy.listen_on = "192.0.2.1";  // nobody's
  const AttemptResult result = Run();
  ASSERT_TRUE(result.prompt_error);
  EXPECT_EQ(result.prompt_error->code, "model_not_supported");
  EXPECT_EQ(result.prompt_error->message,
            "[copilot-attempt] failed to start BYOK network proxy");
}

}  // namespace
}  // namespace copilot::harness
