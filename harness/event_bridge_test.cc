// SPDX-License-Identifier: MIT
#include "harness/event_bridge.h"

#include <gtest/gtest.h>

#include <future>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

const Json kChild = {{"agentId", "agent-1"}};
const Json kEphemeral = {{"ephemeral", true}};

Json Delta(const std::string& text, const std::string& id = "m1",
           const Json& more = Json::object()) {
  return Event("assistant.message_delta",
               {{"messageId", id}, {"deltaContent", text}}, more);
}

class EventBridgeTest : public testing::Test {
 protected:
  EventBridgeTest() {
    params_.provider = "github-copilot";
    params_.model_id = "gpt-4.1";
    params_.session_file = "/t.jsonl";
    host_.on_delta = [this](const Json& delta) -> Status {
      deltas_.push_back(delta);
      return {};
    };
    host_.run_hook = [this](const std::string& hook, const Json& payload) {
      hooks_.emplace_back(hook, payload);
      return Expected<Json>(Json::object());
    };
  }

  EventBridge& Bridge() {
    if (!bridge_) {
      bridge_ = std::make_unique<EventBridge>(
          session_, params_, host_, std::make_shared<InlineExecutor>(), clock_);
    }
    return *bridge_;
  }
  EventBridge::Snapshot After(const std::vector<Json>& events) {
    EventBridge& bridge = Bridge();
    for (const Json& event : events) session_->Emit(event);
    return bridge.snapshot();
  }
  using Texts = std::vector<std::string>;

  std::shared_ptr<FakeSession> session_ = std::make_shared<FakeSession>();
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>(42);
  AttemptParams params_;
  AttemptHost host_;
  std::vector<Json> deltas_;
  std::vector<std::pair<std::string, Json>> hooks_;
  std::unique_ptr<EventBridge> bridge_;
};

TEST_F(EventBridgeTest, DeltasAccumulatePerMessage) {
  EXPECT_EQ(After({Delta("hel"), Delta("lo")}).texts, Texts{"hello"});
  ASSERT_EQ(deltas_.size(), 2u);
  EXPECT_EQ(deltas_[1]["delta"], "lo");
  EXPECT_EQ(deltas_[1]["text"], "hello");
  EXPECT_EQ(deltas_[1]["sessionId"], "sdk-1");
}

TEST_F(EventBridgeTest, InterleavedMessagesKeepTheOrderTheyBeganIn) {
  EXPECT_EQ(
      After({Delta("one", "a"), Delta("two", "b"), Delta("!", "a")}).texts,
      (Texts{"one!", "two"}));
}

TEST_F(EventBridgeTest, DeltasWithoutIdBelongTogether) {
  EXPECT_EQ(After({Event("assistant.message_delta", {{"deltaContent", "a"}}),
                   Event("assistant.message_delta", {{"deltaContent", "b"}})})
                .texts,
            Texts{"ab"});
}

TEST_F(EventBridgeTest, EmptyDeltasAndMessagesAreNothing) {
  const auto seen = After({Delta(""), Message("")});
  EXPECT_TRUE(deltas_.empty());
  EXPECT_TRUE(seen.texts.empty());
  EXPECT_TRUE(seen.assistant.is_null());
}

TEST_F(EventBridgeTest, ADeltaCarriesTheUsageSoFar) {
  After({Event("assistant.usage", {{"inputTokens", 7}, {"outputTokens", 3}}),
         Delta("x")});
  EXPECT_EQ(deltas_[0]["usage"]["total"], 10);
}

TEST_F(EventBridgeTest, WithoutConsumerTextsAreStillCollected) {
  host_.on_delta = nullptr;
  EXPECT_EQ(After({Delta("x")}).texts, Texts{"x"});
  EXPECT_TRUE(Bridge().FlushDeltas().has_value());
}

