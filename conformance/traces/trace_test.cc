// SPDX-License-Identifier: MIT
#include "conformance/traces/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "conformance/traces/model_answers.h"
#include "conformance/traces/player.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

class TraceTest : public ::testing::Test {
 protected:
  tl::expected<Trace, std::string> Load(const std::string& text) {
    const std::string path =
        testing::TempDir() + "/" +
        testing::UnitTest::GetInstance()->current_test_info()->name() +
        ".jsonl";
    std::ofstream(path) << text;
    return LoadTrace(path);
  }
};

// One event of the CLI, as a line of a recording.
std::string Came(int t, const Json& event) {
  return Json{{"t", t},
              {"dir", "cli->client"},
              {"msg",
               {{"method", "session.event"},
                {"params", {{"sessionId", "s"}, {"event", event}}}}}}
             .dump() +
         "\n";
}

std::string Started(int t, const char* id) {
  return Came(t, {{"id", id},
                  {"type", "model.model_call_started"},
                  {"ephemeral", true},
                  {"data", Json::object()}});
}

std::string Said(int t, const char* id, const Json& message,
                 const char* api_id = "x") {
  return Came(
      t,
      {{"id", id},
       {"type", "model.message"},
       {"data", {{"message", message}, {"modelCall", {{"api_id", api_id}}}}}});
}

TEST_F(TraceTest, ALineIsWhatItsDirectionSays) {
  const auto trace =
      Load(R"({"t":0,"dir":"files","msg":{"a":"b"}})"
           "\n"
           R"({"t":7,"conn":2,"dir":"client->cli","msg":{"id":1}})"
           "\n"
           R"({"t":9,"dir":"client->cli","raw":"x","msg":null})"
           "\n");
  ASSERT_TRUE(trace) << trace.error();
  EXPECT_EQ(trace->lines[0].kind, TraceLine::Kind::kFiles);
  EXPECT_EQ(trace->lines[1].kind, TraceLine::Kind::kSent);
  EXPECT_EQ(trace->lines[1].connection, 2);
  EXPECT_EQ(trace->lines[1].moment_ms, 7);
  EXPECT_EQ(trace->lines[2].raw, "x");
}

TEST_F(TraceTest, WhatIsNoRecordIsTold) {
  for (const char* text : {"nonsense\n", "[]\n", "{}\n", R"({"dir":"up"})"}) {
    const auto trace = Load(text);
    ASSERT_FALSE(trace) << text;
    EXPECT_THAT(trace.error(), HasSubstr(".jsonl:1: "));
  }
  EXPECT_THAT(LoadTrace("/nowhere/a.jsonl").error(),
              HasSubstr("cannot be read"));
}

TEST_F(TraceTest, FramesAreKnownByWhatTheyAre) {
  EXPECT_EQ(KeyOf({{"id", 3}, {"result", 1}}), "answer 3");
  EXPECT_EQ(KeyOf({{"id", 3}, {"method", "userInput.request"}}),
            "request userInput.request");
  EXPECT_EQ(KeyOf({{"id", 3},
                   {"method", "hooks.invoke"},
                   {"params", {{"hookType", "preToolUse"}}}}),
            "request hooks.invoke preToolUse");
  EXPECT_EQ(KeyOf({{"method", "session.event"},
                   {"params",
                    {{"event",
                      {{"type", "tool.execution_start"},
                       {"data", {{"toolCallId", "c"}}}}}}}}),
            "session.event tool.execution_start c");
  EXPECT_EQ(KeyOf(Json()), "garbage");
}

TEST_F(TraceTest, WhatAProcessWritesIsOneText) {
  const auto trace = Load(R"({"dir":"stdout","msg":"listening on port 4711\n"})"
                          "\n"
                          R"({"dir":"stdout","msg":"Warning\n"})"
                          "\n");
  const auto frames = RecordedFrames(*trace);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].message, "listening on port <PORT>\nWarning\n");
}

TEST_F(TraceTest, TheModelSaysWhatItSaidThen) {
  const auto trace =
      Load(Started(0, "1") +
           Said(10, "2",
                {{"role", "assistant"},
                 {"content", nullptr},
                 {"tool_calls",
                  {{{"id", "c"},
                    {"function", {{"name", "t"}, {"arguments", "{}"}}}}}}}) +
           Said(20, "3", {{"role", "tool"}, {"content", "ignored"}}) +
           Started(30, "4") +
           Said(900, "5", {{"role", "assistant"}, {"content", "late"}}));
  const Json answers = ModelAnswers(*trace)["answers"];
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0]["toolCalls"][0]["name"], "t");
  EXPECT_FALSE(answers[0].contains("text"));
  EXPECT_EQ(answers[1], Json({{"text", "late"}, {"delayMs", 870}}));
}

TEST_F(TraceTest, ALineOfTheModelIsItsWholeScript) {
  const auto trace =
      Load(R"({"t":0,"dir":"model","msg":{"answers":[{"text":["so"]}]}})"
           "\n" +
           Started(0, "1"));
  EXPECT_EQ(ModelAnswers(*trace),
            Json::parse(R"({"answers":[{"text":["so"]}]})"));
}

TEST_F(TraceTest, ACallThatNeverEndedStalls) {
  const auto trace =
      Load(Started(0, "1") + Came(1, {{"id", "2"},
                                      {"type", "assistant.message_delta"},
                                      {"data", {{"deltaContent", "so"}}}}));
  EXPECT_EQ(ModelAnswers(*trace)["answers"][0],
            Json({{"text", {"so"}}, {"stall", true}}));
}

TEST_F(TraceTest, AFailureFailsInTheSameWords) {
  const auto trace = Load(
      Started(0, "1") +
      Came(1, {{"id", "2"},
               {"type", "model.model_call_failure"},
               {"data",
                {{"modelCall",
                  {{"status", 429}, {"error", R"({"message":"slow"})"}}}}}}));
  const Json error = ModelAnswers(*trace)["answers"][0]["error"];
  EXPECT_EQ(error["status"], 429);
  EXPECT_EQ(error["body"], R"({"error":{"message":"slow"}})");
  EXPECT_EQ(error["headers"]["retry-after"], "1");
}

TEST_F(TraceTest, AnEventThatTwoClientsGotHappenedOnce) {
  const auto trace = Load(Started(0, "1") + Started(0, "1"));
  EXPECT_EQ(ModelAnswers(*trace)["answers"].size(), 1U);
}

TEST_F(TraceTest, AnswersComeInTheOrderInWhichTheyWereGiven) {
  const auto trace = Load(
      Started(0, "1") +
      Came(1, {{"id", "2"},
               {"type", "model.model_call_started"},
               {"agentId", "sub"},
               {"ephemeral", true},
               {"data", Json::object()}}) +
      Said(2, "3", {{"role", "assistant"}, {"content", "main"}}, "chatcmpl-2") +
      Came(3, {{"id", "4"},
               {"type", "model.message"},
               {"agentId", "sub"},
               {"data",
                {{"message", {{"role", "assistant"}, {"content", "sub"}}},
                 {"modelCall", {{"api_id", "chatcmpl-1"}}}}}}));
  const Json answers = ModelAnswers(*trace)["answers"];
  EXPECT_EQ(answers[0]["text"], "sub");
  EXPECT_EQ(answers[1]["text"], "main");
}

}  // namespace
}  // namespace copilot::conformance
