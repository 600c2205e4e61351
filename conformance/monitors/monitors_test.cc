// SPDX-License-Identifier: MIT
//
// Each monitor with conversations that break its invariant, and with one that
// comes near.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/monitors/watch.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A journal in the making.
class Talk {
 public:
  Talk& Client(Json message) { return Say("received", std::move(message)); }
  Talk& Cli(Json message) { return Say("sent", std::move(message)); }

  // A request, and its answer with `result`.
  Talk& Call(int id, const char* method, const Json& params,
             const Json& result) {
    Client({{"id", id}, {"method", method}, {"params", params}});
    return Cli({{"id", id}, {"result", result}});
  }

  // An event of session s, with an id of its own.
  Talk& Event(const char* type, const Json& data = Json::object(),
              const Json& more = Json::object()) {
    Json event = {{"type", type},
                  {"data", data},
                  {"id", "event-" + std::to_string(lines_.size())},
                  {"parentId", nullptr}};
    event.update(more);
    return Cli({{"method", "session.event"},
                {"params", {{"sessionId", "s"}, {"event", event}}}});
  }

  Talk& Line(Json line) {
    line.update({{"pid", process_}, {"conn", connection_}});
    lines_.push_back(std::move(line));
    return *this;
  }

  Talk& On(int process, int connection) {
    process_ = process;
    connection_ = connection;
    return *this;
  }

  // "monitor: side what" for each breach.
  std::vector<std::string> Breaches() const {
    std::vector<std::string> found;
    for (const Breach& each : WatchCli(lines_).breaches) {
      found.push_back(each.monitor +
                      (each.culprit == Party::kCli ? ": CLI " : ": client ") +
                      each.what);
    }
    return found;
  }

  const std::vector<Json>& lines() const { return lines_; }

 private:
  Talk& Say(const char* event, Json message) {
    message["jsonrpc"] = "2.0";
    return Line({{"event", event}, {"message", std::move(message)}});
  }

  std::vector<Json> lines_;
  int process_ = 1;
  int connection_ = 1;
};

Json Id(const char* id) { return {{"id", id}}; }
Json Request(const char* id) { return {{"requestId", id}}; }
Json Tool(const char* id) { return {{"toolCallId", id}}; }
const Json kFirst = {{"turnId", "0"}};

// A turn as it should be.
Talk Turn() {
  Talk talk;
  talk.Call(1, "session.send", {{"sessionId", "s"}}, {{"messageId", "m"}})
      .Event("user.message")
      .Event("assistant.turn_start", kFirst)
      .Event("assistant.message")
      .Event("tool.execution_start", Tool("t"))
      .Event("permission.requested", Request("p"))
      .Call(2, "session.permissions.handlePendingPermissionRequest",
            Request("p"), {{"success", true}})
      .Event("permission.completed", Request("p"))
      .Event("tool.execution_complete", Tool("t"))
      .Event("assistant.turn_end", kFirst)
      .Event("session.idle");
  return talk;
}

TEST(MonitorsTest, AnOrderlyTurnBreaksNothing) {
  const Watched watched = WatchCli(Turn().lines());
  EXPECT_THAT(Turn().Breaches(), IsEmpty());
  EXPECT_EQ(watched.frames, 13u);
  EXPECT_THAT(
      MonitorNames(),
      UnorderedElementsAre("answers", "event-ids", "event-parents", "frames",
                           "idle", "pending-requests", "request-ids",
                           "session-end", "tool-calls", "turns"));
}

