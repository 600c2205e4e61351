// SPDX-License-Identifier: MIT
//
// The program itself: how it begins and ends, what it prints, whom it lets in,
// what its script does to it.
#include <filesystem>
#include <sstream>
#include <tuple>

#include "fake-cli/fake_copilot_fixture.h"

namespace copilot::fake_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(FakeCopilotTest, ShakesHandsAndTellsItsVersion) {
  Client& client = Start();
  EXPECT_EQ(client.Ask("connect", {{"supportedTaskKinds", {"client"}}}),
            Json({{"ok", true},
                  {"protocolVersion", 3},
                  {"version", "1.0.102"},
                  {"taskKinds", {"agent", "shell", "client"}}}));
  EXPECT_EQ(client.Ask("status.get"),
            Json({{"version", "1.0.102"}, {"protocolVersion", 3}}));
  const Json pong = client.Ask("ping", {{"message", "hi"}});
  EXPECT_EQ(pong["message"], "pong: hi");
  EXPECT_EQ(pong["protocolVersion"], 3);
  EXPECT_EQ(client.Ask("ping")["message"], "pong");
}

TEST_F(FakeCopilotTest, AVersionCanBePresented) {
  EXPECT_EQ(Start(R"({"version":"9.8.7"})").Ask("status.get")["version"],
            "9.8.7");
}

TEST_F(FakeCopilotTest, NobodyIsLoggedIn) {
  Client& client = Start();
  EXPECT_EQ(client.Ask("auth.getStatus")["isAuthenticated"], false);
  EXPECT_EQ(client.Failure("models.list"),
            "-32603 Request models.list failed with message: Not "
            "authenticated. Please authenticate first.");
}

TEST_F(FakeCopilotTest, AnswersGarbageAndGoesOn) {
  Client& client = Start();
  const std::tuple<const char*, int, const char*> cases[] = {
      {R"({"a":x})", -32700, "expected value at line 1 column 6"},
      {R"({"id":1,"method":"ping"})", -32600, "missing field `jsonrpc`"},
      {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", -32600,
       "unsupported jsonrpc version: expected \"2.0\", got \"1.0\""},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600,
       "data did not match any variant of untagged enum RequestId"},
      {R"([])", -32600,
       "not a recognizable JSON-RPC request, notification, or response"},
  };
  for (const auto& [body, code, text] : cases) {
    const Json answer = client.AnswerTo(body);
    EXPECT_TRUE(answer["id"].is_null()) << body;
    EXPECT_EQ(answer["error"]["code"], code) << body;
    EXPECT_EQ(answer["error"]["message"], text) << body;
  }
  client.Ask("ping");
}

TEST_F(FakeCopilotTest, AHeaderWithoutLengthKillsTheReaderButNotTheProcess) {
  Client& client = Start();
  client.Ask("ping");
  client.peer->SendBytes("X-Header: 1\r\n\r\n");
  ASSERT_TRUE(RunUntil(io_, [&] { return client.received.size() == 2; }));
  EXPECT_EQ(Json::parse(client.received[1])["error"]["message"],
            "Header must provide a Content-Length property.");
  EXPECT_EQ(EndInput().code, 0);
}

TEST_F(FakeCopilotTest, UnknownMethodsAndSessionsAreNamed) {
  Client& client = Start();
  EXPECT_EQ(client.Failure("no.such"), "-32601 Unhandled method no.such");
  EXPECT_EQ(client.Failure("session.send", {{"sessionId", "x"}}),
            "-32603 Request session.send failed with message: Session not "
            "found for sessionId: x");
  EXPECT_EQ(client.Failure("session.send"),
            "-32603 Request session.send failed with message: Missing "
            "sessionId in session.send request");
  EXPECT_EQ(client.Failure("session.resume", {{"sessionId", "x"}}),
            "-32603 Request session.resume failed with message: Failed to "
            "load session events: Session not found: x");
  EXPECT_EQ(client.Ask("session.destroy", {{"sessionId", "x"}}),
            Json({{"success", false}}));
}

TEST_F(FakeCopilotTest, StubsSayWhatTheRealCliSaid) {
  Client& client = Start();
  EXPECT_EQ(client.Ask("connectors.getAccounts"),
            Json({{"availability", "disabled"}, {"accounts", Json::array()}}));
  EXPECT_EQ(client.Failure("account.getWebUrl"),
            "-32603 Request account.getWebUrl failed with message: "
            "account.getWebUrl: missing field `path`");
  EXPECT_EQ(client.Ask("account.getWebUrl", {{"path", "x"}}),
            Json({{"url", "https://github.com/x"}}));
  EXPECT_EQ(client.Failure("contentExclusion.validatePolicies"),
            "-32602 missing field `policiesJson`");
  EXPECT_EQ(client.Failure("contentExclusion.validatePolicies",
                           {{"policiesJson", ""}}),
            "-32602 Invalid JSON: expected value at line 1 column 1");
  EXPECT_EQ(client.Failure("agents.getBuiltinDefinition", {{"name", "x"}}),
            "-32603 Request agents.getBuiltinDefinition failed with message: "
            "agents.getBuiltinDefinition: 'x' is not a YAML-based built-in "
            "agent");
}

