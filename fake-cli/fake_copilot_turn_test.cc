// SPDX-License-Identifier: MIT
//
// Turns of the program: what they tell, what clients have to do with them.

#include "fake-cli/fake_copilot_fixture.h"

namespace copilot::fake_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(FakeCopilotTest, APlainTurnHasTheEventsOfTheRealCliInOrder) {
  Client& client = Start(R"({"turns":[{"say":"Hello."}]})");
  client.Ask("session.create", {{"sessionId", "s1"}});
  client.Turn("s1", "hi");
  EXPECT_THAT(client.PersistedTypes(),
              ElementsAre("session.start", "user.message", "system.message",
                          "assistant.turn_start", "assistant.message",
                          "assistant.turn_end"));
  EXPECT_THAT(client.Contents(), ElementsAre("Hello."));
  EXPECT_EQ(client.events.back()["type"], "session.idle");
  EXPECT_EQ(client.events.back()["ephemeral"], true);
  EXPECT_EQ(client.Count("assistant.message_delta"), 0u);
}

TEST_F(FakeCopilotTest, WithoutAScriptItSaysWhatItHeard) {
  Client& client = Start();
  client.Ask("session.create", {{"sessionId", "s1"}});
  client.Turn("s1", "hi");
  EXPECT_THAT(client.Contents(), ElementsAre("You said: hi"));
}

TEST_F(FakeCopilotTest, StreamingSendsADeltaPerChunk) {
  Client& client = Start(R"({"turns":[{"say":["Hel","lo."]}]})");
  client.Ask("session.create", {{"sessionId", "s1"}, {"streaming", true}});
  client.Turn("s1", "hi");
  const auto deltas = client.Of("assistant.message_delta");
  ASSERT_EQ(deltas.size(), 2u);
  EXPECT_EQ(deltas[0]["data"]["deltaContent"], "Hel");
  EXPECT_EQ(deltas[1]["data"]["deltaContent"], "lo.");
  EXPECT_EQ(client.Count("assistant.message_start"), 1u);
  const auto messages = client.Of("assistant.message");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0]["data"]["content"], "Hello.");
  EXPECT_EQ(messages[0]["data"]["messageId"], deltas[0]["data"]["messageId"]);
}

constexpr char kToolScript[] =
    R"({"turns":[{"steps":[
      {"toolCall":{"name":"lookup","arguments":{"q":"cats"},"as":"found"}},
      {"say":"Found {{found.text}}."}]}]})";

TEST_F(FakeCopilotTest, AClientToolRunsAndItsResultIsUsed) {
  Client& client = Start(kToolScript);
  client.Ask("session.create",
             {{"sessionId", "s1"},
              {"tools", {{{"name", "lookup"}, {"skipPermission", true}}}}});
  client.Send("s1", "hi");
  const Json asked = client.WaitFor("external_tool.requested")["data"];
  EXPECT_EQ(asked["toolName"], "lookup");
  EXPECT_EQ(asked["arguments"], Json({{"q", "cats"}}));
  const Json answer = {{"sessionId", "s1"},
                       {"requestId", asked["requestId"]},
                       {"result", "42 cats"}};
  EXPECT_EQ(client.Ask("session.tools.handlePendingToolCall", answer),
            Json({{"success", true}}));
  client.WaitFor("session.idle");
  EXPECT_EQ(client.Ask("session.tools.handlePendingToolCall", answer),
            Json({{"success", false}}));
  const Json done = client.WaitFor("tool.execution_complete")["data"];
  EXPECT_EQ(done["success"], true);
  EXPECT_EQ(done["result"]["content"], "42 cats");
  EXPECT_THAT(client.Contents(), ElementsAre("", "Found 42 cats."));
  EXPECT_EQ(client.Count("permission.requested"), 0u);
  EXPECT_EQ(client.Count("assistant.turn_start"), 2u);
}

constexpr char kShellScript[] =
    R"({"turns":[{"steps":[
      {"permission":{"kind":"shell","fullCommandText":"ls","as":"decision"}},
      {"say":"It was {{decision.kind}}."}]}]})";

class PermissionFlow : public FakeCopilotTest {
 protected:
  // The turn with this decision; the end of the tool call.
  Json Decide(const Json& decision) {
    Client& client = Start(kShellScript);
    client.Ask("session.create",
               {{"sessionId", "s1"}, {"requestPermission", true}});
    client.Send("s1", "hi");
    const Json asked = client.WaitFor("permission.requested")["data"];
    EXPECT_EQ(asked["permissionRequest"]["fullCommandText"], "ls");
    client.Ask("session.permissions.handlePendingPermissionRequest",
               {{"sessionId", "s1"},
                {"requestId", asked["requestId"]},
                {"result", decision}});
    client.WaitFor("session.idle");
    completed_ = client.WaitFor("permission.completed")["data"]["result"];
    return client.WaitFor("tool.execution_complete")["data"];
  }

