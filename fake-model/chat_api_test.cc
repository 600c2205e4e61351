// SPDX-License-Identifier: MIT
#include "fake-model/chat_api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using nlohmann::json;

json Data(const std::string& event) {
  EXPECT_EQ(event.rfind("data: ", 0), 0u);
  EXPECT_EQ(event.substr(event.size() - 2), "\n\n");
  return json::parse(event.substr(6));
}

json Choice(const std::string& event) { return Data(event)["choices"][0]; }

Answer Text(std::vector<std::string> chunks) {
  Answer answer;
  answer.chunks = std::move(chunks);
  answer.finish_reason = "stop";
  return answer;
}

TEST(ChatBodyTest, HoldsTheWholeText) {
  const json body =
      json::parse(ChatApi().Body(Text({"Hel", "lo"}), {3, "gpt-4.1"}));
  EXPECT_EQ(body["id"], "chatcmpl-3");
  EXPECT_EQ(body["object"], "chat.completion");
  EXPECT_EQ(body["model"], "gpt-4.1");
  EXPECT_EQ(body["choices"][0]["message"]["content"], "Hello");
  EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(body["usage"]["total_tokens"], 110);
}

TEST(ChatBodyTest, ToolCallsLeaveTheContentNull) {
  Answer answer;
  answer.tool_calls = {{"", "a", {"{}"}}, {"mine", "b", {"{\"x\"", ":1}"}}};
  answer.finish_reason = "tool_calls";
  const json message =
      json::parse(ChatApi().Body(answer, {2, "m"}))["choices"][0]["message"];
  EXPECT_TRUE(message["content"].is_null());
  EXPECT_EQ(message["tool_calls"][0]["id"], "call_2_0");
  EXPECT_EQ(message["tool_calls"][1]["id"], "mine");
  EXPECT_EQ(message["tool_calls"][1]["function"]["arguments"], "{\"x\":1}");
}

TEST(ChatEventsTest, HasOneEventForEachChunkThenFinishUsageAndDone) {
  const auto events = ChatApi().Events(Text({"Hel", "lo"}), {1, "m"});
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(Choice(events[0])["delta"],
            json({{"role", "assistant"}, {"content", "Hel"}}));
  EXPECT_EQ(Choice(events[1])["delta"], json({{"content", "lo"}}));
  EXPECT_EQ(Choice(events[2])["finish_reason"], "stop");
  EXPECT_EQ(Data(events[3])["usage"]["prompt_tokens"], 100);
  EXPECT_EQ(events[4], "data: [DONE]\n\n");
}

TEST(ChatEventsTest, SaysReasoningFirstAndToolsLast) {
  Answer answer = Text({"x"});
  answer.reasoning = {"because"};
  answer.tool_calls = {{"", "a", {"{}"}}, {"", "b", {"{}"}}};
  const auto events = ChatApi().Events(answer, {1, "m"});
  EXPECT_EQ(Choice(events[0])["delta"]["reasoning_content"], "because");
  EXPECT_EQ(Choice(events[1])["delta"]["content"], "x");
  EXPECT_EQ(Choice(events[2])["delta"]["tool_calls"][0]["index"], 0);
  EXPECT_EQ(Choice(events[3])["delta"]["tool_calls"][0]["index"], 1);
}

TEST(ChatEventsTest, ArgumentsComeInTheirChunks) {
  Answer answer;
  answer.tool_calls = {{"", "a", {"{\"x\"", ":1}"}}};
  const auto events = ChatApi().Events(answer, {1, "m"});
  const json first = Choice(events[0])["delta"]["tool_calls"][0];
  EXPECT_EQ(first["id"], "call_1_0");
  EXPECT_EQ(first["function"]["arguments"], "{\"x\"");
  EXPECT_EQ(Choice(events[1])["delta"]["tool_calls"],
            json::parse(R"([{"index":0,"function":{"arguments":":1}"}}])"));
}

TEST(ChatEventsTest, MayBeLeftOpen) {
  EXPECT_EQ(ChatApi().Events(Text({"x"}), {1, "m"}, false).size(), 1u);
}

TEST(ChatEventsTest, AnEmptyTextStillEnds) {
  const auto events = ChatApi().Events(Text({}), {1, "m"});
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(Choice(events[0])["delta"], json({{"role", "assistant"}}));
}

}  // namespace
}  // namespace copilot::fake_model
