// SPDX-License-Identifier: MIT
#include "fake-cli/tool_result.h"

#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

ToolResult Read(const char* params) {
  return ReadToolResult(Json::parse(params), "lookup", R"({"q":"cats"})");
}

TEST(ToolResultTest, TextIsASuccess) {
  const ToolResult result = Read(R"({"result":"text"})");
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.text, "text");
  EXPECT_EQ(result.Content(),
            Json({{"content", "text"}, {"detailedContent", "text"}}));
}

TEST(ToolResultTest, ASuccessObjectKeepsItsLogAndContents) {
  const ToolResult result = Read(
      R"({"result":{"textResultForLlm":"t","resultType":"success",
          "sessionLog":"log","contents":[1],"binaryResultsForLlm":[2]}})");
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.text, "t");
  EXPECT_EQ(result.Content(), Json({{"content", "t"},
                                    {"detailedContent", "log"},
                                    {"contents", {1}},
                                    {"binaryResultsForLlm", {2}}}));
}

TEST(ToolResultTest, WithoutALogTheTextIsTheDetail) {
  const ToolResult result =
      Read(R"({"result":{"textResultForLlm":"t","resultType":"success"}})");
  EXPECT_EQ(result.Content()["detailedContent"], "t");
}

TEST(ToolResultTest, AFailureTellsItsError) {
  const ToolResult result = Read(
      R"({"result":{"textResultForLlm":"t","resultType":"failure",
          "error":"d"}})");
  EXPECT_FALSE(result.success);
  EXPECT_FALSE(result.ends_turn);
  EXPECT_EQ(result.error, "d");
  EXPECT_EQ(result.code, "failure");
  EXPECT_EQ(result.text, "t");
}

TEST(ToolResultTest, ATimeoutHasItsOwnCode) {
  const ToolResult result = Read(
      R"({"result":{"textResultForLlm":"t","resultType":"timeout",
          "error":"d"}})");
  EXPECT_EQ(result.error, "d");
  EXPECT_EQ(result.code, "timeout");
  EXPECT_EQ(result.text, "t");
}

TEST(ToolResultTest, ADenialsMessageIsItsText) {
  const ToolResult result = Read(
      R"({"result":{"textResultForLlm":"t","resultType":"denied",
          "error":"d"}})");
  EXPECT_EQ(result.ErrorMessage(), "t");
  EXPECT_EQ(result.code, "denied");
  EXPECT_FALSE(result.ends_turn);
}

TEST(ToolResultTest, ARejectionEndsTheTurn) {
  const ToolResult result =
      Read(R"({"result":{"textResultForLlm":"t","resultType":"rejected"}})");
  EXPECT_FALSE(result.success);
  EXPECT_TRUE(result.ends_turn);
  EXPECT_EQ(result.error, "t");
  EXPECT_EQ(result.code, "rejected");
}

TEST(ToolResultTest, AnUnknownTypeIsAFailure) {
  const ToolResult result = Read(
      R"({"result":{"textResultForLlm":"t","resultType":"odd","error":"d"}})");
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.error, "d");
  EXPECT_EQ(result.code, "failure");
}

TEST(ToolResultTest, AnObjectWithoutATypeIsASuccess) {
  const ToolResult result = Read(R"({"result":{"textResultForLlm":"t"}})");
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.text, "t");
}

TEST(ToolResultTest, WhatAHandlerThrewIsNotPassedOn) {
  const ToolResult result = Read(R"({"error":"boom"})");
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.error, "Tool execution failed");
  EXPECT_EQ(result.code, "failure");
  EXPECT_EQ(result.text,
            "Failed to execute `lookup` tool with arguments: {\"q\":\"cats\"} "
            "due to error: Error: Tool execution failed");
}

TEST(ToolResultTest, NothingUsableIsAnEmptySuccess) {
  for (const char* params :
       {"{}", R"({"result":null})", R"({"result":""})", R"({"result":7})",
        R"({"result":{"a":1}})", R"({"result":"","error":null})"}) {
    const ToolResult result = Read(params);
    EXPECT_TRUE(result.success) << params;
    EXPECT_EQ(result.text, "") << params;
    EXPECT_EQ(result.Content()["content"], "") << params;
  }
}

TEST(UserAnswerTest, AChoiceIsSelected) {
  const UserAnswer answer =
      ReadUserAnswer(R"({"answer":"blue","wasFreeform":false})");
  EXPECT_EQ(answer.answer, "blue");
  EXPECT_FALSE(answer.was_freeform);
  EXPECT_EQ(answer.text, "User selected: blue");
}

TEST(UserAnswerTest, FreeTextIsAResponse) {
  for (const char* raw :
       {R"({"answer":"Ada","wasFreeform":true})", R"({"answer":"Ada"})"}) {
    const UserAnswer answer = ReadUserAnswer(raw);
    EXPECT_TRUE(answer.was_freeform);
    EXPECT_EQ(answer.text, "User responded: Ada");
  }
}

TEST(UserAnswerTest, AnErrorOrAnythingElseIsAPoliteAnswer) {
  const wire::RawResult cases[] = {
      tl::unexpected(wire::RpcError{wire::kMethodNotFound, "no", nullptr}),
      "{}", "null", R"({"answer":7})"};
  for (const wire::RawResult& raw : cases) {
    const UserAnswer answer = ReadUserAnswer(raw);
    EXPECT_EQ(answer.text,
              "User responded: The user was unable to respond due to an "
              "error");
    EXPECT_TRUE(answer.was_freeform);
  }
}

}  // namespace
}  // namespace copilot::fake_cli
