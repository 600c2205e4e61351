// SPDX-License-Identifier: MIT
//
// Attempts in the journal profile.
#include "harness/journal/journaled_turn.h"

#include <gtest/gtest.h>

#include <future>

#include "harness/attempt.h"
#include "harness/fake_sdk.h"
#include "harness/journal/journal_params.h"

namespace copilot::harness {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

using Opened = Expected<std::shared_ptr<SdkSession>>;
using Answer = Expected<std::optional<Json>>;
using Strings = std::vector<std::string>;

constexpr char kPersistenceFailed[] = "transcript_persistence_failed";

// A file in memory that can be full.
class MemoryFile : public TranscriptFile {
 public:
  std::string text;
  bool full = false;

  Status Extend(
      const std::string&,
      const std::function<std::string(const std::string&)>& add) override {
    const std::lock_guard lock(mutex_);
    const std::string more = add(text);
    if (full && !more.empty()) return Fail("disk full");
    text += more;
    return {};
  }

 private:
  std::mutex mutex_;
};

class JournaledAttemptTest : public testing::Test {
 protected:
  JournaledAttemptTest() {
    context_.profile = Profile::kJournal;
    context_.params.session_id = "session-1";
    context_.params.run_id = "run-1";
    context_.params.prompt = "hi";
    context_.params.provider = "github-copilot";
    context_.params.model_id = "gpt-4.1";
    context_.params.journal.target = {"session-1", "agent:a:main", "/t.jsonl"};
    context_.signal = abort_.signal();
    context_.active = std::make_shared<ActiveRun>();
    context_.loop = &loop_;
    context_.clock = clock_;
    context_.executor = threads_;
    context_.pool = pool_;
    context_.transcript = file_;
    capabilities_->record_user_turn = [](const Json&) {
      return Expected<bool>(true);
    };
    context_.host.capabilities = capabilities_;
    session_->turn = [](FakeSession& session) {
      TakePrompt(session);
      return session.Answer("done");
    };
    ON_CALL(*pool_, Acquire).WillByDefault(Return(Lease{1, client_}));
    ON_CALL(*client_, CreateSession).WillByDefault(Opens());
    ON_CALL(*client_, ResumeSession)
        .WillByDefault([this](const std::string&, const SessionConfig& config) {
          config_ = config;
          return Opened(session_);
        });
  }
  ~JournaledAttemptTest() override { threads_->WaitIdle(); }

  std::function<Opened(const SessionConfig&)> Opens() {
    return [this](const SessionConfig& config) {
      config_ = config;
      return Opened(session_);
    };
  }
  // What the CLI says first when it has a prompt.
  static void TakePrompt(FakeSession& session) {
    session.Emit(Event("user.message", {{"content", "hi"}}, {{"id", "u1"}}));
  }
  AttemptResult Run() {
    const auto result = RunAttempt(context_);
    EXPECT_TRUE(result.has_value());
    return result ? *result : AttemptResult{};
  }
  static std::string Code(const AttemptResult& result) {
    return result.prompt_error ? result.prompt_error->code : "none";
  }
  void ExpectFailsUnsent(const std::string& text) {
    const AttemptResult result = Run();
    EXPECT_EQ(Code(result), kPersistenceFailed);
    if (result.prompt_error) {
      EXPECT_THAT(result.prompt_error->message, HasSubstr(text));
    }
    EXPECT_EQ(session_->count("sendAndWait"), 0);
    EXPECT_EQ(session_->count("disconnect"), 1);
  }