TEST(MonitorsTest, FramesAreMessagesOfJsonRpc) {
  EXPECT_THAT(Talk().Line({{"event", "received"}, {"raw", "{"}}).Breaches(),
              ElementsAre("frames: client says something that is no JSON"));
  EXPECT_THAT(Talk().Line({{"event", "sent"}, {"message", 7}}).Breaches(),
              ElementsAre("frames: CLI is no object: 7"));
  const Json old = {{"jsonrpc", "1.0"}, {"method", "ping"}};
  EXPECT_THAT(
      Talk().Line({{"event", "sent"}, {"message", old}}).Breaches(),
      ElementsAre(testing::HasSubstr("does not say \"jsonrpc\": \"2.0\"")));
  EXPECT_THAT(Talk().Client({{"id", true}, {"method", "ping"}}).Breaches(),
              ElementsAre(testing::HasSubstr("neither a string nor a number")));
  EXPECT_THAT(Talk().Client({{"method", 7}}).Breaches(),
              ElementsAre(testing::HasSubstr("a method that is no string")));
  EXPECT_THAT(Talk().Cli({{"result", 7}}).Breaches(),
              ElementsAre(testing::HasSubstr("neither method nor id")));
  const Json both = {{"id", 1}, {"result", 7}, {"error", {{"code", 1}}}};
  EXPECT_THAT(
      Talk().Client({{"id", 1}, {"method", "ping"}}).Cli(both).Breaches(),
      ElementsAre(testing::HasSubstr("exactly one of result and")));
}

