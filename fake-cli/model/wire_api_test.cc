// SPDX-License-Identifier: MIT
#include "fake-cli/model/wire_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/json_damage.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;

// What a reader makes of a stream, and what it tells of meanwhile.
class WireApiTest : public ::testing::Test {
 protected:
  std::optional<ModelFailure> Stream(const WireApi& api,
                                     const std::vector<Json>& events) {
    const auto reader = api.reader();
    for (const Json& event : events) {
      if (auto failure = reader->ReadEvent(event, listener_)) return failure;
    }
    if (auto failure = reader->End()) return failure;
    answer_ = reader->Take(true);
    return std::nullopt;
  }

  std::optional<ModelFailure> Whole(const WireApi& api, const Json& document) {
    const auto reader = api.reader();
    if (auto failure = reader->ReadWhole(document)) return failure;
    answer_ = reader->Take(false);
    return std::nullopt;
  }

  ModelAnswer answer_;
  std::vector<std::string> told_;
  const PartListener listener_ = {
      [this](const std::string& text) { told_.push_back("text " + text); },
      [this](const std::string& text) { told_.push_back("thought " + text); },
      [this](const ToolRequest& tool) {
        told_.push_back(tool.id + " " + tool.name + " " + tool.arguments);
      },
      [this] { told_.emplace_back("message"); }};
};

Prompt Conversation() {
  Prompt prompt;
  prompt.model = "m";
  prompt.system = {"Be kind.", "Be brief."};
  prompt.messages = {
      {{"role", "user"}, {"content", "Look up cats"}},
      {{"role", "assistant"},
       {"content", nullptr},
       {"tool_calls",
        {{{"id", "c1"},
          {"type", "function"},
          {"function", {{"name", "lookup"}, {"arguments", R"({"q":1})"}}}}}}},
      {{"role", "tool"}, {"tool_call_id", "c1"}, {"content", "a fact"}}};
  ToolDefinition tool;
  tool.name = "lookup";
  tool.description = "Looks up.";
  tool.parameters = {{"type", "object"}};
  prompt.tools = {tool};
  prompt.stream = true;
  return prompt;
}

TEST_F(WireApiTest, ResponsesTellOfTextAsItComes) {
  ASSERT_FALSE(
      Stream(Responses(),
             {{{"type", "response.created"}, {"response", {{"id", "resp_1"}}}},
              {{"type", "response.output_item.added"},
               {"item", {{"type", "message"}, {"id", "m1"}}}},
              {{"type", "response.output_text.delta"}, {"delta", "Hel"}},
              {{"type", "response.output_text.delta"}, {"delta", "lo"}},
              {{"type", "response.completed"},
               {"response",
                {{"id", "resp_1"},
                 {"created_at", 7},
                 {"usage", {{"input_tokens", 5}, {"output_tokens", 2}}}}}}}));
  EXPECT_THAT(told_, ElementsAre("message", "text Hel", "text lo"));
  EXPECT_EQ(answer_.text(), "Hello");
  EXPECT_EQ(answer_.api_call_id, "resp_1");
  EXPECT_EQ(answer_.created, 7);
  EXPECT_EQ(answer_.finish, "stop");
  EXPECT_EQ(answer_.usage["inputTokens"], 5);
}

TEST_F(WireApiTest, ResponsesPutTheArgumentsOfACallTogether) {
  ASSERT_FALSE(Stream(
      Responses(),
      {{{"type", "response.output_item.added"},
        {"item",
         {{"type", "function_call"},
          {"id", "fc_1"},
          {"call_id", "c1"},
          {"name", "lookup"}}}},
       {{"type", "response.function_call_arguments.delta"},
        {"item_id", "fc_1"},
        {"delta", R"({"q")"}},
       {{"type", "response.function_call_arguments.delta"},
        {"item_id", "fc_1"},
        {"delta", ":1}"}},
       {{"type", "response.completed"}, {"response", {{"id", "resp_1"}}}}}));
  EXPECT_THAT(told_, ElementsAre(R"(c1 lookup {"q")", "c1 lookup :1}"));
  ASSERT_EQ(answer_.tools.size(), 1U);
  EXPECT_EQ(answer_.tools[0].arguments, R"({"q":1})");
  EXPECT_EQ(answer_.finish, "tool_calls");
}

TEST_F(WireApiTest, ResponsesOutOfTokensAreCutOff) {
  ASSERT_FALSE(Stream(
      Responses(),
      {{{"type", "response.incomplete"},
        {"response",
         {{"id", "r"},
          {"incomplete_details", {{"reason", "max_output_tokens"}}}}}}}));
  EXPECT_TRUE(answer_.cut_off());
}

