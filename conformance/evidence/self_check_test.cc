// SPDX-License-Identifier: MIT
#include "conformance/evidence/self_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Json Start(int process) {
  return {{"t", 0},
          {"pid", process},
          {"seq", 1},
          {"event", "start"},
          {"args", {"a"}},
          {"cwd", "/"},
          {"env", {{"A", "b"}}},
          {"version", "1.0.102"},
          {"transport", "stdio"}};
}

Json Line(int process, int number, const char* event, Json members) {
  members.update(
      {{"t", 1}, {"pid", process}, {"seq", number}, {"event", event}});
  return members;
}

Json Connected(int number) {
  return Line(1, number, "connected", {{"conn", 1}});
}

TEST(JournalFaultTest, AJournalAsItShouldBe) {
  EXPECT_EQ(JournalFault({}), "");
  EXPECT_EQ(
      JournalFault(
          {Start(1), Start(2), Connected(2),
           Line(1, 3, "received", {{"conn", 1}, {"message", {{"id", 1}}}}),
           Line(2, 2, "connected", {{"conn", 1}}),
           Line(1, 4, "sent", {{"conn", 1}, {"raw", "noise"}}),
           Line(1, 5, "disconnected", {{"conn", 1}}),
           Line(1, 6, "exit", {{"reason", "shutdown"}, {"code", 0}}),
           // A process id that is used again.
           Start(1)}),
      "");
}

TEST(JournalFaultTest, EachKindOfLineHasItsMembers) {
  for (const Json& wrong :
       {Line(1, 1, "rested", Json::object()), Json(7), Connected(0),
        Line(1, 1, "exit", {{"reason", "boredom"}, {"code", 0}}),
        Line(1, 1, "exit", {{"reason", "shutdown"}}),
        Line(1, 1, "sent", {{"conn", 1}}),
        Line(1, 1, "sent", {{"conn", 1}, {"raw", ""}, {"message", 1}}),
        Line(1, 1, "connected", {{"conn", 1}, {"more", 1}})}) {
    EXPECT_THAT(JournalFault({wrong}), HasSubstr("line 1 of the journal"))
        << wrong;
  }
  Json start = Start(1);
  start["authToken"] = "tok-a";
  EXPECT_THAT(JournalFault({start}), HasSubstr("$.authToken"));
}

TEST(JournalFaultTest, NoLineIsMissing) {
  EXPECT_THAT(JournalFault({Start(1), Connected(3)}),
              HasSubstr("line 2 of the journal: expected number 2 of its "
                        "process, got 3"));
  EXPECT_THAT(JournalFault({Start(1), Connected(2), Connected(2)}),
              HasSubstr("expected number 3 of its process, got 2"));
}

Json Asked(int number) {
  return {{"n", number},
          {"method", "POST"},
          {"path", "/v1/chat/completions"},
          {"headers", {{"x-initiator", "user"}}},
          {"body", nullptr}};
}

TEST(RecordFaultTest, EachRequestHasItsMembersAndANumber) {
  EXPECT_EQ(RecordFault({}), "");
  // In the order of their ends.
  EXPECT_EQ(RecordFault({Asked(2), Asked(1), Asked(4)}), "");
  EXPECT_THAT(RecordFault({Asked(1), Asked(1)}),
              HasSubstr("the number 1 comes twice"));
  Json upper = Asked(1);
  upper["headers"] = {{"X-Initiator", "user"}};
  EXPECT_THAT(RecordFault({upper}), HasSubstr("line 1 of the record"));
  Json without = Asked(1);
  without.erase("body");
  EXPECT_THAT(RecordFault({without}), HasSubstr("body"));
}

}  // namespace
}  // namespace copilot::conformance