TEST(MonitorsTest, AnIdIsForOneOpenRequest) {
  const Json ping = {{"id", 1}, {"method", "ping"}};
  EXPECT_THAT(
      Talk()
          .Client(ping)
          .Client(ping)
          .Cli({{"id", 1}, {"result", 0}})
          .Breaches(),
      ElementsAre("request-ids: client gives ping the id 1 of a request that "
                  "is still open"));
  // Used again, by the other side, on another connection.
  EXPECT_THAT(Talk()
                  .Call(1, "ping", {}, {})
                  .Client(ping)
                  .Cli({{"id", 1}, {"method", "userInput.request"}})
                  .On(1, 2)
                  .Client(ping)
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, ARequestHasOneAnswer) {
  const Json answer = {{"id", 1}, {"result", 0}};
  EXPECT_THAT(Talk().Cli(answer).Breaches(),
              ElementsAre("answers: CLI answers 1, which nobody asked"));
  EXPECT_THAT(Talk().Client(answer).Breaches(),
              ElementsAre("answers: client answers 1, which nobody asked"));
  EXPECT_THAT(Talk().Call(1, "ping", {}, {}).Cli(answer).Breaches(),
              ElementsAre("answers: CLI answers 1 again"));
  EXPECT_THAT(
      Talk().Cli({{"id", nullptr}, {"error", {{"code", -32600}}}}).Breaches(),
      ElementsAre(testing::HasSubstr("client says what the other side does "
                                     "not understand")));
  // Nobody knows what was asked in there.
  EXPECT_THAT(
      Talk().Line({{"event", "received"}, {"raw", "{"}}).Cli(answer).Breaches(),
      ElementsAre(testing::StartsWith("frames: ")));
}

TEST(MonitorsTest, NoRequestIsOpenAfterAShutdown) {
  const Json question = {{"id", 1},
                         {"method", "userInput.request"},
                         {"params", {{"sessionId", "s"}}}};
  const auto shutdown = [](Talk& talk) {
    return talk.Call(9, "runtime.shutdown", {}, nullptr).Breaches();
  };
  Talk unanswered;
  unanswered.Cli(question).Client({{"id", 2}, {"method", "ping"}});
  EXPECT_THAT(shutdown(unanswered),
              UnorderedElementsAre(
                  "answers: client never answers 1 (userInput.request)",
                  "answers: CLI never answers 2 (ping)"));
  // An abort makes the CLI forget what it asked.
  Talk aborted;
  aborted.Cli(question).Call(3, "session.abort", {{"sessionId", "s"}}, {});
  EXPECT_THAT(shutdown(aborted), IsEmpty());
  // One answer may come all the same, and no second one.
  Talk late;
  late.Cli(question).Call(3, "session.abort", {{"sessionId", "s"}}, {});
  late.Client({{"id", 1}, {"result", {{"answer", ""}}}});
  EXPECT_THAT(late.Breaches(), IsEmpty());
  late.Client({{"id", 1}, {"result", {{"answer", ""}}}});
  EXPECT_THAT(late.Breaches(), testing::SizeIs(1));
  // That of another session does not.
  Talk other;
  other.Cli(question).Call(3, "session.abort", {{"sessionId", "o"}}, {});
  EXPECT_THAT(shutdown(other), testing::SizeIs(1));
  // Who dies or hangs up owes nothing.
  Talk dead;
  dead.Cli(question).Line({{"event", "exit"}, {"reason", "signal"}});
  EXPECT_THAT(dead.Breaches(), IsEmpty());
  Talk gone;
  gone.Cli(question).Line({{"event", "disconnected"}});
  EXPECT_THAT(shutdown(gone), IsEmpty());
}

TEST(MonitorsTest, AnEventHasAnIdOfItsOwn) {
  EXPECT_THAT(
      Talk()
          .Event("abort", {}, Id("e"))
          .Event("session.info", {}, Id("e"))
          .Breaches(),
      ElementsAre("event-ids: CLI sends session.info with the id \"e\" of "
                  "another event"));
  // But for one that a real CLI repeats.
  EXPECT_THAT(Talk()
                  .Event("session.resume", {}, Id("e"))
                  .Event("session.resume", {}, Id("e"))
                  .Breaches(),
              IsEmpty());
  // Every connection hears of it.
  EXPECT_THAT(Talk()
                  .Event("abort", {}, Id("e"))
                  .On(1, 2)
                  .Event("abort", {}, Id("e"))
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, AParentComesFirst) {
  const auto child = [](const char* of) {
    return Json{{"id", "child"}, {"parentId", of}};
  };
  EXPECT_THAT(Talk()
                  .Event("abort", {}, child("e"))
                  .Event("session.info", {}, Id("e"))
                  .Breaches(),
              ElementsAre("event-parents: CLI sends session.info after an "
                          "event whose parent it is"));
  EXPECT_THAT(Talk().Event("abort", {}, child("child")).Breaches(),
              ElementsAre("event-parents: CLI makes abort its own parent"));
  // Before it, or never: the CLI keeps records to itself.
  EXPECT_THAT(Talk()
                  .Event("session.info", {}, Id("e"))
                  .Event("abort", {}, child("e"))
                  .Breaches(),
              IsEmpty());
  EXPECT_THAT(Talk().Event("abort", {}, child("hidden")).Breaches(), IsEmpty());
}

TEST(MonitorsTest, ASessionThatEndedIsSilent) {
  const Json session = {{"sessionId", "s"}};
  for (const char* end :
       {"session.destroy", "session.detach", "session.delete"}) {
    EXPECT_THAT(Talk()
                    .Call(1, end, session, {{"success", true}})
                    .Event("session.info")
                    .Breaches(),
                ElementsAre("session-end: CLI sends session.info after it "
                            "confirmed the end of the session"));
  }
  EXPECT_THAT(Talk()
                  .Call(1, "session.destroy", session, {{"success", false}})
                  .Event("session.info")
                  .Breaches(),
              IsEmpty());
  EXPECT_THAT(Talk()
                  .Call(1, "session.destroy", session, {{"success", true}})
                  .Call(2, "session.resume", session, session)
                  .Event("session.resume")
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, ModelCallsFollowOneAnother) {
  EXPECT_THAT(Talk()
                  .Event("assistant.turn_start", kFirst)
                  .Event("assistant.turn_start", {{"turnId", "1"}})
                  .Breaches(),
              ElementsAre("turns: CLI sends assistant.turn_start before the "
                          "end of a turn"));
  EXPECT_THAT(Talk().Event("assistant.turn_end", kFirst).Breaches(),
              ElementsAre("turns: CLI sends assistant.turn_end without a "
                          "start"));
  EXPECT_THAT(Talk()
                  .Event("assistant.turn_start", kFirst)
                  .Event("assistant.turn_end", {{"turnId", "1"}})
                  .Breaches(),
              ElementsAre("turns: CLI ends the turn \"0\" with the id "
                          "\"1\""));
  EXPECT_THAT(Talk()
                  .Event("assistant.turn_start", kFirst)
                  .Event("session.idle")
                  .Breaches(),
              ElementsAre("turns: CLI is idle before the end of a turn"));
  EXPECT_THAT(Talk().Event("assistant.message").Breaches(),
              ElementsAre("turns: CLI sends assistant.message outside of "
                          "assistant.turn_start and assistant.turn_end"));
  // Those of a sub-agent lie within; a resumed session goes on.
  EXPECT_THAT(Talk()
                  .Event("assistant.turn_start", kFirst)
                  .Event("assistant.turn_start", kFirst, {{"agentId", "a"}})
                  .Event("assistant.turn_end", kFirst, {{"agentId", "a"}})
                  .Event("assistant.turn_end", kFirst)
                  .Event("session.resume")
                  .Event("assistant.turn_end", kFirst)
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, IdleIsTheLastOfATurn) {
  EXPECT_THAT(Talk()
                  .Event("session.idle")
                  .Event("assistant.usage")
                  .Event("tool.execution_partial_result")
                  .Breaches(),
              ElementsAre("idle: CLI sends assistant.usage after session.idle",
                          "idle: CLI sends tool.execution_partial_result after "
                          "session.idle"));
  EXPECT_THAT(Talk()
                  .Event("session.idle")
                  .Event("session.compaction_start")
                  .Event("assistant.usage", {}, {{"agentId", "a"}})
                  .Event("user.message")
                  .Event("assistant.usage")
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, AToolBeginsOnceAndEndsOnce) {
  const auto in_turn = [] {
    Talk talk;
    talk.Event("assistant.turn_start", kFirst);
    return talk;
  };
  EXPECT_THAT(in_turn()
                  .Event("tool.execution_start", Tool("t"))
                  .Event("tool.execution_start", Tool("t"))
                  .Breaches(),
              ElementsAre("tool-calls: CLI starts the tool call t again"));
  EXPECT_THAT(in_turn()
                  .Event("tool.execution_start", Tool("t"))
                  .Event("tool.execution_complete", Tool("t"))
                  .Event("tool.execution_start", Tool("t"))
                  .Event("tool.execution_complete", Tool("t"))
                  .Breaches(),
              ElementsAre("tool-calls: CLI starts the tool call t again"));
  EXPECT_THAT(in_turn().Event("tool.execution_complete", Tool("t")).Breaches(),
              ElementsAre("tool-calls: CLI completes the tool call t, which "
                          "never started"));
  EXPECT_THAT(in_turn()
                  .Event("tool.execution_start", Tool("t"))
                  .Event("tool.execution_complete", Tool("t"))
                  .Event("tool.execution_complete", Tool("t"))
                  .Breaches(),
              ElementsAre("tool-calls: CLI completes the tool call t again"));
  EXPECT_THAT(in_turn()
                  .Event("tool.execution_start", Tool("t"))
                  .Event("assistant.turn_end", kFirst)
                  .Event("session.idle")
                  .Breaches(),
              ElementsAre("tool-calls: CLI is idle before it completes the "
                          "tool call t"));
  // An abort leaves tools without an end.
  EXPECT_THAT(in_turn()
                  .Event("tool.execution_start", Tool("t"))
                  .Event("abort")
                  .Event("assistant.turn_end", kFirst)
                  .Event("session.idle")
                  .Breaches(),
              IsEmpty());
  // The call of another process ends after a resume.
  EXPECT_THAT(Talk()
                  .Event("session.resume")
                  .Event("tool.execution_complete", Tool("t"))
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, WhatIsAskedByEventsIsAskedAndCompletedOnce) {
  EXPECT_THAT(Talk()
                  .Event("external_tool.requested", Request("r"))
                  .Event("external_tool.requested", Request("r"))
                  .Breaches(),
              ElementsAre("pending-requests: CLI asks for external_tool r "
                          "again"));
  EXPECT_THAT(Talk().Event("permission.completed", Request("r")).Breaches(),
              ElementsAre("pending-requests: CLI completes permission r, which "
                          "it never asked for"));
  EXPECT_THAT(Talk()
                  .Event("elicitation.requested", Request("r"))
                  .Event("elicitation.completed", Request("r"))
                  .Event("elicitation.completed", Request("r"))
                  .Breaches(),
              ElementsAre("pending-requests: CLI completes elicitation r "
                          "again"));
  EXPECT_THAT(Talk()
                  .Event("permission.requested", Request("r"))
                  .Event("session.idle")
                  .Breaches(),
              ElementsAre("pending-requests: CLI is idle before it completes "
                          "permission r"));
  EXPECT_THAT(Talk()
                  .Event("permission.requested", Request("r"))
                  .Event("abort")
                  .Event("session.idle")
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, AClientAnswersWhatWasAskedOnce) {
  constexpr char kAnswer[] = "session.tools.handlePendingToolCall";
  EXPECT_THAT(Talk().Call(1, kAnswer, Request("r"), {}).Breaches(),
              ElementsAre("pending-requests: client answers external_tool "
                          "\"r\", which nobody asked for"));
  EXPECT_THAT(Talk()
                  .Event("external_tool.requested", Request("r"))
                  .Call(1, kAnswer, Request("r"), {})
                  .Call(2, kAnswer, Request("r"), {})
                  .Breaches(),
              ElementsAre("pending-requests: client answers external_tool r "
                          "again"));
  // Two clients may.
  EXPECT_THAT(Talk()
                  .Event("external_tool.requested", Request("r"))
                  .Call(1, kAnswer, Request("r"), {})
                  .On(1, 2)
                  .Call(1, kAnswer, Request("r"), {})
                  .Breaches(),
              IsEmpty());
}

TEST(MonitorsTest, AnythingMayBeInAJournal) {
  for (const Json& message :
       {Json(), Json(7), Json::array(), Json({{"id", Json::array()}}),
        Json({{"method", "session.event"}, {"params", 7}}),
        Json({{"id", 1}, {"method", ""}, {"params", nullptr}}),
        Json({{"method", "session.event"}, {"params", {{"event", {}}}}}),
        Json({{"method", "session.event"},
              {"params",
               {{"sessionId", 7},
                {"event", {{"type", 7}, {"data", 7}, {"id", {1}}}}}}}),
        Json({{"method", "session.event"},
              {"params",
               {{"event",
                 {{"type", "tool.execution_start"}, {"agentId", 7}}}}}}),
        Json({{"id", 1}, {"method", "session.destroy"}, {"params", 7}}),
        Json({{"id", 1}, {"result", 7}})}) {
    Talk talk;
    talk.Line({{"event", "received"}, {"message", message}})
        .Line({{"event", "sent"}, {"message", message}});
    talk.Breaches();
  }
}

TEST(BrokenByScriptTest, OnlyWhatAScriptMakesUpIsExcused) {
  const auto of_step = [](const Json& step) {
    return BrokenByScript({{"turns", {{{"steps", {step}}}}}});
  };
  EXPECT_THAT(of_step({{"say", "hello"}}), IsEmpty());
  EXPECT_THAT(of_step({{"permission", {{"kind", "shell"}}}}), IsEmpty());
  EXPECT_THAT(of_step({{"event", {{"type", "acme.weather"}}}}), IsEmpty());
  EXPECT_THAT(of_step({{"event", {{"type", "tool.execution_start"}}}}),
              UnorderedElementsAre("turns", "idle", "tool-calls"));
  EXPECT_THAT(of_step({{"event", {{"type", "assistant.usage"}, {"id", "e"}}}}),
              UnorderedElementsAre("turns", "idle", "event-ids"));
  EXPECT_THAT(of_step({{"event", {{"type", "permission.completed"}}}}),
              ElementsAre("pending-requests"));
  EXPECT_THAT(of_step({{"reemit", "assistant.message"}}),
              ElementsAre("event-ids"));
  EXPECT_THAT(BrokenByScript({{"turns", {{{"stall", true}}}}}),
              ElementsAre("answers"));
  EXPECT_THAT(of_step({{"raw", "x"}}), ElementsAre("frames"));
  EXPECT_THAT(BrokenByScript({{"faults", {{{"on", "*"}, {"stall", true}}}}}),
              ElementsAre("answers"));
}

TEST(FrameLineTest, HasTheFormOfTheJournal) {
  EXPECT_EQ(
      FrameLine(Party::kClient, {7, 2}, "[1]"),
      Json({{"event", "received"}, {"pid", 7}, {"conn", 2}, {"message", {1}}}));
  EXPECT_EQ(FrameLine(Party::kCli, {7, 2}, "{"),
            Json({{"event", "sent"}, {"pid", 7}, {"conn", 2}, {"raw", "{"}}));
}

}  // namespace
}  // namespace copilot::conformance
