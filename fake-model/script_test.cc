// SPDX-License-Identifier: MIT
#include "fake-model/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::fake_model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Script Parsed(std::string_view text) {
  auto script = Script::Parse(text, "model.json");
  if (!script) {
    ADD_FAILURE() << script.error()[0].ToString();
    return {};
  }
  return std::move(*script);
}

std::string FirstError(std::string_view text) {
  const auto script = Script::Parse(text, "model.json");
  return script ? "no error" : script.error()[0].ToString();
}

TEST(ScriptTest, SaysHelloWithoutAnswers) {
  Script script;
  const Answer answer = script.Next({"Hi", 1});
  EXPECT_THAT(answer.chunks, ElementsAre("Hello from the model."));
  EXPECT_EQ(answer.finish_reason, "stop");
}

TEST(ScriptTest, UsesAnswersInOrderAndThenTheDefault) {
  Script script = Parsed(R"({"answers": [
      // comments are fine
      {"text": "one"}, {"text": ["t", "wo"]}]})");
  EXPECT_THAT(script.Next({}).chunks, ElementsAre("one"));
  EXPECT_THAT(script.Next({}).chunks, ElementsAre("t", "wo"));
  EXPECT_THAT(script.Next({}).chunks, ElementsAre("Hello from the model."));
}

TEST(ScriptTest, WhenWinsOverTheOrderAnyNumberOfTimes) {
  Script script = Parsed(R"({"answers": [
      {"text": "in order"},
      {"when": {"prompt": {"regex": "cat"}}, "text": "meow"}]})");
  EXPECT_THAT(script.Next({"a cat", 1}).chunks, ElementsAre("meow"));
  EXPECT_THAT(script.Next({"cats", 2}).chunks, ElementsAre("meow"));
  EXPECT_THAT(script.Next({"dogs", 3}).chunks, ElementsAre("in order"));
}

TEST(ScriptTest, TextOfWhenMustBeEqual) {
  Script script = Parsed(R"({"answers": [
      {"when": {"prompt": "cat"}, "text": "meow"}]})");
  EXPECT_THAT(script.Next({"cats", 1}).chunks,
              ElementsAre("Hello from the model."));
  EXPECT_THAT(script.Next({"cat", 1}).chunks, ElementsAre("meow"));
}

TEST(ScriptTest, AllMembersOfWhenMustHold) {
  Script script = Parsed(R"({"answers": [
      {"when": {"prompt": "cat", "nth": 2}, "text": "second"}]})");
  EXPECT_THAT(script.Next({"cat", 1}).chunks,
              ElementsAre("Hello from the model."));
  EXPECT_THAT(script.Next({"cat", 2}).chunks, ElementsAre("second"));
}

TEST(ScriptTest, TimesSetsHowOften) {
  Script script = Parsed(R"({"answers": [
      {"when": {"prompt": "cat"}, "times": 1, "text": "meow"},
      {"text": "again", "times": 2}]})");
  EXPECT_THAT(script.Next({"cat", 1}).chunks, ElementsAre("meow"));
  EXPECT_THAT(script.Next({"cat", 1}).chunks, ElementsAre("again"));
  EXPECT_THAT(script.Next({"cat", 1}).chunks, ElementsAre("again"));
  EXPECT_THAT(script.Next({"cat", 1}).chunks,
              ElementsAre("Hello from the model."));
}

TEST(ScriptTest, ToolCallsHaveArgumentsAsTheyAreSent) {
  Script script = Parsed(R"({"answers": [{"toolCalls": [
      {"name": "a", "arguments": {"q": 1}}, {"name": "b", "arguments": "{no"},
      {"name": "c", "id": "x"}, {"name": "d", "arguments": ["{", "}"]}]}]})");
  const Answer answer = script.Next({});
  EXPECT_THAT(answer.tool_calls[0].arguments, ElementsAre(R"({"q":1})"));
  EXPECT_THAT(answer.tool_calls[1].arguments, ElementsAre("{no"));
  EXPECT_THAT(answer.tool_calls[2].arguments, ElementsAre("{}"));
  EXPECT_THAT(answer.tool_calls[3].arguments, ElementsAre("{", "}"));
  EXPECT_EQ(answer.tool_calls[2].id, "x");
  EXPECT_EQ(answer.finish_reason, "tool_calls");
}

TEST(ScriptTest, ErrorsHaveWhatTheApisNeedForTheirBodies) {
  Script script = Parsed(R"({"answers": [{"error": {"status": 429,
      "message": "slow down", "code": "limit", "headers": {"retry-after": "1"}}
  }]})");
  const HttpError error = script.Next({}).error;
  EXPECT_EQ(error.status, 429);
  EXPECT_EQ(error.headers.at("retry-after"), "1");
  EXPECT_EQ(error.message, "slow down");
  EXPECT_EQ(error.code, "limit");
  EXPECT_FALSE(error.body);
}

TEST(ScriptTest, RawStreamsMayComeInChunks) {
  Script script = Parsed(R"({"answers": [{"rawSse": ["data: {", "no"]}]})");
  EXPECT_THAT(script.Next({}).raw_sse, ElementsAre("data: {", "no"));
}

TEST(ScriptTest, NamesUsersAndModels) {
  const Script script = Parsed(R"({"models": ["m"], "users": [
      {"token": "tok-a", "login": "ada"}]})");
  EXPECT_THAT(script.models().ids(), ElementsAre("m"));
  EXPECT_EQ(script.users().Find("Bearer tok-a")->login, "ada");
}

TEST(ScriptTest, ErrorsMayHaveABodyOfTheirOwn) {
  Script script = Parsed(R"({"answers": [{"error": {"status": 503,
      "headers": {"Content-Type": "text/html"}, "body": "<html>"}}]})");
  const HttpError error = script.Next({}).error;
  EXPECT_EQ(*error.body, "<html>");
  EXPECT_EQ(error.content_type, "text/html");
}

TEST(ScriptTest, ComplaintsNameThePlace) {
  EXPECT_THAT(FirstError("{\n\"answers\": [}"), HasSubstr("model.json:2:"));
  EXPECT_THAT(FirstError(R"({"answers": [{"text": 7}]})"),
              HasSubstr("model.json: $.answers[0].text:"));
  EXPECT_THAT(FirstError(R"({"answers": [{"text": "x"}, {"delayMs": 5}]})"),
              HasSubstr("$.answers[1]: expected one of text"));
  EXPECT_THAT(
      FirstError(R"({"answers": [{"text": "x", "error": {"status": 400}}]})"),
      HasSubstr("expected error alone"));
  EXPECT_THAT(FirstError(R"({"answers": [
      {"when": {"prompt": {"regex": "("}}, "text": "x"}]})"),
              HasSubstr("$.answers[0].when.prompt.regex: \"(\" is no regular"));
}

TEST(ScriptTest, AnErrorInsideAStreamMayFollowAText) {
  const Answer answer =
      Parsed(R"({"answers": [{"text": "x", "error": {"status": 200}}]})")
          .Next({});
  EXPECT_THAT(answer.chunks, ElementsAre("x"));
  EXPECT_EQ(answer.error.status, 200);
  EXPECT_THAT(FirstError(R"({"answers": [{"error": {"status": 204}}]})"),
              HasSubstr("$.answers[0].error.status"));
}

TEST(ScriptTest, LoadNamesAMissingFile) {
  const auto script = Script::Load("/nonexistent/model.json");
  ASSERT_FALSE(script);
  EXPECT_THAT(script.error()[0].ToString(),
              HasSubstr("/nonexistent/model.json: cannot be read"));
}

}  // namespace
}  // namespace copilot::fake_model