TEST_F(EventBridgeTest, TheFirstErrorOfTheConsumerIsReportedAtTheEnd) {
  int delivered = 0;
  host_.on_delta = [&](const Json&) -> Status {
    return Fail("error " + std::to_string(++delivered));
  };
  After({Delta("a"), Delta("b")});
  EXPECT_EQ(delivered, 2);
  EXPECT_EQ(Bridge().FlushDeltas().error().message, "error 1");
}

TEST_F(EventBridgeTest, AMessageReplacesDeltasThatAreNotLonger) {
  EXPECT_EQ(After({Delta("helo wrld"), Message("hello world")}).texts,
            Texts{"hello world"});
}

TEST_F(EventBridgeTest, AShorterMessageLeavesTheDeltas) {
  EXPECT_EQ(After({Delta("hello world"), Message("hello")}).texts,
            Texts{"hello world"});
}

TEST_F(EventBridgeTest, ReasoningIsAThinkingPartBeforeTheText) {
  const Json delta = Event("assistant.reasoning_delta",
                           {{"reasoningId", "r"}, {"deltaContent", "Hm. "}});
  const Json content =
      After({delta, delta, Message("hello")}).assistant["content"];
  EXPECT_EQ(content, Json({{{"type", "thinking"}, {"thinking", "Hm. Hm. "}},
                           {{"type", "text"}, {"text", "hello"}}}));
}

TEST_F(EventBridgeTest, TheMessagesReasoningWinsOverItsDeltas) {
  Json message = Message("hello");
  message["data"]["reasoningText"] = "Final.";
  const auto seen = After(
      {Event("assistant.reasoning_delta", {{"deltaContent", "Hm."}}), message});
  EXPECT_EQ(seen.assistant["content"][0]["thinking"], "Final.");
}

TEST_F(EventBridgeTest, AnAnswerHasStopped) {
  const Json assistant = After({Message("hello")}).assistant;
  EXPECT_EQ(assistant["role"], "assistant");
  EXPECT_EQ(assistant["stopReason"], "stop");
  EXPECT_EQ(assistant["api"], "openai-responses");
  EXPECT_EQ(assistant["provider"], "github-copilot");
  EXPECT_EQ(assistant["model"], "gpt-4.1");
  EXPECT_EQ(assistant["timestamp"], 42);
}

TEST_F(EventBridgeTest, ToolRequestsAreToolCalls) {
  Json message = Message("Let me look.");
  message["data"]["outputTokens"] = 9;
  message["data"]["model"] = "gpt-5";
  message["data"]["toolRequests"] = {
      {{"toolCallId", "t1"}, {"name", "grep"}, {"arguments", {{"q", "x"}}}}};
  const Json assistant = After({message}).assistant;
  EXPECT_EQ(assistant["stopReason"], "toolUse");
  EXPECT_EQ(assistant["content"][1], Json({{"type", "toolCall"},
                                           {"id", "t1"},
                                           {"name", "grep"},
                                           {"arguments", {{"q", "x"}}}}));
  EXPECT_EQ(assistant["usage"]["output"], 9);
  EXPECT_EQ(assistant["model"], "gpt-5");
}

TEST_F(EventBridgeTest, NothingHappenedMeansNoMessage) {
  EXPECT_TRUE(After({}).assistant.is_null());
}

TEST_F(EventBridgeTest, OnlyARootDurableMessageEndsATurn) {
  EXPECT_FALSE(Bridge().RecordSendResult(std::nullopt));
  EXPECT_FALSE(Bridge().RecordSendResult(Event("session.idle")));
  Json child = Message("x");
  child.update(kChild);
  EXPECT_FALSE(Bridge().RecordSendResult(child));
  Json ephemeral = Message("x");
  ephemeral.update(kEphemeral);
  EXPECT_FALSE(Bridge().RecordSendResult(ephemeral));
  EXPECT_TRUE(Bridge().RecordSendResult(Message("done")));
  EXPECT_EQ(Bridge().snapshot().texts, Texts{"done"});
}

