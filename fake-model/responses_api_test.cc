// SPDX-License-Identifier: MIT
#include "fake-model/responses_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake-model/test_answers.h"

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

TEST(ResponsesBodyTest, HoldsTheWholeText) {
  const json body =
      json::parse(ResponsesApi().Body(Text({"Hel", "lo"}), {3, "gpt-5.4"}));
  EXPECT_EQ(body["id"], "resp_3");
  EXPECT_EQ(body["object"], "response");
  EXPECT_EQ(body["status"], "completed");
  EXPECT_EQ(body["model"], "gpt-5.4");
  EXPECT_EQ(body["output"][0]["content"][0]["text"], "Hello");
  EXPECT_EQ(body["usage"]["total_tokens"], 110);
}

TEST(ResponsesBodyTest, HoldsReasoningAndCallsAsItems) {
  Answer answer = Tool({"{\"q\"", ":1}"});
  answer.reasoning = {"be", "cause"};
  const json output =
      json::parse(ResponsesApi().Body(answer, {2, "m"}))["output"];
  EXPECT_EQ(output[0]["summary"][0]["text"], "because");
  EXPECT_EQ(output[1]["type"], "function_call");
  EXPECT_EQ(output[1]["call_id"], "call_2_0");
  EXPECT_EQ(output[1]["arguments"], "{\"q\":1}");
}

TEST(ResponsesBodyTest, IsIncompleteWhenTheTextIsCut) {
  Answer answer = Text({"Hel"});
  answer.finish_reason = "length";
  const json body = json::parse(ResponsesApi().Body(answer, {1, "m"}));
  EXPECT_EQ(body["status"], "incomplete");
  EXPECT_EQ(body["incomplete_details"]["reason"], "max_output_tokens");
  const auto events = ResponsesApi().Events(answer, {1, "m"});
  EXPECT_EQ(Data(events.back())["type"], "response.incomplete");
}

TEST(ResponsesEventsTest, OpenAndCloseTheTextAndItsItem) {
  const auto events = ResponsesApi().Events(Text({"Hel", "lo"}), {1, "m"});
  EXPECT_THAT(
      Types(events),
      ElementsAre("response.created", "response.in_progress",
                  "response.output_item.added", "response.content_part.added",
                  "response.output_text.delta", "response.output_text.delta",
                  "response.output_text.done", "response.content_part.done",
                  "response.output_item.done", "response.completed"));
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(Data(events[i])["sequence_number"], i);
  }
  EXPECT_EQ(Data(events[0])["response"]["status"], "in_progress");
  EXPECT_EQ(Data(events[5])["delta"], "lo");
  EXPECT_EQ(Data(events[6])["text"], "Hello");
  EXPECT_EQ(Data(events[9])["response"]["output"][0]["content"][0]["text"],
            "Hello");
}

TEST(ResponsesEventsTest, CallsComeAfterTheText) {
  Answer answer = Tool({"{\"q\"", ":1}"});
  answer.chunks = {"x"};
  const auto events = ResponsesApi().Events(answer, {1, "m"});
  ASSERT_EQ(events.size(), 14u);
  EXPECT_EQ(Data(events[8])["output_index"], 1);
  EXPECT_EQ(Data(events[8])["item"]["arguments"], "");
  EXPECT_EQ(Data(events[9])["delta"], "{\"q\"");
  EXPECT_EQ(Data(events[11])["arguments"], "{\"q\":1}");
  EXPECT_EQ(Data(events[12])["item"]["status"], "completed");
}

TEST(ResponsesEventsTest, ReasoningComesFirst) {
  Answer answer = Text({"x"});
  answer.reasoning = {"be", "cause"};
  const auto events = ResponsesApi().Events(answer, {1, "m"});
  EXPECT_EQ(Data(events[2])["item"]["type"], "reasoning");
  EXPECT_EQ(Data(events[4])["type"], "response.reasoning_summary_text.delta");
  EXPECT_EQ(Data(events[6])["text"], "because");
}

TEST(ResponsesEventsTest, MayBeLeftOpen) {
  const auto events = ResponsesApi().Events(Text({"x"}), {1, "m"}, false);
  EXPECT_EQ(Data(events.back())["type"], "response.output_text.delta");
}

}  // namespace
}  // namespace copilot::fake_model
