// SPDX-License-Identifier: MIT
//
// What the host takes part with: sandbox, instructions, images, tools, hooks,
// yields, questions.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "harness/attempt_fixture.h"
#include "harness/fake_sdk.h"
#include "harness/tool_catalogue.h"

namespace copilot::harness {
namespace {

using Strings = std::vector<std::string>;

TEST_F(AttemptTest, AOneShotRunWaitsForItsLastHook) {
  bool ended = false;
  context_.host.run_hook = [&](const std::string& hook, const Json&) {
    ended |= hook == "agent_end";
    return Expected<Json>(Json::object());
  };
  Run();
  EXPECT_TRUE(ended);
}

TEST_F(AttemptTest, ASandboxThatCannotBeResolvedStartsNothing) {
  ExpectNothingStarted();
  bool tools_made = false;
  context_.host.make_tools = [&](const ToolContext&) {
    tools_made = true;
    return Expected<std::vector<HostTool>>();
  };
  context_.host.resolve_sandbox = [](const Json&) -> Expected<Json> {
    return Fail("no container");
  };
  EXPECT_EQ(Run().prompt_error->code, "sandbox_resolution_failure");
  EXPECT_FALSE(tools_made);
  EXPECT_EQ(Hook("agent_end")["success"], false);
}

TEST_F(AttemptTest, AnAbortWhileTheSandboxIsResolvedIsAnAbort) {
  ExpectNothingStarted();
  context_.host.resolve_sandbox = [&](const Json&) -> Expected<Json> {
    abort_.Abort();
    return Fail("no container");
  };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.aborted);
  EXPECT_FALSE(result.prompt_error.has_value());
}

TEST_F(AttemptTest, InstructionsOfTheWorkspaceComeBeforeTheExtraPrompt) {
  context_.host.load_bootstrap = [](const std::string&) {
    const BootstrapFile file{"/work/USER.md", "Ada"};
    return Expected<std::vector<BootstrapFile>>({file});
  };
  Run();
  const std::string instructions = config_.system_message;
  EXPECT_NE(instructions.find("## /work/USER.md\n\nAda"), std::string::npos);
  context_.params.extra_system_prompt = "Be kind.";
  Run();
  EXPECT_EQ(config_.system_message,
            instructions + "\n\n## Group Chat Context\nBe kind.");
  context_.params.prompt_mode = "minimal";
  Run();
  EXPECT_EQ(config_.system_message, "## Subagent Context\nBe kind.");
}

TEST_F(AttemptTest, AnImageIsAnAttachmentAndThePromptStays) {
  context_.params.images = {{{"data", "QUJD"}, {"mimeType", "image/png"}}};
  Run();
  ASSERT_EQ(session_->sent().size(), 1u);
  EXPECT_EQ(session_->sent()[0].prompt, "hi");
  EXPECT_EQ(session_->sent()[0].attachments[0]["displayName"],
            "prompt-image-1");
  EXPECT_EQ(Hook("llm_input")["imagesCount"], 1);
}

TEST_F(AttemptTest, NativeHooksAndThoseOfTheHostRunSideBySide) {
  context_.host.native_hooks.handlers["onPreToolUse"] =
      [](const Json&, const Json&) { return Expected<Json>(Json(nullptr)); };
  Run();
  EXPECT_EQ(config_.hooks.count("preToolUse"), 1u);
  EXPECT_FALSE(Hook("llm_input").is_null());
  EXPECT_FALSE(Hook("agent_end").is_null());
}

TEST_F(AttemptTest, ANativePromptHookDecidesWhatLlmInputReports) {
  context_.host.native_hooks.handlers["onUserPromptSubmitted"] =
      [](const Json&, const Json&) {
        return Expected<Json>(
            {{"modifiedPrompt", "better"}, {"additionalContext", "more"}});
      };
  session_->turn = [&](FakeSession& session) {
    EXPECT_TRUE(Hook("llm_input").is_null());
    config_.hooks.at("userPromptSubmitted")({{"prompt", "hi"}}, "sdk-1");
    config_.hooks.at("userPromptSubmitted")({{"prompt", "steer"}}, "sdk-1");
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(Hook("llm_input")["prompt"], "better\n\nmore");
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(
      std::count_if(hooks_.begin(), hooks_.end(),
                    [](const auto& each) { return each.first == "llm_input"; }),
      1);
}

TEST_F(AttemptTest, AYieldEndsTheTurnWithoutAnError) {
  std::vector<std::string> told;
  context_.host.on_yield = [&](const std::string& message,
                               const Json&) -> Status {
    told.push_back(message);
    return Fail("nobody listens");
  };
  std::function<void(const std::string&, const Json&)> yield;
  context_.host.make_tools = [&](const ToolContext& context) {
    yield = context.yield;
    return Expected<std::vector<HostTool>>();
  };
  session_->turn = [&](FakeSession& session) -> Expected<std::optional<Json>> {
    yield("later", {{"ok", true}});
    session.Emit(Event("abort", {{"reason", "user_initiated"}}));
    session.Emit(Event("session.idle"));
    return std::optional<Json>();
  };
  const AttemptResult result = Run();
  EXPECT_TRUE(result.yield_detected);
  EXPECT_EQ(result.yield_acknowledgment, Json({{"ok", true}}));
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_FALSE(result.timed_out);
  EXPECT_FALSE(result.aborted);
  EXPECT_EQ(session_->count("abort"), 1);
  EXPECT_EQ(told, Strings{"later"});
  EXPECT_EQ(log_, Strings{"warn: [copilot-attempt] onYieldDetected failed: "
                          "nobody listens"});
  yield("much later", nullptr);
  EXPECT_EQ(session_->count("abort"), 1);
}

TEST_F(AttemptTest, AYieldBeforeTheSessionIsNotedAndAbortsNothing) {
  context_.host.make_tools = [&](const ToolContext& context) {
    context.yield("soon", nullptr);
    return Expected<std::vector<HostTool>>();
  };
  EXPECT_TRUE(Run().yield_detected);
  EXPECT_EQ(session_->count("abort"), 0);
}

TEST_F(AttemptTest, WithoutAYieldNoneIsReported) {
  EXPECT_FALSE(Run().yield_detected);
}

TEST_F(AttemptTest, TheFactoryKnowsTheAttemptAndItsToolsAreTheSessions) {
  context_.params.given = {{"senderId", "ada"}};
  context_.host.make_tools = [&](const ToolContext& context) {
    EXPECT_EQ(context.fields["senderId"], "ada");
    EXPECT_EQ(context.fields["sessionId"], "session-1");
    HostTool tool;
    tool.name = "lookup";
    tool.parameters = {{"type", "object"}};
    tool.execute = [](const std::string&, const Json&, const AbortSignal&) {
      return Expected<Json>(Json::object());
    };
    return Expected<std::vector<HostTool>>({tool});
  };
  Run();
  ASSERT_EQ(config_.tools.size(), 1u);
  EXPECT_EQ(config_.tools[0].name, "lookup");
  EXPECT_EQ(config_.tools[0].parameters, Json({{"type", "object"}}));
}

TEST_F(AttemptTest, ARunOfTheHostsOwnToolAsksNoQuestions) {
  HostTool tool;
  tool.name = "openclaw";
  tool.execute = [](const std::string&, const Json&, const AbortSignal&) {
    return Expected<Json>(Json::object());
  };
  context_.host.tools = {tool};
  context_.params.tools_allow = {{"openclaw"}};
  Run();
  EXPECT_EQ(config_.available_tools, Strings{"openclaw"});
  context_.params.tools_allow.reset();
  Run();
  EXPECT_EQ(config_.available_tools, (Strings{"openclaw", "builtin:ask_user"}));
}

TEST_F(AttemptTest, SubAgentsAreTasksUntilTheAttemptIsOver) {
  context_.params.task_scope = "scope";
  std::vector<Json> tasks;
  std::vector<Json> events;
  context_.host.on_task = [&](const Json& task) { tasks.push_back(task); };
  context_.host.on_subagent_event = [&](const Json& event) {
    events.push_back(event);
  };
  const Json started =
      Event("subagent.started", {{"toolCallId", "c1"}}, {{"agentId", "a1"}});
  session_->turn = [&](FakeSession& session) {
    session.Emit(started);
    return session.Answer("done");
  };
  Run();
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[0]["status"], "running");
  EXPECT_EQ(tasks[1]["status"], "cancelled");
  EXPECT_EQ(events, std::vector<Json>{started});
}

TEST_F(AttemptTest, WhatRunsBehindControlsEndsWithTheAttempt) {
  context_.params.tool_mode = ToolMode::kCode;
  std::shared_ptr<ToolCatalogue> catalogue;
  context_.host.make_controls =
      [&](ToolMode, const std::shared_ptr<ToolCatalogue>& made) {
        catalogue = made;
        return Expected<std::vector<HostTool>>();
      };
  session_->turn = [&](FakeSession&) -> Expected<std::optional<Json>> {
    EXPECT_EQ(catalogue->Call("c1", "none", {}).error().code, "");
    return Fail("broken pipe");
  };
  Run();
  EXPECT_EQ(catalogue->Call("c2", "none", {}).error().code, "aborted");
}

TEST_F(AttemptTest, AnAbortThroughTheHandleAbortsTheSessionOnce) {
  session_->turn = [&](FakeSession& session) {
    EXPECT_TRUE(context_.active->Abort().has_value());
    EXPECT_TRUE(context_.active->Abort().has_value());
    return session.Answer("done");
  };
  Run();
  EXPECT_EQ(session_->count("abort"), 1);
  EXPECT_TRUE(context_.active->Abort().has_value());
  EXPECT_EQ(session_->count("abort"), 1);
}

TEST_F(AttemptTest, AQuestionThatCannotBeShownIsLoggedAndStaysOpen) {
  std::promise<void> tried;
  context_.host.on_question = [&](const UserInputRequest&,
                                  const std::string&) -> Status {
    tried.set_value();
    return Fail("no channel");
  };
  std::string answer;
  session_->turn = [&](FakeSession& session) {
    config_.on_user_input_request(
        {"How?", {}, true},
        [&](const UserInputAnswer& given) { answer = given.answer; });
    tried.get_future().wait();
    EXPECT_EQ(answer, "");
    EXPECT_TRUE(context_.active->Queue("slowly").value_or(false));
    return session.Answer("done");
  };
  Run();
  threads_->WaitIdle();
  EXPECT_EQ(answer, "slowly");
  EXPECT_EQ(log_, Strings{"warn: [copilot-attempt] a question could not be "
                          "shown: no channel"});
}

TEST_F(AttemptTest, WithoutAWayToAskThePartialReplyShowsTheQuestion) {
  std::promise<std::string> shown;
  context_.host.on_partial_reply = [&](const std::string& text) {
    shown.set_value(text);
    return Status();
  };
  session_->turn = [&](FakeSession& session) {
    config_.on_user_input_request({"How?", {"Fast", "Deep"}, true},
                                  [](const UserInputAnswer&) {});
    EXPECT_THAT(shown.get_future().get(), testing::HasSubstr("2. Deep"));
    return session.Answer("done");
  };
  Run();
}

TEST_F(AttemptTest, AfterATimeoutWithoutIdleTheSessionIsKept) {
  context_.host.hooks = {"after_compaction"};
  session_->turn = [](FakeSession&) -> Expected<std::optional<Json>> {
    return Fail("Timeout after 1ms waiting for session.idle");
  };
  EXPECT_TRUE(Run().timed_out);
  session_->Emit(Event("session.compaction_start"));
  session_->Emit(Event("session.idle"));
  EXPECT_EQ(session_->count("disconnect"), 0);
  EXPECT_GT(session_->listener_count(), 0u);
  session_->Emit(Event("session.compaction_complete", {{"success", true}}));
  deferred_->Wait();
  EXPECT_EQ(session_->count("disconnect"), 1);
  EXPECT_FALSE(Hook("after_compaction").is_null());
}

}  // namespace
}  // namespace copilot::harness