TEST_F(EventBridgeTest, WhatASubAgentSaysIsIgnored) {
  Json message = Message("child", "c1");
  message.update(kChild);
  const auto seen =
      After({Delta("child", "c1", kChild), message,
             Event("assistant.usage", {{"inputTokens", 9}}, kChild),
             Event("tool.execution_start",
                   {{"toolCallId", "t"}, {"toolName", "grep"}}, kChild),
             Message("root")});
  EXPECT_EQ(seen.texts, Texts{"root"});
  EXPECT_TRUE(seen.usage.is_null());
  EXPECT_EQ(seen.started, 0);
  EXPECT_EQ(seen.tool_metas, Json({{{"toolName", "grep"}}}));
  EXPECT_TRUE(deltas_.empty());
}

TEST_F(EventBridgeTest, AToolIsCountedAndDescribed) {
  const Json start = Event("tool.execution_start",
                           {{"toolCallId", "t"}, {"toolName", "grep"}});
  EXPECT_EQ(After({start}).started, 1);
  const auto seen = After({Event(
      "tool.execution_complete",
      {{"toolCallId", "t"},
       {"success", true},
       {"result", {{"content", "2 hits"}, {"detailedContent", "a.txt"}}}})});
  EXPECT_EQ(seen.completed, 1);
  EXPECT_EQ(seen.tool_metas, Json({{{"toolName", "grep"}, {"meta", "a.txt"}}}));
  EXPECT_FALSE(seen.side_effects);
}

TEST_F(EventBridgeTest, AFailedToolIsTheLastToolError) {
  const auto seen = After(
      {Event("tool.execution_start", {{"toolCallId", "t"}, {"toolName", "w"}}),
       Event("tool.execution_complete", {{"toolCallId", "t"},
                                         {"success", false},
                                         {"error", {{"message", "no"}}}})});
  EXPECT_EQ(seen.tool_metas,
            Json({{{"toolName", "w"}, {"meta", "no"}, {"isError", true}}}));
  EXPECT_EQ(seen.last_tool_error["error"], "no");
  EXPECT_TRUE(seen.side_effects);
}

TEST_F(EventBridgeTest, ACompletionWithoutStartIsOnlyCounted) {
  const auto seen = After({Event("tool.execution_complete",
                                 {{"toolCallId", "t"}, {"success", true}})});
  EXPECT_EQ(seen.completed, 1);
  EXPECT_TRUE(seen.tool_metas.empty());
}

TEST_F(EventBridgeTest, PlanEventsAreAgentEvents) {
  std::vector<Json> told;
  host_.on_agent_event = [&](const Json& event) { told.push_back(event); };
  After({Event("session.plan_changed", {{"operation", "update"}}),
         Event("exit_plan_mode.requested",
               {{"summary", "Short"},
                {"planContent", "- one\n\n2. two\n* three\nfour"},
                {"actions", {"interactive"}},
                {"requestId", "r1"},
                {"recommendedAction", "interactive"}}),
         Event("exit_plan_mode.completed", {{"requestId", "r1"},
                                            {"approved", true},
                                            {"selectedAction", "autopilot"}})});
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0], Json({{"stream", "plan"},
                           {"data",
                            {{"phase", "update"},
                             {"title", "Plan updated"},
                             {"source", "copilot-sdk"},
                             {"operation", "update"}}}}));
  EXPECT_EQ(told[1]["data"]["steps"], Json({"one", "two", "three", "four"}));
  EXPECT_EQ(told[1]["data"]["explanation"], "Short");
  EXPECT_EQ(told[2]["data"]["title"], "Plan decision");
  EXPECT_EQ(told[2]["data"]["approved"], true);
}