  Loop loop_;
  AbortController abort_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<testing::NiceMock<MockPool>> pool_ =
      std::make_shared<testing::NiceMock<MockPool>>();
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::shared_ptr<FakeSession> session_ = std::make_shared<FakeSession>();
  std::shared_ptr<ThreadExecutor> threads_ = std::make_shared<ThreadExecutor>();
  std::shared_ptr<MemoryFile> file_ = std::make_shared<MemoryFile>();
  std::shared_ptr<HostCapabilities> capabilities_ =
      std::make_shared<HostCapabilities>();
  AttemptContext context_;
  SessionConfig config_;
};

TEST_F(JournaledAttemptTest, AnAnswerIsStoredAndValidated) {
  const AttemptResult result = Run();
  EXPECT_EQ(Code(result), "none");
  EXPECT_TRUE(result.replay_safe);
  EXPECT_EQ(result.session_id_used, "session-1");
  EXPECT_EQ(result.messages_snapshot.size(), 2u);
  EXPECT_EQ(session_->listener_count(), 0u);
  const Json json = result.ToJson();
  EXPECT_EQ(json["terminal"], (Json{{"kind", "ok"}}));
  EXPECT_EQ(json["journalValidated"], true);
  EXPECT_EQ(json["assistantTranscriptOwned"], true);
  EXPECT_EQ(json["assistantTranscriptIdempotencyKey"], "copilot-sdk:sdk-1:e1");
}

TEST_F(JournaledAttemptTest, TheDocsProfileKnowsNothingOfIt) {
  context_.profile = Profile::kDocs;
  context_.host.capabilities = nullptr;
  EXPECT_FALSE(Run().ToJson().contains("terminal"));
}

TEST_F(JournaledAttemptTest, AHostWithoutCapabilitiesIsRejected) {
  context_.host.capabilities = nullptr;
  EXPECT_CALL(*pool_, Acquire).Times(0);
  const auto result = RunAttempt(context_);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message,
            "[copilot-attempt] ordinary attempts require host capabilities");
}

TEST_F(JournaledAttemptTest, AnAttemptThatNeverStartedHasATerminalToo) {
  abort_.Abort();
  const Json json = Run().ToJson();
  EXPECT_EQ(json["terminal"]["kind"], "aborted");
  EXPECT_EQ(json["journalValidated"], false);
}

TEST_F(JournaledAttemptTest, WithoutATargetNothingIsSent) {
  context_.params.journal.target.session_key = "";
  ExpectFailsUnsent("exact runtime session target");
}

TEST_F(JournaledAttemptTest, WithoutASessionIdNothingIsSent) {
  session_ = std::make_shared<FakeSession>("");
  ExpectFailsUnsent("no id");
}

TEST_F(JournaledAttemptTest, AResumedSessionHasTheIdItWasAskedFor) {
  session_ = std::make_shared<FakeSession>("");
  context_.resume_id = "sdk-7";
  const AttemptResult result = Run();
  EXPECT_EQ(Code(result), "none");
  EXPECT_EQ(result.sdk_session_id, "sdk-7");
}

TEST_F(JournaledAttemptTest, WithoutARecorderNothingIsSent) {
  capabilities_->record_user_turn = nullptr;
  ExpectFailsUnsent("requires a user-turn recorder");
}

TEST_F(JournaledAttemptTest, AUserMessageThatCannotBeStoredIsNotSent) {
  file_->full = true;
  ExpectFailsUnsent("disk full");
}

TEST_F(JournaledAttemptTest, TheUserMessageIsStoredBeforeThePromptIsSent) {
  Json row;
  session_->turn = [&](FakeSession& session) {
    row = Json::parse(file_->text, nullptr, false);
    TakePrompt(session);
    return session.Answer("done");
  };
  Run();
  ASSERT_TRUE(row.is_object()) << file_->text;
  EXPECT_EQ(row["message"]["idempotencyKey"], "run-1:user");
  EXPECT_EQ(row["message"]["content"], "hi");
}

