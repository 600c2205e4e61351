// SPDX-License-Identifier: MIT
#include "fake-model/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "fake-model/copilot_api.h"
#include "fake-model/prompt.h"
#include "fake-model/routes.h"
#include "wire/json_damage.h"

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

TEST(FindingsTest, NameThePlaceAndWhatWasExpected) {
  Findings findings;
  const json object = {{"list", 7}, {"text", ""}};
  EXPECT_EQ(findings.String(object, "text", "$"), "");
  EXPECT_TRUE(findings.List(object, "list", "$.a").empty());
  EXPECT_TRUE(findings.OptionalList(object, "none", "$").empty());
  EXPECT_THAT(findings.Take(),
              ElementsAre("$.text: expected a string that is not empty",
                          "$.a.list: expected a list that is not empty"));
}

constexpr char kChat[] = R"({"model": "m", "stream": true,
    "stream_options": {}, "messages": [
      {"role": "user", "content": [{"type": "text", "text": "x"}]},
      {"role": "assistant", "tool_calls": [{"id": "c", "type": "function",
        "function": {"name": "a", "arguments": "{}"}}]},
      {"role": "tool", "tool_call_id": "c", "content": "x"}],
    "tools": [{"type": "function", "function": {"name": "a"}}]})";
constexpr char kResponses[] = R"({"model": "m", "input": [
      {"type": "message", "role": "user",
       "content": [{"type": "input_text", "text": "x"}]},
      {"type": "function_call", "call_id": "c", "name": "a",
       "arguments": "{}"},
      {"type": "function_call_output", "call_id": "c", "output": "x"}],
    "tools": [{"type": "function", "name": "a"}]})";
constexpr char kMessages[] = R"({"model": "m", "max_tokens": 1, "messages": [
      {"role": "user", "content": "x"},
      {"role": "assistant", "content": [
        {"type": "tool_use", "id": "c", "name": "a", "input": {}}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "c"},
        {"type": "text", "text": "x"}]}],
    "tools": [{"name": "a", "type": "custom", "input_schema": {}}]})";

TEST(RulesTest, NoRequestIsTooOddToBeChecked) {
  const Routes routes;
  const std::pair<const char*, const char*> requests[] = {
      {"/chat/completions", kChat},
      {"/openai/v1/chat/completions", kChat},
      {"/responses", kResponses},
      {"/v1/messages", kMessages},
      {"/api/chat", kChat}};
  for (const auto& each : requests) {
    const auto& path = each.first;
    const Api& api = *routes.Find(path).api;
    wire::ForEachDamage(json::parse(each.second), [&](const json& damaged) {
      EXPECT_NO_THROW(PromptOf(damaged)) << damaged;
      if (!damaged.is_object()) return;
      EXPECT_NO_THROW(api.Check(damaged)) << path << " " << damaged;
      EXPECT_NO_THROW(api.Streams(damaged)) << path << " " << damaged;
    });
  }
}

TEST(RulesTest, NoMcpMessageIsTooOddToBeAnswered) {
  const CopilotApi api{Users(), Models()};
  const json request = json::parse(
      R"({"id": 1, "method": "initialize", "params": {"protocolVersion": ""}})");
  wire::ForEachDamage(request, [&](const json& damaged) {
    EXPECT_NO_THROW(api.Answer({"POST", "/mcp", "", "Bearer tok-a", damaged}))
        << damaged;
  });
}

}  // namespace
}  // namespace copilot::fake_model