  Json completed_;
};

TEST_F(PermissionFlow, AnApprovedToolRuns) {
  EXPECT_EQ(Decide({{"kind", "approve-once"}})["success"], true);
  EXPECT_EQ(completed_, Json({{"kind", "approved"}}));
  EXPECT_EQ(client_->Contents().back(), "It was approve-once.");
}

TEST_F(PermissionFlow, ARejectionEndsTheTurn) {
  const Json done = Decide({{"kind", "reject"}});
  EXPECT_EQ(done["error"],
            Json({{"message", "The user rejected this tool call."},
                  {"code", "rejected"}}));
  EXPECT_EQ(completed_, Json({{"kind", "denied-interactively-by-user"}}));
  EXPECT_EQ(client_->WaitFor("abort")["data"]["reason"], "user_initiated");
  EXPECT_THAT(client_->Contents(), ElementsAre(""));
}

TEST_F(PermissionFlow, ARejectionWithFeedbackIsToldToTheModel) {
  const Json done = Decide({{"kind", "reject"}, {"feedback", "not now"}});
  EXPECT_EQ(done["error"],
            Json({{"message",
                   "The user rejected this tool call. User feedback: not now"},
                  {"code", "denied"}}));
  EXPECT_EQ(client_->Count("abort"), 0u);
  EXPECT_EQ(client_->Contents().back(), "It was reject.");
}

TEST_F(FakeCopilotTest, WithoutPermissionRequestsTheToolIsDenied) {
  Client& client = Start(kShellScript);
  client.Ask("session.create", {{"sessionId", "s1"}});
  client.Turn("s1", "hi");
  EXPECT_EQ(client.Count("permission.requested"), 0u);
  EXPECT_EQ(client.WaitFor("tool.execution_complete")["data"]["error"]["code"],
            "denied");
}

TEST_F(FakeCopilotTest, AQuestionGoesToTheClient) {
  Client& client = Start(
      R"({"turns":[{"steps":[
        {"askUser":{"question":"Color?","choices":["red"],"as":"reply"}},
        {"say":"{{reply.answer}} it is."}]}]})");
  client.answers["userInput.request"] =
      R"({"answer":"red","wasFreeform":false})";
  client.Ask("session.create",
             {{"sessionId", "s1"}, {"requestUserInput", true}});
  client.Turn("s1", "hi");
  ASSERT_EQ(client.requests.size(), 1u);
  EXPECT_EQ(client.requests[0].first, "userInput.request");
  EXPECT_EQ(client.requests[0].second["question"], "Color?");
  EXPECT_EQ(client.requests[0].second["choices"], Json::array({"red"}));
  EXPECT_EQ(client.Contents().back(), "red it is.");
  EXPECT_EQ(
      client.WaitFor("tool.execution_complete")["data"]["result"]["content"],
      "User selected: red");
}

TEST_F(FakeCopilotTest, AnAbortEndsAStalledTurn) {
  Client& client = Start(R"({"turns":[{"stall":true},{"say":"Back."}]})");
  client.Ask("session.create", {{"sessionId", "s1"}});
  client.Send("s1", "hi");
  client.WaitFor("user.message");
  client.Ask("session.abort", {{"sessionId", "s1"}});
  const Json idle = client.WaitFor("session.idle")["data"];
  EXPECT_EQ(idle["aborted"], true);
  EXPECT_EQ(client.Count("abort"), 1u);
  client.Turn("s1", "again");
  EXPECT_THAT(client.Contents(), ElementsAre("Back."));
}

TEST_F(FakeCopilotTest, AMessageForABusySessionWaitsItsTurn) {
  Client& client = Start(kToolScript);
  client.Ask("session.create",
             {{"sessionId", "s1"},
              {"tools", {{{"name", "lookup"}, {"skipPermission", true}}}}});
  client.Send("s1", "first");
  const Json asked = client.WaitFor("external_tool.requested")["data"];
  client.Send("s1", "second");
  EXPECT_EQ(client.Count("user.message"), 1u);
  client.Ask("session.tools.handlePendingToolCall",
             {{"sessionId", "s1"},
              {"requestId", asked["requestId"]},
              {"result", "x"}});
  client.WaitFor("session.idle");
  EXPECT_EQ(client.Count("session.idle"), 1u);
  const auto heard = client.Of("user.message");
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[1]["data"]["content"], "second");
  EXPECT_EQ(heard[1]["data"]["delivery"], "queued");
  EXPECT_THAT(client.Contents(),
              ElementsAre("", "Found x.", "You said: second"));
}