TEST_F(JournaledAttemptTest, AMessageThatTheRecorderBlocksIsInNoSnapshot) {
  capabilities_->record_user_turn = [](const Json&) {
    return Expected<bool>(false);
  };
  const AttemptResult result = Run();
  EXPECT_EQ(Code(result), "none");
  EXPECT_EQ(session_->count("sendAndWait"), 1);
  ASSERT_EQ(result.messages_snapshot.size(), 1u);
  EXPECT_EQ(result.messages_snapshot[0]["role"], "assistant");
  EXPECT_FALSE(result.replay_safe);
  EXPECT_FALSE(result.journal->validated);
}

TEST_F(JournaledAttemptTest, AFailingStoreAbortsTheSessionOnceAndTheAttempt) {
  session_->turn = [&](FakeSession& session) -> Answer {
    TakePrompt(session);
    file_->full = true;
    const Json first =
        Event("assistant.message", {{"messageId", "m1"}, {"content", "one"}},
              {{"id", "a1"}});
    session.Emit(first);
    session.Emit(Event("assistant.message",
                       {{"messageId", "m2"}, {"content", "two"}},
                       {{"id", "a2"}}));
    return first;
  };
  const AttemptResult result = Run();
  threads_->WaitIdle();
  EXPECT_EQ(Code(result), kPersistenceFailed);
  EXPECT_EQ(session_->count("abort"), 1);
  EXPECT_FALSE(result.journal->validated);
  const Json terminal = result.ToJson()["terminal"];
  EXPECT_EQ(terminal["kind"], "failed");
  EXPECT_EQ(terminal["error"]["code"], kPersistenceFailed);
}

TEST_F(JournaledAttemptTest, AnAnswerOfASubAgentIsNoCompletedTurn) {
  for (const Json& more :
       {Json{{"agentId", "child"}}, Json{{"ephemeral", true}}}) {
    session_->turn = [&](FakeSession& session) -> Answer {
      TakePrompt(session);
      session.Emit(Event("session.idle"));
      return Event("assistant.message", {{"content", "done"}}, more);
    };
    context_.transcript = std::make_shared<MemoryFile>();
    const AttemptResult result = Run();
    EXPECT_TRUE(result.timed_out) << more;
    EXPECT_EQ(result.ToJson()["terminal"]["kind"], "timeout") << more;
    EXPECT_FALSE(result.journal->validated) << more;
  }
}

TEST_F(JournaledAttemptTest, TheResultHasTheChunksOfACallAsOneMessage) {
  session_->turn = [](FakeSession& session) -> Answer {
    TakePrompt(session);
    const auto chunk = [](const char* id, const char* text) {
      return Event("assistant.message",
                   {{"messageId", id}, {"apiCallId", "c"}, {"content", text}},
                   {{"id", id}});
    };
    session.Emit(chunk("a1", "one "));
    session.Emit(chunk("a2", "two"));
    session.Emit(Event("session.idle"));
    return chunk("a2", "two");
  };
  EXPECT_EQ(Run().last_assistant["content"][0]["text"], "one two");
}

TEST_F(JournaledAttemptTest, AProviderErrorStaysTheError) {
  session_->turn = [](FakeSession& session) -> Answer {
    TakePrompt(session);
    session.Emit(
        Event("assistant.message",
              {{"messageId", "m"},
               {"content", ""},
               {"toolRequests", {{{"toolCallId", "c1"}, {"name", "read"}}}}},
              {{"id", "a1"}}));
    session.Emit(Event("session.error",
                       {{"message", "no quota"}, {"errorType", "quota"}}));
    return Fail("no quota");
  };
  const AttemptResult result = Run();
  threads_->WaitIdle();
  EXPECT_EQ(Code(result), "quota");
  EXPECT_EQ(session_->count("abort"), 0);
  EXPECT_FALSE(result.replay_safe);
}

