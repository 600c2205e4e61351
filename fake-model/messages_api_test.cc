// SPDX-License-Identifier: MIT
#include "fake-model/messages_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake-model/test_answers.h"

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

TEST(MessagesBodyTest, HoldsTheWholeText) {
  const json body =
      json::parse(MessagesApi().Body(Text({"Hel", "lo"}), {3, "claude"}));
  EXPECT_EQ(body["id"], "msg_3");
  EXPECT_EQ(body["type"], "message");
  EXPECT_EQ(body["content"],
            json::parse(R"([{"type":"text","text":"Hello"}])"));
  EXPECT_EQ(body["stop_reason"], "end_turn");
  EXPECT_EQ(body["usage"]["output_tokens"], 10);
}

TEST(MessagesBodyTest, CountsWhatWasCachedApart) {
  Answer answer = Text({"x"});
  answer.usage.cache_read_tokens = 80;
  const json usage = json::parse(MessagesApi().Body(answer, {1, "m"}))["usage"];
  EXPECT_EQ(usage["input_tokens"], 20);
  EXPECT_EQ(usage["cache_read_input_tokens"], 80);
}

TEST(MessagesBodyTest, CallsHaveTheirInputAsJson) {
  const json body =
      json::parse(MessagesApi().Body(Tool({"{\"q\"", ":1}"}), {2, "m"}));
  EXPECT_EQ(body["stop_reason"], "tool_use");
  EXPECT_EQ(body["content"][0]["id"], "call_2_0");
  EXPECT_EQ(body["content"][0]["input"], json({{"q", 1}}));
  EXPECT_EQ(json::parse(MessagesApi().Body(Tool({"{no"}),
                                           {2, "m"}))["content"][0]["input"],
            "{no");
}

TEST(MessagesEventsTest, OpenAndCloseTheBlock) {
  const auto events = MessagesApi().Events(Text({"Hel", "lo"}), {1, "m"});
  EXPECT_THAT(
      Types(events),
      ElementsAre("message_start", "ping", "content_block_start",
                  "content_block_delta", "content_block_delta",
                  "content_block_stop", "message_delta", "message_stop"));
  EXPECT_TRUE(Data(events[0])["message"]["stop_reason"].is_null());
  EXPECT_EQ(Data(events[2])["content_block"]["text"], "");
  EXPECT_EQ(Data(events[4])["delta"],
            json({{"type", "text_delta"}, {"text", "lo"}}));
  EXPECT_EQ(Data(events[6])["delta"]["stop_reason"], "end_turn");
  EXPECT_EQ(Data(events[6])["usage"]["output_tokens"], 10);
}

TEST(MessagesEventsTest, ThinkingIsSignedAndComesFirst) {
  Answer answer = Text({"x"});
  answer.reasoning = {"because"};
  const auto events = MessagesApi().Events(answer, {1, "m"});
  EXPECT_EQ(Data(events[2])["content_block"]["type"], "thinking");
  EXPECT_EQ(Data(events[3])["delta"]["thinking"], "because");
  EXPECT_EQ(Data(events[4])["delta"]["type"], "signature_delta");
  EXPECT_EQ(Data(events[6])["index"], 1);
}

TEST(MessagesEventsTest, ArgumentsComeInTheirChunks) {
  const auto events = MessagesApi().Events(Tool({"{\"q\"", ":1}"}), {1, "m"});
  EXPECT_EQ(Data(events[2])["content_block"]["input"], json::object());
  EXPECT_EQ(Data(events[3])["delta"]["partial_json"], "{\"q\"");
  EXPECT_EQ(Data(events[4])["delta"]["partial_json"], ":1}");
  EXPECT_EQ(Data(events[6])["delta"]["stop_reason"], "tool_use");
}

TEST(MessagesEventsTest, MayBeLeftOpen) {
  const auto events = MessagesApi().Events(Text({"x"}), {1, "m"}, false);
  EXPECT_EQ(Data(events.back())["type"], "content_block_delta");
}

TEST(MessagesErrorTest, HasTheTypeOfItsStatus) {
  HttpError error;
  error.status = 429;
  error.message = "slow down";
  EXPECT_EQ(json::parse(MessagesApi().ErrorBody(error)),
            json::parse(R"({"type":"error","error":{"type":"rate_limit_error",
                            "message":"slow down"}})"));
  error.type = "mine";
  EXPECT_EQ(json::parse(MessagesApi().ErrorBody(error))["error"]["type"],
            "mine");
}

}  // namespace
}  // namespace copilot::fake_model