TEST_F(WireApiTest, AStreamOfResponsesNeedsItsEnd) {
  EXPECT_TRUE(Stream(Responses(), {{{"type", "response.created"}}}));
}

TEST_F(WireApiTest, AResponseMayFail) {
  const auto failure =
      Stream(Responses(),
             {{{"type", "response.failed"},
               {"response", {{"error", {{"code", "x"}, {"message", "no"}}}}}}});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message, "no");
  EXPECT_EQ(failure->code, "x");
  EXPECT_TRUE(failure->told);
}

TEST_F(WireApiTest, AWholeResponseIsReadAlike) {
  ASSERT_FALSE(
      Whole(Responses(),
            {{"id", "resp_1"},
             {"output",
              {{{"type", "message"},
                {"content", {{{"type", "output_text"}, {"text", "Hello"}}}}},
               {{"type", "function_call"},
                {"id", "fc_1"},
                {"call_id", "c1"},
                {"name", "lookup"},
                {"arguments", "{}"}}}}}));
  EXPECT_EQ(answer_.text(), "Hello");
  ASSERT_EQ(answer_.tools.size(), 1U);
  EXPECT_EQ(answer_.tools[0].id, "c1");
}

TEST_F(WireApiTest, ResponsesAskInItems) {
  const Json body = Responses().body(Conversation());
  EXPECT_EQ(body["instructions"], "Be kind.\n\nBe brief.");
  EXPECT_EQ(body["input"], Json::parse(R"([
    {"role":"user","type":"message",
     "content":[{"type":"input_text","text":"Look up cats"}]},
    {"type":"function_call","id":"fc_c1","name":"lookup",
     "arguments":"{\"q\":1}","call_id":"c1","status":"completed"},
    {"type":"function_call_output","call_id":"c1","output":"a fact"}])"));
  EXPECT_EQ(body["tools"][0]["name"], "lookup");
  EXPECT_EQ(body["stream"], true);
}

TEST_F(WireApiTest, MessagesTellOfThoughtsAndText) {
  ASSERT_FALSE(Stream(
      Messages(),
      {{{"type", "message_start"},
        {"message", {{"id", "msg_1"}, {"usage", {{"input_tokens", 5}}}}}},
       {{"type", "content_block_start"},
        {"index", 0},
        {"content_block", {{"type", "thinking"}}}},
       {{"type", "content_block_delta"},
        {"index", 0},
        {"delta", {{"type", "thinking_delta"}, {"thinking", "hm"}}}},
       {{"type", "content_block_delta"},
        {"index", 1},
        {"delta", {{"type", "text_delta"}, {"text", "Hi"}}}},
       {{"type", "message_delta"},
        {"delta", {{"stop_reason", "end_turn"}}},
        {"usage", {{"output_tokens", 3}}}},
       {{"type", "message_stop"}}}));
  EXPECT_THAT(told_, ElementsAre("thought hm", "text Hi"));
  EXPECT_EQ(answer_.reasoning, "hm");
  EXPECT_EQ(answer_.finish, "stop");
  EXPECT_EQ(answer_.usage["inputTokens"], 5);
  EXPECT_EQ(answer_.usage["outputTokens"], 3);
}

TEST_F(WireApiTest, MessagesPutTheInputOfAToolTogether) {
  ASSERT_FALSE(Stream(
      Messages(),
      {{{"type", "content_block_start"},
        {"index", 0},
        {"content_block",
         {{"type", "tool_use"}, {"id", "c1"}, {"name", "lookup"}}}},
       {{"type", "content_block_delta"},
        {"index", 0},
        {"delta", {{"type", "input_json_delta"}, {"partial_json", "{}"}}}},
       {{"type", "message_delta"}, {"delta", {{"stop_reason", "tool_use"}}}},
       {{"type", "message_stop"}}}));
  EXPECT_THAT(told_, ElementsAre("c1 lookup {}"));
  EXPECT_EQ(answer_.finish, "tool_calls");
}

TEST_F(WireApiTest, AnErrorEndsAStreamOfMessages) {
  const auto failure =
      Stream(Messages(),
             {{{"type", "error"},
               {"error", {{"type", "overloaded_error"}, {"message", "no"}}}}});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->type, "overloaded_error");
}

