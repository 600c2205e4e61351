// SPDX-License-Identifier: MIT
#include "fake-model/prompt.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

TEST(PromptTest, IsTheLastUserMessageWithoutTheDate) {
  const Prompt prompt = PromptOf(nlohmann::json::parse(R"({"messages": [
      {"role": "system", "content": "s"},
      {"role": "user", "content": "first"},
      {"role": "user", "content":
        "<current_datetime>2026</current_datetime>\n\nHello\nthere"},
      {"role": "tool", "content": "t"}]})"));
  EXPECT_EQ(prompt.text, "Hello\nthere");
  EXPECT_EQ(prompt.nth, 2);
}

TEST(PromptTest, JoinsTextParts) {
  const Prompt prompt = PromptOf(nlohmann::json::parse(R"({"messages": [
      {"role": "user", "content": [{"type": "text", "text": "a"},
        {"type": "image_url"}, {"type": "text", "text": "b"}]}]})"));
  EXPECT_EQ(prompt.text, "ab");
}

TEST(PromptTest, ToleratesAnything) {
  EXPECT_EQ(PromptOf(nullptr).nth, 0);
  EXPECT_EQ(PromptOf({{"messages", 7}}).nth, 0);
  EXPECT_EQ(PromptOf({{"messages", {7, {{"role", "user"}}}}}).nth, 1);
}

TEST(PromptTest, IsInTheInputOfResponses) {
  const Prompt prompt = PromptOf(nlohmann::json::parse(R"({"input": [
      {"type": "message", "role": "user", "content": [
        {"type": "input_text", "text": "Hello"}]},
      {"type": "function_call", "call_id": "c"}]})"));
  EXPECT_EQ(prompt.text, "Hello");
  EXPECT_EQ(prompt.nth, 1);
  EXPECT_EQ(PromptOf({{"input", "Hi"}}).text, "Hi");
}

TEST(PromptTest, IsNoToolResult) {
  const Prompt prompt = PromptOf(nlohmann::json::parse(R"({"messages": [
      {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
      {"role": "assistant", "content": [{"type": "tool_use", "id": "c"}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "c"}]}]})"));
  EXPECT_EQ(prompt.text, "Hello");
  EXPECT_EQ(prompt.nth, 1);
}

}  // namespace
}  // namespace copilot::fake_model