TEST_F(JournaledAttemptTest, AHostsNetworkToolTaintsWhatFollows) {
  HostTool fetch;
  fetch.name = "fetch";
  fetch.execute = [](const std::string&, const Json&, const AbortSignal&) {
    return Expected<Json>(
        Json{{"content", {{{"type", "text"}, {"text", "a page"}}}},
             {"details", {{"contentSource", "network"}}}});
  };
  context_.host.tools = {fetch};
  session_->turn = [&](FakeSession& session) {
    TakePrompt(session);
    session.Emit(
        Event("assistant.message",
              {{"messageId", "m"},
               {"content", ""},
               {"toolRequests", {{{"toolCallId", "c1"}, {"name", "fetch"}}}}},
              {{"id", "a1"}}));
    ToolInvocation call;
    call.session_id = "sdk-1";
    call.tool_call_id = "c1";
    call.tool_name = "fetch";
    call.arguments = Json::object();
    config_.tools.at(0).handler(call);
    session.Emit(Event("tool.execution_complete",
                       {{"toolCallId", "c1"},
                        {"success", true},
                        {"result", {{"content", "a page"}}}},
                       {{"id", "r1"}}));
    return session.Answer("done");
  };
  const Json rows = Run().messages_snapshot;
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_FALSE(rows[1].contains("tainted"));
  EXPECT_EQ(rows[3].value("tainted", false), true);
}

