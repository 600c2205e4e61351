// SPDX-License-Identifier: MIT
#include "conformance/evidence/conversation_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/excerpt.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> Lines(const std::vector<Utterance>& told) {
  std::vector<std::string> lines;
  for (const Utterance& said : told) {
    lines.push_back(said.from + ">" + said.to + " " + Name(said.kind) + " " +
                    said.title);
  }
  return lines;
}

TEST(ConversationLog, NamesAnswersAfterTheirRequests) {
  ConversationLog log;
  log.Started(kHarness, "node adapter.js");
  log.Heard(kRunner, kHarness,
            R"({"id":1,"method":"attempt.run","params":{"attempt":"first"}})");
  // The other side counts for itself.
  log.Heard(kHarness, kRunner,
            R"({"id":1,"method":"hook.fired","params":{"hook":"agent_end"}})");
  log.Heard(kRunner, kHarness, R"({"id":1,"result":{}})");
  log.Heard(kHarness, kRunner, R"({"method":"log","params":{"level":"warn"}})");
  log.Heard(kHarness, kRunner, R"({"id":1,"error":{"code":1,"message":"no"}})");
  log.Heard(kHarness, kRunner, "garbage");
  log.Ended(kHarness, "exit code 3");
  const auto told = log.Tell({}, {}, Scrubber());
  EXPECT_THAT(Lines(told),
              ElementsAre("runner>harness start start",
                          "runner>harness request attempt.run first",
                          "harness>runner request hook.fired agent_end",
                          "runner>harness answer hook.fired agent_end",
                          "harness>runner notification log warn",
                          "harness>runner error attempt.run first",
                          "harness>runner noise no message",
                          "harness>runner exit exit code 3"));
  EXPECT_EQ(told[0].text, "node adapter.js");
  EXPECT_EQ(told[5].text, R"({"code":1,"message":"no"})");
}

TEST(ConversationLog, PutsTheJournalWhereItBelongsInTime) {
  const auto begin = ConversationLog::Clock::now();
  ConversationLog log(begin);
  const auto us = [&](int after) {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               begin.time_since_epoch())
               .count() +
           after;
  };
  const std::vector<Json> journal = {
      {{"event", "start"},
       {"pid", 7},
       {"at", us(-300)},
       {"args", {"--stdio"}},
       {"version", "1.0"}},
      {{"event", "received"},
       {"pid", 7},
       {"conn", 1},
       {"at", us(-200)},
       {"message", {{"id", 4}, {"method", "session.create"}}}},
      {{"event", "start"}, {"pid", 8}, {"at", us(-150)}},
      {{"event", "sent"},
       {"pid", 8},
       {"conn", 1},
       {"at", us(-120)},
       {"raw", "noise"}},
      {{"event", "sent"},
       {"pid", 7},
       {"conn", 1},
       {"at", us(-100)},
       {"message", {{"id", 4}, {"result", {{"sessionId", "s"}}}}}},
      {{"event", "sent"},
       {"pid", 7},
       {"conn", 1},
       {"at", us(-90)},
       {"message",
        {{"method", "session.event"},
         {"params",
          {{"event",
            {{"type", "assistant.message"}, {"data", {{"x", 1}}}}}}}}}},
      {{"event", "exit"},
       {"pid", 7},
       {"at", us(-50)},
       {"code", 0},
       {"reason", "shutdown"}}};
  log.Heard(kRunner, kHarness, R"({"method":"later"})");
  const std::vector<Json> requests = {{{"n", 1},
                                       {"at", us(-110)},
                                       {"method", "POST"},
                                       {"path", "/v1/x"},
                                       {"body", {{"model", "m"}}}}};
  const auto told = log.Tell(journal, requests, Scrubber());
  EXPECT_THAT(
      Lines(told),
      ElementsAre(
          "harness>CLI start start", "harness>CLI request session.create",
          "harness>CLI 2 start start", "CLI 2>harness noise no message",
          "CLI>model request POST /v1/x", "CLI>harness answer session.create",
          "CLI>harness notification session.event "
          "assistant.message",
          "CLI>harness exit exit 0", "runner>harness notification later"));
  EXPECT_NEAR(told[1].at, -0.0002, 1e-6);
  EXPECT_EQ(told[6].text, R"({"x":1})");
}

TEST(ConversationLog, ShortensAndScrubs) {
  Scrubber scrubber;
  scrubber.Learn(wire::Secret("tok-secret"));
  // The credential stands where the text is cut.
  for (size_t before = 380; before < 400; ++before) {
    ConversationLog log;
    log.Heard(kRunner, kHarness,
              Json{{"method", "m"},
                   {"params",
                    {{"a", std::string(before, 'x') + "tok-secret" +
                               std::string(200, 'y')}}}}
                  .dump());
    const auto told = log.Tell({}, {}, scrubber);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_THAT(told[0].text, Not(HasSubstr("tok-")));
    EXPECT_LT(told[0].text.size(), 440u);
    EXPECT_THAT(told[0].text, HasSubstr("… ("));
  }
}

TEST(ConversationLog, SurvivesWhatIsNoMessage) {
  ConversationLog log;
  for (const char* body : {"[]", "7", "null", "{}", R"({"id":{},"result":1})",
                           R"({"method":7})", "\xff", R"({"method":"m",
                           "params":[1]})"}) {
    log.Heard(kRunner, kHarness, body);
  }
  const std::vector<Json> journal = {
      {{"event", "sent"}, {"message", 7}},
      {{"event", 7}},
      Json::object(),
      {{"event", "start"}, {"at", "x"}, {"args", 7}, {"t", "x"}}};
  EXPECT_THAT(log.Tell(journal, {Json::object()}, Scrubber()), SizeIs(10));
}

}  // namespace
}  // namespace copilot::conformance