TEST_F(EventBridgeTest, CompactionsFireTheHooksInOrder) {
  host_.hooks = {"before_compaction", "after_compaction"};
  const Json start = Event("session.compaction_start");
  const auto complete = [](bool success) {
    return Event("session.compaction_complete",
                 {{"success", success}, {"messagesRemoved", 3}});
  };
  EXPECT_TRUE(After({start}).compacting);
  const auto seen = After({complete(false), start, complete(true)});
  EXPECT_FALSE(seen.compacting);
  EXPECT_TRUE(seen.compaction_seen);
  ASSERT_EQ(hooks_.size(), 3u);
  EXPECT_EQ(hooks_[0].first, "before_compaction");
  EXPECT_EQ(hooks_[0].second,
            Json({{"messageCount", -1}, {"sessionFile", "/t.jsonl"}}));
  EXPECT_EQ(hooks_[2].first, "after_compaction");
  EXPECT_EQ(hooks_[2].second, Json({{"messageCount", -1},
                                    {"compactedCount", 3},
                                    {"sessionFile", "/t.jsonl"}}));
}

TEST_F(EventBridgeTest, IsSettledOnceIdleWithoutCompaction) {
  int released = 0;
  Bridge().WhenSettled([&] { ++released; });
  After({Event("session.compaction_start"), Event("session.idle")});
  EXPECT_FALSE(Bridge().IsSettled());
  EXPECT_EQ(released, 0);
  After({Event("abort", {{"reason", "x"}})});
  EXPECT_EQ(released, 0);
  After({Event("session.compaction_complete", {{"success", true}})});
  EXPECT_TRUE(Bridge().IsSettled());
  EXPECT_EQ(released, 1);
}

TEST_F(EventBridgeTest, SubAgentsNeitherIdleNorCompactForTheSession) {
  const auto seen = After({Event("session.compaction_start", {}, kChild),
                           Event("session.idle", {}, kChild)});
  EXPECT_FALSE(seen.compaction_seen);
  EXPECT_FALSE(seen.idle_seen);
}

TEST_F(EventBridgeTest, ASessionErrorKeepsItsCode) {
  EXPECT_EQ(After({Event("session.error", {{"message", "no quota"},
                                           {"errorType", "quota"},
                                           {"errorCode", "quota_exceeded"}})})
                .stream_error->code,
            "quota_exceeded");
  EXPECT_EQ(After({Event("session.error",
                         {{"message", "no"}, {"errorType", "query"}})})
                .stream_error->code,
            "query");
}

TEST_F(EventBridgeTest, AnAbortNobodyAskedForIsAnError) {
  const auto seen = After({Event("abort", {{"reason", "remote_command"}})});
  EXPECT_EQ(seen.stream_error->code, "session_aborted");
  EXPECT_EQ(seen.stream_error->message,
            "[copilot-attempt] session aborted: remote_command");
}

TEST_F(EventBridgeTest, AfterOurAbortErrorsAreNotRecorded) {
  Bridge().MarkAborted();
  const auto seen = After({Event("session.error", {{"message", "x"}}),
                           Event("abort", {{"reason", "user"}})});
  EXPECT_FALSE(seen.stream_error.has_value());
}

TEST_F(EventBridgeTest, DetachesOnceInReverseOrder) {
  Bridge();
  EXPECT_EQ(session_->listener_count(), 18u);
  Bridge().Detach();
  Bridge().Detach();
  EXPECT_EQ(session_->removed_types(),
            (Texts{"abort", "session.error", "session.idle",
                   "session.compaction_complete", "session.compaction_start",
                   "subagent.failed", "subagent.completed", "subagent.started",
                   "exit_plan_mode.completed", "exit_plan_mode.requested",
                   "session.plan_changed", "tool.execution_complete",
                   "tool.execution_start", "assistant.usage",
                   "assistant.message", "assistant.reasoning_delta",
                   "user.message", "assistant.message_delta"}));
  EXPECT_TRUE(After({Delta("late")}).texts.empty());
}

TEST_F(EventBridgeTest, ASnapshotIsACopy) {
  auto seen = After({Message("hello")});
  seen.texts.clear();
  EXPECT_EQ(Bridge().snapshot().texts, Texts{"hello"});
}