TEST_F(JournaledAttemptTest, ASessionWhoseReplayIsInvalidIsNotRetained) {
  context_.on_deferred = [](const std::shared_ptr<DeferredCleanup>&) {
    ADD_FAILURE() << "retained";
  };
  session_->turn = [](FakeSession& session) {
    TakePrompt(session);
    session.Emit(Event("system.message", {}, {{"id", "s1"}}));
    session.Emit(Event("session.compaction_start"));
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(session_->count("disconnect"), 1);
}

TEST_F(JournaledAttemptTest, AResumedSessionIsValidOnlyIfItWasBefore) {
  context_.resume_id = "sdk-1";
  EXPECT_FALSE(Run().journal->validated);
  context_.journal_validated = true;
  context_.params.run_id = "run-2";
  session_->turn = [](FakeSession& session) {
    TakePrompt(session);
    const Json message =
        Event("assistant.message", {{"content", "done"}}, {{"id", "a2"}});
    session.Emit(message);
    session.Emit(Event("session.idle"));
    return Answer(message);
  };
  EXPECT_TRUE(Run().journal->validated);
}

// --- messages that are queued on the run

TEST_F(JournaledAttemptTest, SteeringIsConfirmedByItsEvent) {
  std::shared_ptr<Receipt> receipt;
  session_->turn = [&](FakeSession& session) {
    TakePrompt(session);
    const auto queued = context_.active->Queue(QueuedMessage{"faster"});
    EXPECT_TRUE(queued.has_value());
    receipt = queued->receipt;
    session.Emit(
        Event("user.message", {{"content", "faster"}}, {{"id", "u2"}}));
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(session_->sent().at(1).prompt, "faster");
  ASSERT_NE(receipt, nullptr);
  EXPECT_TRUE(receipt->Await(*clock_).has_value());
}

TEST_F(JournaledAttemptTest, SteeringAfterTheRunEndedIsRefused) {
  Run();
  const auto late = context_.active->Queue(QueuedMessage{"faster"});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().message,
            "Copilot steering is unavailable after the active run ended");
  EXPECT_EQ(session_->count("send"), 0);
}

TEST_F(JournaledAttemptTest, SteeringBeforeThePromptIsTakenIsRefused) {
  session_->turn = [&](FakeSession& session) {
    EXPECT_FALSE(context_.active->Queue(QueuedMessage{"faster"}).has_value());
    TakePrompt(session);
    EXPECT_TRUE(context_.active->Queue(QueuedMessage{"slower"}).has_value());
    return session.Answer("done");
  };
  Run();
  ASSERT_EQ(session_->sent().size(), 2u);
  EXPECT_EQ(session_->sent().at(1).prompt, "slower");
}

TEST_F(JournaledAttemptTest, OnlyWhatTheUserSentWithoutImagesIsAnAnswer) {
  Strings answers;
  session_->turn = [&](FakeSession& session) {
    TakePrompt(session);
    config_.on_user_input_request(
        {"How?", {}, true},
        [&](const UserInputAnswer& given) { answers.push_back(given.answer); });
    const auto foreign =
        context_.active->Queue(QueuedMessage{"from a job", false});
    EXPECT_FALSE(foreign.value_or(Queued{true, nullptr}).claimed);
    const auto picture =
        context_.active->Queue(QueuedMessage{"a picture", true, true});
    EXPECT_FALSE(picture.value_or(Queued{true, nullptr}).claimed);
    EXPECT_TRUE(answers.empty());
    EXPECT_TRUE(context_.active->Queue(QueuedMessage{"gently"})
                    .value_or(Queued{})
                    .claimed);
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(answers, Strings{"gently"});
  EXPECT_EQ(session_->count("send"), 2);
}

// --- a transcript in memory

TEST_F(JournaledAttemptTest, ATranscriptInMemoryKeepsTheRows) {
  const auto transcript = std::make_shared<DetachedTranscript>();
  capabilities_->detached_transcript = transcript;
  context_.params.journal.target = {};
  EXPECT_EQ(Code(Run()), "none");
  ASSERT_EQ(transcript->messages().size(), 2u);
  EXPECT_EQ(transcript->messages()[0]["content"], "hi");
  EXPECT_EQ(file_->text, "");
}

TEST_F(JournaledAttemptTest, ReplacingItDuringTheRunFailsTheAttempt) {
  const auto transcript = std::make_shared<DetachedTranscript>();
  capabilities_->detached_transcript = transcript;
  session_->turn = [&](FakeSession& session) {
    TakePrompt(session);
    auto answer = session.Answer("done");
    transcript->Rebind();
    return answer;
  };
  const AttemptResult result = Run();
  ASSERT_EQ(Code(result), kPersistenceFailed);
  EXPECT_THAT(result.prompt_error->message,
              HasSubstr("caller-owned transcript changed"));
  EXPECT_TRUE(transcript->messages().empty());
}

// --- how it ended

TEST(TerminalTest, AnAbortMayCarryAFailure) {
  AttemptResult result;
  result.journal.emplace();
  result.aborted = result.external_abort = true;
  EXPECT_EQ(result.ToJson()["terminal"],
            (Json{{"kind", "aborted"}, {"source", "external"}}));
  result.prompt_error = Error{"no", "", 0, 0};
  EXPECT_EQ(result.ToJson()["terminal"]["failure"]["error"]["message"], "no");
}

TEST(TerminalTest, ATimeoutNamesItsPhase) {
  AttemptResult result;
  result.journal.emplace();
  result.timed_out = true;
  EXPECT_EQ(result.ToJson()["terminal"]["phase"], "prompt");
  result.timed_out_during_compaction = true;
  EXPECT_EQ(result.ToJson()["terminal"]["phase"], "compaction");
}

// With a tool that the model calls in its turn.
class JournaledToolsTest : public JournaledAttemptTest {
 protected:
  JournaledToolsTest() {
    context_.host.make_tools = [this](const ToolContext& context) {
      is_tainted_ = context.is_turn_tainted;
      HostTool tool;
      tool.name = "read";
      tool.execute = [this](const std::string&, const Json&,
                            const AbortSignal&) {
        return Expected<Json>(gives_);
      };
      return Expected<std::vector<HostTool>>({tool});
    };
    context_.host.on_agent_event = [this](const Json& event) {
      events_.push_back(event);
    };
  }
  void Call(FakeSession& session) {
    TakePrompt(session);
    session.Emit(
        Event("assistant.message",
              {{"messageId", "m0"},
               {"content", ""},
               {"toolRequests", {{{"toolCallId", "c1"}, {"name", "read"}}}}},
              {{"id", "e0"}}));
    session.Emit(Event("tool.execution_start",
                       {{"toolCallId", "c1"}, {"toolName", "read"}}));
    ToolInvocation call;
    call.tool_call_id = "c1";
    answer_ = config_.tools.at(0).handler(call);
    session.Emit(Event("tool.execution_complete",
                       {{"toolCallId", "c1"},
                        {"success", true},
                        {"result", {{"content", "ok"}}}},
                       {{"id", "e9"}}));
  }

  Json gives_ = {{"content", {{{"type", "text"}, {"text", "ok"}}}}};
  Json answer_;
  std::vector<Json> events_;
  std::function<bool()> is_tainted_;
};

TEST_F(JournaledToolsTest, WhatTheNetworkSaidTaintsTheRestOfTheTurn) {
  gives_["details"] = {{"contentSource", "network"}};
  session_->turn = [&](FakeSession& session) {
    EXPECT_FALSE(is_tainted_());
    Call(session);
    EXPECT_TRUE(is_tainted_());
    return session.Answer("done");
  };
  Run();
  EXPECT_TRUE(is_tainted_());
  session_->turn = [&](FakeSession& session) {
    EXPECT_FALSE(is_tainted_());
    return session.Answer("done");
  };
  Run();
}

TEST_F(JournaledToolsTest, WhatComesFromElsewhereTaintsNothing) {
  session_->turn = [&](FakeSession& session) {
    Call(session);
    return session.Answer("done");
  };
  Run();
  EXPECT_FALSE(is_tainted_());
}

TEST_F(JournaledToolsTest, ABridgedToolReportsOneResult) {
  session_->turn = [&](FakeSession& session) {
    Call(session);
    return session.Answer("done");
  };
  EXPECT_EQ(Code(Run()), "none");
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0], Json({{"stream", "item"},
                              {"data",
                               {{"phase", "result"},
                                {"toolCallId", "c1"},
                                {"toolName", "read"},
                                {"isError", false}}}}));
}