TEST_F(FakeCopilotTest, AFaultAnswersWithItsErrorOnce) {
  Client& client = Start(
      R"({"faults":[{"on":"ping","nth":2,
                     "error":{"code":-32000,"message":"Out of order"}}]})");
  client.Ask("ping");
  EXPECT_EQ(client.Failure("ping"), "-32000 Out of order");
  client.Ask("ping");
}

TEST_F(FakeCopilotTest, AFaultCanKillTheProcess) {
  Client& client = Start(R"({"faults":[{"on":"ping","crash":"SIGKILL"}]})");
  client.Ask("status.get");
  EXPECT_EQ(client.Call("ping", Json::object()).error().code,
            wire::kConnectionClosed);
  EXPECT_EQ(WaitForExit().signal, SIGKILL);
}

TEST_F(FakeCopilotTest, AStepCanEndTheProcess) {
  Client& client =
      Start(R"({"turns":[{"steps":[{"stderr":"oops\n"},{"exit":3}]}]})");
  client.Ask("session.create", {{"sessionId", "s1"}});
  client.Send("s1", "hi");
  EXPECT_EQ(WaitForExit().code, 3);
  EXPECT_THAT(child_->stderr_text(), HasSubstr("oops"));
}

TEST_F(FakeCopilotTest, TheEndOfItsInputEndsItInOrder) {
  Client& client = Start();
  client.Ask("connect");
  const wire::ExitStatus status = EndInput();
  EXPECT_EQ(status.code, 0);
  EXPECT_EQ(status.signal, 0);
  EXPECT_THAT(child_->stderr_text(), IsEmpty());
}

TEST_F(FakeCopilotTest, AShutdownEndsItInOrder) {
  Client& client = Start();
  EXPECT_EQ(client.Ask("runtime.shutdown"), Json());
  EXPECT_EQ(WaitForExit().code, 0);
}

TEST_F(FakeCopilotTest, TheJournalTellsTheWholeRunWithoutSecrets) {
  environment_ = {"FAKE_COPILOT_JOURNAL=" + scratch_.File("journal.jsonl"),
                  "GH_TOKEN=gho_top-secret"};
  Client& client = Start();
  client.Ask("ping", {{"message", "is it gho_top-secret?"}});
  EXPECT_EQ(EndInput().code, 0);
  const std::string text = ReadWhole(scratch_.File("journal.jsonl"));
  EXPECT_EQ(text.find("gho_top-secret"), std::string::npos);
  std::vector<std::string> events;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    events.push_back(Json::parse(line)["event"]);
  }
  EXPECT_THAT(events, ElementsAre("start", "connected", "received", "sent",
                                  "disconnected", "exit"));
}

TEST_F(FakeCopilotTest, ConnectionTokensAreCheckedOverTcp) {
  environment_ = {"COPILOT_CONNECTION_TOKEN=open-sesame"};
  const int port = Listen();
  const auto client = Dial(port);
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(client->Failure("ping"), "-32001 AUTHENTICATION_REQUIRED");
  EXPECT_EQ(client->Failure("connect", {{"token", "wrong"}}),
            "-32002 AUTHENTICATION_FAILED");
  EXPECT_EQ(client->Failure("connect"), "-32002 AUTHENTICATION_FAILED");
  EXPECT_EQ(client->Ask("connect", {{"token", "open-sesame"}})["ok"], true);
  client->Ask("ping");
  const auto other = Dial(port);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->Failure("ping"), "-32001 AUTHENTICATION_REQUIRED");
  EXPECT_EQ(printed_.find("Warning"), std::string::npos);
}

TEST_F(FakeCopilotTest, ATurnRunsOverTcpToo) {
  const auto client = Dial(Listen());
  ASSERT_NE(client, nullptr);
  client->Ask("session.create", {{"sessionId", "s1"}});
  client->Turn("s1", "hi");
  EXPECT_THAT(client->Contents(), ElementsAre("You said: hi"));
  EXPECT_THAT(printed_,
              HasSubstr("Warning: No COPILOT_CONNECTION_TOKEN was set"));
}