TEST_F(WireApiTest, MessagesAskInTurns) {
  const Json body = Messages().body(Conversation());
  EXPECT_EQ(body["system"].size(), 2U);
  EXPECT_EQ(body["messages"], Json::parse(R"([
    {"role":"user","content":[{"type":"text","text":"Look up cats"}]},
    {"role":"assistant","content":[
      {"type":"tool_use","id":"c1","name":"lookup","input":{"q":1}}]},
    {"role":"user","content":[
      {"type":"tool_result","tool_use_id":"c1","content":"a fact",
       "cache_control":{"type":"ephemeral"}}]}])"));
  EXPECT_FALSE(body.contains("thinking"));
}

TEST_F(WireApiTest, APromptMakesTheModelThink) {
  Prompt prompt = Conversation();
  prompt.messages.erase(1);
  prompt.messages.erase(1);
  EXPECT_TRUE(Messages().body(prompt).contains("thinking"));
}

TEST_F(WireApiTest, AWholeMessageIsReadAlike) {
  ASSERT_FALSE(Whole(Messages(), {{"id", "msg_1"},
                                  {"stop_reason", "tool_use"},
                                  {"content",
                                   {{{"type", "text"}, {"text", "Hi"}},
                                    {{"type", "tool_use"},
                                     {"id", "c1"},
                                     {"name", "lookup"},
                                     {"input", {{"q", 1}}}}}}}));
  EXPECT_EQ(answer_.text(), "Hi");
  ASSERT_EQ(answer_.tools.size(), 1U);
  EXPECT_EQ(answer_.tools[0].arguments, R"({"q":1})");
}

TEST_F(WireApiTest, NoAnswerIsTooOddToBeRead) {
  const std::vector<std::pair<const WireApi*, std::vector<Json>>> answers = {
      {&ChatCompletions(),
       {Json::parse(R"({"id": "c", "created": 1, "choices": [{"index": 0,
          "delta": {"content": "x", "reasoning_content": "y", "tool_calls":
            [{"index": 0, "id": "t", "function": {"name": "n",
              "arguments": "{}"}}]}, "finish_reason": "stop"}],
          "usage": {"prompt_tokens": 1, "completion_tokens": 2,
            "prompt_tokens_details": {"cached_tokens": 1}}})"),
        Json::parse(R"({"choices": [{"message": {"content": "x",
          "tool_calls": [{"id": "t", "function": {"name": "n",
            "arguments": "{}"}}]}}]})"),
        Json::parse(R"({"error": {"message": "no"}})")}},
      {&Responses(),
       {Json::parse(R"({"type": "response.output_item.added", "item":
          {"type": "function_call", "id": "i", "call_id": "c"}})"),
        Json::parse(R"({"type": "response.function_call_arguments.delta",
          "item_id": "i", "delta": "{}"})"),
        Json::parse(R"({"type": "response.completed", "response": {"id": "r",
          "created_at": 1, "incomplete_details": {"reason": "x"}, "usage":
          {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
           "input_tokens_details": {"cached_tokens": 1}}}})"),
        Json::parse(R"({"type": "response.failed", "response":
          {"error": {"message": "no", "code": "c"}}})"),
        Json::parse(R"({"output": [{"type": "message", "content":
          [{"text": "x"}], "summary": [{"text": "y"}]}, {"type":
          "function_call", "arguments": "{}"}]})")}},
      {&Messages(),
       {Json::parse(R"({"type": "message_start", "message": {"id": "m",
          "usage": {"input_tokens": 1}}})"),
        Json::parse(R"({"type": "content_block_start", "index": 0,
          "content_block": {"type": "tool_use", "id": "t", "name": "n"}})"),
        Json::parse(R"({"type": "content_block_delta", "index": 0, "delta":
          {"type": "input_json_delta", "partial_json": "{}"}})"),
        Json::parse(R"({"type": "message_delta", "delta":
          {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}})"),
        Json::parse(R"({"type": "error", "error": {"message": "no"}})"),
        Json::parse(R"({"id": "m", "content": [{"type": "tool_use", "id": "t",
          "name": "n", "input": {}}, {"type": "text", "text": "x"}]})")}}};
  for (const auto& [api, documents] : answers) {
    for (const Json& document : documents) {
      wire::ForEachDamage(document, [&, api = api](const Json& damaged) {
        const auto reader = api->reader();
        EXPECT_NO_THROW(reader->ReadWhole(damaged)) << damaged;
        EXPECT_NO_THROW(reader->Take(false)) << damaged;
        if (!damaged.is_object()) return;  // told before it is read
        const auto streamed = api->reader();
        EXPECT_NO_THROW(streamed->ReadEvent(damaged, listener_)) << damaged;
        EXPECT_NO_THROW(streamed->End()) << damaged;
        EXPECT_NO_THROW(streamed->Take(true)) << damaged;
      });
    }
  }
}

}  // namespace
}  // namespace copilot::fake_cli