TEST_F(JournaledToolsTest, TheTokenOfTheAttemptDoesNotReachTheModel) {
  context_.spec.auth.token = wire::Secret("tok-of-ada");
  gives_["content"][0]["text"] = "it is tok-of-ada";
  session_->turn = [&](FakeSession& session) {
    Call(session);
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(answer_["textResultForLlm"], "it is [redacted]");
}

TEST_F(JournaledToolsTest, TheSystemMessageGuidesAndNamesTheConversation) {
  context_.params.extra_system_prompt = "Be brief.";
  context_.params.given = {{"deliveryMode", "message_tool_only"}};
  Run();
  EXPECT_THAT(config_.system_message, HasSubstr("## Replies\n"));
  EXPECT_THAT(config_.system_message,
              HasSubstr("\n\n## Conversation Context\nBe brief."));
}

TEST_F(JournaledAttemptTest, AGatewayThatFailsAnswersNothing) {
  capabilities_->ask_gateway =
      [](const GatewayQuestion& question,
         const AbortSignal&) -> Expected<GatewayReply> {
    if (question["question"] == "Name?") return GatewayReply{"answered", "Ada"};
    if (question["question"] == "Age?") return GatewayReply{"cancelled", "7"};
    return Fail("gateway down");
  };
  Strings answers;
  session_->turn = [&](FakeSession& session) {
    TakePrompt(session);
    for (const char* text : {"Name?", "Age?", "Town?"}) {
      std::promise<std::string> answered;
      config_.on_user_input_request({text, {}, true},
                                    [&](const UserInputAnswer& given) {
                                      answered.set_value(given.answer);
                                    });
      answers.push_back(answered.get_future().get());
    }
    return session.Answer("done");
  };
  EXPECT_EQ(Code(Run()), "none");
  EXPECT_EQ(answers, (Strings{"Ada", "", ""}));
}

}  // namespace
}  // namespace copilot::harness