TEST_F(FakeCopilotTest, OverStdioATokenIsRefused) {
  environment_ = {"COPILOT_CONNECTION_TOKEN=open-sesame"};
  Client& client = Start();
  EXPECT_EQ(client.Failure("connect", {{"token", "open-sesame"}}),
            "-32003 AUTHENTICATION_NOT_CONFIGURED");
  client.Ask("ping");
}

TEST_F(FakeCopilotTest, ATakenPortIsTold) {
  const int port = Listen();
  const auto keep = std::move(child_);
  const auto keep_stdout = std::move(stdout_);
  Spawn({"--headless", "--port", std::to_string(port)}, false);
  EXPECT_EQ(WaitForExit().code, 1);
  EXPECT_EQ(child_->stderr_text(),
            "Failed to start server: Error: Address already in use (os error "
            "98)\n");
}

TEST_F(FakeCopilotTest, TheVersionIsPrinted) {
  Spawn({"--version"});
  EXPECT_EQ(Output(),
            "GitHub Copilot CLI 1.0.102.\nRun 'copilot update' to check for "
            "updates.\n");
  EXPECT_EQ(WaitForExit().code, 0);
}

TEST_F(FakeCopilotTest, MethodsAreListedForPrograms) {
  Spawn({"methods"});
  EXPECT_THAT(Output(), HasSubstr("\nfull\tsession.create\n"));
  EXPECT_EQ(WaitForExit().code, 0);
}

TEST_F(FakeCopilotTest, MethodsWantsADirectoryOfSchemas) {
  Spawn({"methods", "--schemas", "/nonexistent"});
  EXPECT_EQ(WaitForExit().code, 2);
  EXPECT_THAT(child_->stderr_text(), HasSubstr("/nonexistent/api.schema.json"));
}

TEST_F(FakeCopilotTest, AWrongScriptEndsItBeforeItServes) {
  Spawn({"--headless", "--stdio", "--script",
         scratch_.Write("bad.json", R"({"turns":[{"say":7}]})")});
  EXPECT_EQ(WaitForExit().code, 2);
  EXPECT_THAT(child_->stderr_text(), HasSubstr("$.turns[0]"));
}

TEST_F(FakeCopilotTest, AnUnknownReleaseIsRefusedBeforeItServes) {
  Spawn({"--headless", "--stdio", "--emulate", "1.0.99"});
  EXPECT_EQ(WaitForExit().code, 2);
  EXPECT_THAT(child_->stderr_text(),
              HasSubstr("no release '1.0.99' to emulate; there are 0.0.400,"));
}

TEST_F(FakeCopilotTest, ProtocolTwoCallsToolsWithRequests) {
  environment_ = {"FAKE_COPILOT_EMULATE=0.0.420"};
  Client& client = Start(
      R"({"turns":[{"steps":[{"toolCall":{"name":"lookup","as":"found"}},
          {"say":"{{found.text}}"}]}]})");
  client.answers = {{"permission.request", R"({"result":{"kind":"approved"}})"},
                    {"tool.call",
                     R"({"result":{"textResultForLlm":"cats",
                         "resultType":"success"}})"}};
  EXPECT_EQ(client.Ask("ping")["protocolVersion"], 2);
  EXPECT_EQ(client.Failure("connect"), "-32601 Unhandled method connect");
  client.Ask("session.create",
             {{"sessionId", "s1"},
              {"requestPermission", true},
              {"tools", Json::array({{{"name", "lookup"}}})}});
  client.Turn("s1", "hi");
  EXPECT_EQ(client.Contents().back(), "cats");
  EXPECT_EQ(client.requests.back().second["toolName"], "lookup");
  EXPECT_EQ(client.Count("external_tool.requested"), 0u);
}

// A body but for what the clock says.

std::string WithoutTimes(const std::string& body) {
  static const std::regex time(
      R"re(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z|"timestampMs":\d+)re");
  return std::regex_replace(body, time, "<time>");
}

TEST_F(FakeCopilotTest, TheSameSeedGivesTheSameBytesTwice) {
  std::vector<std::string> runs[2];
  for (auto& run : runs) {
    std::filesystem::remove_all(scratch_.File("home"));
    Client& client =
        Start(R"({"seed":5,"turns":[{"say":["a","b"],"reasoning":"r"}]})");
    client.Ask("connect");
    const std::string id =
        client.Ask("session.create", {{"streaming", true}})["sessionId"];
    client.Turn(id, "hi");
    EXPECT_EQ(EndInput().code, 0);
    for (const auto& body : client.received) run.push_back(WithoutTimes(body));
  }
  ASSERT_EQ(runs[0].size(), runs[1].size());
  EXPECT_GT(runs[0].size(), 20u);
  for (size_t i = 0; i < runs[0].size(); ++i) EXPECT_EQ(runs[0][i], runs[1][i]);
}

}  // namespace
}  // namespace copilot::fake_cli