TEST_F(FakeCopilotTest, ASecondProcessResumesWithTheHistory) {
  Client& first = Start();
  first.Ask("session.create", {{"sessionId", "s1"}});
  first.Turn("s1", "remember me");
  ASSERT_EQ(EndInput().code, 0);

  Client& second = Start();
  EXPECT_EQ(second.Ask("session.list")["sessions"][0]["sessionId"], "s1");
  EXPECT_EQ(second.Ask("session.resume", {{"sessionId", "s1"}})["sessionId"],
            "s1");
  const Json events =
      second.Ask("session.getMessages", {{"sessionId", "s1"}})["events"];
  std::vector<std::string> texts;
  for (const Json& event : events) {
    if (event["type"] == "user.message" ||
        event["type"] == "assistant.message") {
      texts.push_back(event["data"]["content"]);
    }
  }
  EXPECT_THAT(texts, ElementsAre("remember me", "You said: remember me"));
  EXPECT_EQ(second.WaitFor("session.resume")["data"]["alreadyInUse"], false);
  second.Turn("s1", "more");
  EXPECT_THAT(second.Contents(), ElementsAre("You said: more"));
}

// --- The queue and the history, which clients may change

TEST_F(FakeCopilotTest, AHistoryIsCutInMemoryAndOnDisk) {
  Client& client = Start();
  const std::string id = client.Ask("session.create")["sessionId"];
  const Json session = {{"sessionId", id}};
  client.Turn(id, "one");
  const Json before = client.Ask("session.getMessages", session);
  client.Turn(id, "two");
  const Json points = client.Ask("session.history.listRewindPoints", session);
  ASSERT_EQ(points["points"].size(), 2u);
  EXPECT_EQ(points["points"][1]["userMessage"], "two");
  const Json cut = {{"sessionId", id},
                    {"eventId", points["points"][1]["eventId"]}};
  // The second turn's records, usage_record among them.
  EXPECT_EQ(client.Ask("session.history.truncate", cut)["eventsRemoved"], 5);
  client.WaitFor("session.snapshot_rewind");
  const Json after = client.Ask("session.getMessages", session);
  EXPECT_EQ(after["events"].size(), before["events"].size());
  EXPECT_EQ(after["events"].back()["id"], before["events"].back()["id"]);
  EXPECT_THAT(client.Failure("session.history.truncate", cut),
              HasSubstr("not found in session"));
  EXPECT_THAT(client.Failure("session.history.rewind",
                             {{"sessionId", id}, {"eventId", "x"}}),
              HasSubstr("Invalid rewind mode 'undefined'"));
  client.Turn(id, "three");
  EXPECT_EQ(client.Ask("session.history.listRewindPoints",
                       session)["points"][1]["userMessage"],
            "three");
}

TEST_F(FakeCopilotTest, WhatWaitsMayBeChanged) {
  Client& client = Start(R"({"turns":[{"stall":true}]})");
  const std::string id = client.Ask("session.create")["sessionId"];
  const auto ask = [&](const std::string& method, Json params) {
    params["sessionId"] = id;
    return client.Ask("session.queue." + method, params);
  };
  for (const char* prompt : {"one", "two", "three"}) client.Send(id, prompt);
  EXPECT_EQ(ask("updateText", {{"id", "1"}, {"prompt", "TWO"}})["updated"],
            true);
  EXPECT_EQ(ask("moveItem", {{"id", "1"}, {"toPosition", 9}})["changed"], true);
  EXPECT_EQ(ask("duplicateAt", {{"id", "1"}})["id"], "3");
  EXPECT_EQ(ask("removeAt", {{"id", "2"}})["removed"], true);
  EXPECT_EQ(ask("sendNow", {{"id", "3"}})["steered"], true);
  const Json pending = ask("pendingItems", Json::object());
  ASSERT_EQ(pending["items"].size(), 1u);
  EXPECT_EQ(pending["items"][0]["displayText"], "TWO");
  EXPECT_EQ(pending["steeringMessages"], Json({"TWO"}));
  EXPECT_EQ(client.Failure("session.queue.removeAt",
                           {{"sessionId", id}, {"id", "2"}}),
            "-32602 unknown queue item id '2'");
  EXPECT_EQ(ask("hasPending", Json::object())["hasPending"], true);
  ask("clear", Json::object());
  EXPECT_EQ(ask("hasPending", Json::object())["hasPending"], false);
}

// --- Model requests that go through the client

constexpr char kProvider[] =
    R"({"type":"openai","baseUrl":"http://model.example/v1","apiKey":"k"})";