TEST_F(EventBridgeTest, ASlowConsumerGetsOneDeltaAtATime) {
  const auto threads = std::make_shared<ThreadExecutor>();
  std::atomic<int> running = 0;
  std::atomic<bool> overlapped = false;
  host_.on_delta = [&](const Json& delta) -> Status {
    if (++running > 1) overlapped = true;
    std::this_thread::yield();
    deltas_.push_back(delta);
    --running;
    return {};
  };
  EventBridge bridge(session_, params_, host_, threads, clock_);
  for (int i = 0; i < 50; ++i) session_->Emit(Delta("x"));
  EXPECT_TRUE(bridge.FlushDeltas().has_value());
  EXPECT_FALSE(overlapped);
  ASSERT_EQ(deltas_.size(), 50u);
  EXPECT_EQ(deltas_.back()["text"], std::string(50, 'x'));
}

TEST_F(EventBridgeTest, OneUserMessageIsOfferedAsKept) {
  std::vector<Json> offered;
  host_.on_user_message_persisted = [&](const Json& event) {
    offered.push_back(event["data"]["content"]);
    return offered.size() == 2;  // takes the second one
  };
  const auto user = [](const std::string& text, const Json& more = {}) {
    Json event = Event("user.message", {{"content", text}});
    if (!more.is_null()) event.update(more);
    return event;
  };
  After({user("ephemeral", kEphemeral), user("child", kChild), user("one"),
         user("two"), user("three")});
  EXPECT_EQ(offered, (std::vector<Json>{"one", "two"}));
}

TEST_F(EventBridgeTest, EverySuccessfulCompactionInvalidatesTheContext) {
  int invalidated = 0;
  host_.on_context_compacted = [&] { ++invalidated; };
  const auto complete = [](bool success, const Json& more) {
    Json event = Event("session.compaction_complete", {{"success", success}});
    if (!more.is_null()) event.update(more);
    return event;
  };
  After({complete(false, {})});
  EXPECT_EQ(invalidated, 0);
  After({complete(true, {})});
  EXPECT_EQ(invalidated, 1);
  After({complete(true, kChild)});
  EXPECT_EQ(invalidated, 2);
}

TEST_F(EventBridgeTest, SubAgentEventsArePassedOnUnchanged) {
  std::vector<Json> told;
  host_.on_subagent_event = [&](const Json& event) { told.push_back(event); };
  Json started = Event("subagent.started", {{"toolCallId", "c1"}, {"x", 1}});
  started.update(kChild);
  After({started, Event("subagent.failed", {{"error", "no"}})});
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0], started);
}

TEST_F(EventBridgeTest, AToolHasOneResultEvenIfItWasBridged) {
  std::vector<Json> told;
  host_.on_agent_event = [&](const Json& event) { told.push_back(event); };
  const auto executor = std::make_shared<InlineExecutor>();
  const auto run = [&](Profile profile) {
    EventBridge bridge(session_, params_, host_, executor, clock_, profile);
    for (const char* id : {"c1", "c2"}) {
      const Json data = {
          {"toolCallId", id}, {"toolName", "read"}, {"success", false}};
      session_->Emit(Event("tool.execution_start", data));
      if (data["toolCallId"] == "c1") {
        bridge.OnBridgedResult("c1", "read", false);
      }
      session_->Emit(Event("tool.execution_complete", data));
    }
    bridge.Detach();
    bridge.OnBridgedResult("c3", "read", false);
  };
  run(Profile::kJournal);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0]["data"]["toolCallId"], "c1");
  EXPECT_EQ(told[0]["data"]["isError"], false);
  EXPECT_EQ(told[1]["data"]["toolCallId"], "c2");
  EXPECT_EQ(told[1]["data"]["isError"], true);
  told.clear();
  run(Profile::kDocs);
  EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace copilot::harness
