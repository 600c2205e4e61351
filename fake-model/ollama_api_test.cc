// SPDX-License-Identifier: MIT
#include "fake-model/ollama_api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using nlohmann::json;

Answer Rich() {
  Answer answer;
  answer.chunks = {"Hel", "lo"};
  answer.reasoning = {"because"};
  answer.tool_calls = {{"", "lookup", {"{\"q\"", ":1}"}}};
  answer.finish_reason = "tool_calls";
  return answer;
}

TEST(OllamaApiTest, StreamsUnlessToldNotTo) {
  EXPECT_TRUE(OllamaApi().Streams(json::object()));
  EXPECT_TRUE(OllamaApi().Streams({{"stream", true}}));
  EXPECT_FALSE(OllamaApi().Streams({{"stream", false}}));
}

TEST(OllamaApiTest, BodiesHoldTheWholeAnswer) {
  const json body = json::parse(OllamaApi().Body(Rich(), {1, "llama"}));
  EXPECT_EQ(body["model"], "llama");
  EXPECT_EQ(body["message"]["content"], "Hello");
  EXPECT_EQ(body["message"]["thinking"], "because");
  EXPECT_EQ(body["message"]["tool_calls"][0]["function"]["arguments"],
            json({{"q", 1}}));
  EXPECT_EQ(body["done"], true);
  EXPECT_EQ(body["done_reason"], "stop");
  EXPECT_EQ(body["prompt_eval_count"], 100);
}

TEST(OllamaApiTest, StreamsAreJsonLines) {
  const auto lines = OllamaApi().Events(Rich(), {1, "llama"});
  ASSERT_EQ(lines.size(), 5u);
  for (const std::string& line : lines) EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(json::parse(lines[0])["message"]["thinking"], "because");
  EXPECT_EQ(json::parse(lines[2])["message"]["content"], "lo");
  EXPECT_EQ(json::parse(lines[2])["done"], false);
  EXPECT_EQ(
      json::parse(lines[3])["message"]["tool_calls"][0]["function"]["name"],
      "lookup");
  EXPECT_EQ(json::parse(lines[4])["done"], true);
}

TEST(OllamaApiTest, StreamsMayBeLeftOpen) {
  EXPECT_EQ(OllamaApi().Events(Rich(), {1, "m"}, false).size(), 4u);
}

TEST(OllamaApiTest, ErrorsAreText) {
  HttpError error;
  error.message = "no such model";
  EXPECT_EQ(json::parse(OllamaApi().ErrorBody(error)),
            json({{"error", "no such model"}}));
}

}  // namespace
}  // namespace copilot::fake_model