TEST_F(FakeCopilotTest, ModelRequestsGoThroughTheClient) {
  Client& client = Start(R"({"brain":"model"})");
  client.answers = {{"llmInference.httpRequestStart", "{}"},
                    {"llmInference.httpRequestChunk", "{}"}};
  EXPECT_EQ(client.Ask("llmInference.setProvider")["success"], true);
  const std::string id = client.Ask(
      "session.create", {{"model", "m"},
                         {"streaming", true},
                         {"provider", Json::parse(kProvider)}})["sessionId"];
  EXPECT_THAT(client.Failure("llmInference.setProvider"),
              HasSubstr("while sessions are active"));
  client.Send(id, "hello");
  ASSERT_TRUE(RunUntil(io_, [&] { return client.requests.size() >= 2; }));
  const Json start = client.requests[0].second;
  EXPECT_EQ(start["url"], "http://model.example/v1/chat/completions");
  EXPECT_EQ(start["headers"]["authorization"], Json({"Bearer k"}));
  const Json body =
      Json::parse(client.requests[1].second["data"].get<std::string>());
  EXPECT_EQ(body["model"], "m");
  Json part = {{"requestId", start["requestId"]},
               {"status", 200},
               {"headers", Json::object()}};
  EXPECT_EQ(client.Ask("llmInference.httpResponseStart", part)["accepted"],
            true);
  for (const char* text : {"Hel", "lo"}) {
    part["data"] =
        "data: " +
        Json({{"choices", {{{"index", 0}, {"delta", {{"content", text}}}}}}})
            .dump() +
        "\n\n";
    client.Ask("llmInference.httpResponseChunk", part);
  }
  part["data"] =
      "data: {\"choices\":[{\"index\":0,\"delta\":{},"
      "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
  part["end"] = true;
  client.Ask("llmInference.httpResponseChunk", part);
  client.WaitFor("session.idle");
  EXPECT_EQ(client.Count("assistant.message_delta"), 2u);
  EXPECT_THAT(client.Contents(), ElementsAre("Hello"));
  EXPECT_EQ(client.Ask("llmInference.httpResponseChunk",
                       {{"requestId", "unknown"}})["accepted"],
            false);
}

TEST_F(FakeCopilotTest, AnAbortedModelRequestIsCancelledAtTheClient) {
  Client& client = Start(R"({"brain":"model"})");
  client.answers = {{"llmInference.httpRequestStart", "{}"},
                    {"llmInference.httpRequestChunk", "{}"}};
  client.Ask("llmInference.setProvider");
  const std::string id = client.Ask(
      "session.create",
      {{"model", "m"}, {"provider", Json::parse(kProvider)}})["sessionId"];
  client.Send(id, "hello");
  ASSERT_TRUE(RunUntil(io_, [&] { return client.requests.size() >= 2; }));
  client.Ask("session.abort", {{"sessionId", id}});
  ASSERT_TRUE(RunUntil(io_, [&] { return client.requests.size() >= 3; }));
  EXPECT_EQ(client.requests[2].second["cancel"], true);
  EXPECT_EQ(client.requests[2].second["requestId"],
            client.requests[0].second["requestId"]);
}

TEST_F(FakeCopilotTest, OddArgumentsOfTheModelDoNoHarm) {
  Client& client = Start(R"({"brain":"model"})");
  client.answers = {{"llmInference.httpRequestStart", "{}"},
                    {"llmInference.httpRequestChunk", "{}"},
                    {"userInput.request", R"({"answer":5})"}};
  client.Ask("llmInference.setProvider");
  const std::string id = client.Ask(
      "session.create", {{"model", "m"},
                         {"requestUserInput", true},
                         {"provider", Json::parse(kProvider)}})["sessionId"];
  Json calls = Json::array();
  for (const char* tool : {"ask_user", "bash", "view", "task"}) {
    calls.push_back(
        {{"id", tool},
         {"function",
          {{"name", tool},
           {"arguments",
            R"({"question":5,"choices":"x","command":5,"path":[],"name":5})"}}}});
  }
  client.Send(id, "hello");
  ASSERT_TRUE(RunUntil(io_, [&] { return client.requests.size() >= 2; }));
  Json part = {{"requestId", client.requests[0].second["requestId"]},
               {"status", 200}};
  client.Ask("llmInference.httpResponseStart", part);
  part["data"] =
      Json({{"choices", {{{"message", {{"tool_calls", calls}}}}}}}).dump();
  part["end"] = true;
  client.Ask("llmInference.httpResponseChunk", part);
  client.WaitFor("tool.execution_complete", 4);
}

}  // namespace
}  // namespace copilot::fake_cli
