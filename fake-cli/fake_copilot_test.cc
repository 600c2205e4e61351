// SPDX-License-Identifier: MIT
//
// The program as a client sees it: a child process that speaks over its pipes
// or over TCP.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <sstream>
#include <tuple>

#include "fake-cli/scratch_directory.h"
#include "wire/child_process.h"
#include "wire/peer.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Long enough for a loaded machine; nothing waits for it to pass.
constexpr std::chrono::seconds kPatience{20};

template <typename Condition>
[[nodiscard]] bool RunUntil(asio::io_context& io, Condition condition) {
  while (!condition()) {
    io.restart();
    if (io.run_one_for(kPatience) == 0) return false;
  }
  return true;
}

// A client at one end of a connection.
class Client : public wire::Peer::Handler {
 public:
  Client(asio::io_context& io, std::unique_ptr<wire::Transport> transport)
      : io_(io) {
    wire::Peer::Options options;
    options.tap = [this](bool incoming, std::string_view body) {
      if (incoming) received.emplace_back(body);
    };
    peer = std::make_unique<wire::Peer>(io, std::move(transport),
                                        wire::MakeContentLengthFraming(),
                                        std::move(options));
    peer->Start(this);
  }

  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    requests.push_back({request.method, Json::parse(request.params)});
    const auto answer = answers.find(request.method);
    if (answer == answers.end()) {
      responder.Error({wire::kMethodNotFound, "no such method", nullptr});
    } else {
      responder.Result(answer->second);
    }
  }
  void OnNotification(const wire::Message& notification) override {
    if (notification.method != "session.event") return;
    events.push_back(Json::parse(notification.params)["event"]);
  }
  void OnClosed(const std::string&) override { closed = true; }

  wire::RawResult Call(const std::string& method, const Json& params) {
    std::optional<wire::RawResult> result;
    peer->Call(method, params.dump(),
               [&](wire::RawResult raw) { result = std::move(raw); });
    EXPECT_TRUE(RunUntil(io_, [&] { return result.has_value(); })) << method;
    return result.value_or(wire::RawResult("null"));
  }

  // The result of a call that works.
  Json Ask(const std::string& method, const Json& params = Json::object()) {
    const wire::RawResult raw = Call(method, params);
    EXPECT_TRUE(raw) << method << ": " << raw.error().message;
    return raw ? Json::parse(*raw) : Json();
  }

  // "code text" of a call that fails.
  std::string Failure(const std::string& method,
                      const Json& params = Json::object()) {
    const wire::RawResult raw = Call(method, params);
    if (raw) return "(no failure)";
    return fmt::format("{} {}", raw.error().code, raw.error().message);
  }

  // The answer to a body that has no id to answer to.
  Json AnswerTo(const std::string& body) {
    const size_t before = received.size();
    peer->SendBody(body);
    EXPECT_TRUE(RunUntil(io_, [&] { return received.size() > before; }));
    return received.size() > before ? Json::parse(received[before]) : Json();
  }

  size_t Count(const std::string& type) const {
    return static_cast<size_t>(std::count_if(
        events.begin(), events.end(),
        [&](const Json& event) { return event["type"] == type; }));
  }

  // Waits for the `nth` event of this type; returns it.
  Json WaitFor(const std::string& type, size_t nth = 1) {
    if (!RunUntil(io_, [&] { return Count(type) >= nth; })) {
      ADD_FAILURE() << "no " << type << " came";
      return {};
    }
    for (const Json& event : events) {
      if (event["type"] == type && --nth == 0) return event;
    }
    return {};
  }

  void Send(const std::string& session, const std::string& prompt) {
    Ask("session.send", {{"sessionId", session}, {"prompt", prompt}});
  }

  // Sends a message and waits for the end of its turn.
  void Turn(const std::string& session, const std::string& prompt) {
    const size_t before = Count("session.idle");
    Send(session, prompt);
    WaitFor("session.idle", before + 1);
  }

  std::vector<Json> Of(const std::string& type) const {
    std::vector<Json> found;
    for (const Json& event : events) {
      if (event["type"] == type) found.push_back(event);
    }
    return found;
  }

  std::vector<std::string> Contents() const {
    std::vector<std::string> contents;
    for (const Json& event : Of("assistant.message")) {
      contents.push_back(event["data"]["content"]);
    }
    return contents;
  }

  std::vector<std::string> PersistedTypes() const {
    std::vector<std::string> types;
    for (const Json& event : events) {
      if (!event.contains("ephemeral")) types.push_back(event["type"]);
    }
    return types;
  }

  std::unique_ptr<wire::Peer> peer;
  std::vector<std::string> received;
  std::vector<Json> events;
  std::vector<std::pair<std::string, Json>> requests;
  std::map<std::string, std::string> answers;
  bool closed = false;

 private:
  asio::io_context& io_;
};

class FakeCopilotTest : public testing::Test {
 protected:
  FakeCopilotTest() { signal(SIGPIPE, SIG_IGN); }

  void Spawn(std::vector<std::string> arguments, bool pipe_stdin = true) {
    arguments.insert(arguments.begin(), FAKE_COPILOT);
    wire::ChildOptions options;
    options.argv = std::move(arguments);
    options.environment = {"HOME=" + scratch_.path(),
                           "COPILOT_HOME=" + scratch_.File("home")};
    options.environment.insert(options.environment.end(), environment_.begin(),
                               environment_.end());
    options.working_directory = scratch_.path();
    options.pipe_stdin = pipe_stdin;
    auto child = wire::ChildProcess::Spawn(io_, std::move(options));
    ASSERT_TRUE(child) << child.error();
    child_ = std::move(*child);
  }

  // A CLI on stdio that plays `script`; without one the echo brain answers.
  Client& Start(const std::string& script = "") {
    std::vector<std::string> arguments = {"--headless", "--stdio"};
    if (!script.empty()) {
      arguments.insert(arguments.end(),
                       {"--script", scratch_.Write("script.json", script)});
    }
    Spawn(std::move(arguments));
    client_ = std::make_unique<Client>(io_, child_->TakeTransport());
    return *client_;
  }

  wire::ExitStatus WaitForExit() {
    std::optional<wire::ExitStatus> status;
    child_->OnExit([&](wire::ExitStatus ended) { status = ended; });
    EXPECT_TRUE(RunUntil(io_, [&] { return status.has_value(); }));
    return status.value_or(wire::ExitStatus{-1, 0});
  }

  wire::ExitStatus EndInput() {
    client_->peer->CloseWrite();
    return WaitForExit();
  }

  // What a program prints that ends by itself.
  std::string Output() {
    const auto transport = child_->TakeTransport();
    std::string text;
    bool ended = false;
    transport->Start([&](std::string_view bytes) { text += bytes; },
                     [&](const std::string&) { ended = true; });
    EXPECT_TRUE(RunUntil(io_, [&] { return ended; }));
    return text;
  }

  // Starts a TCP server; its port, read from its own words.
  int Listen() {
    Spawn({"--headless"}, false);
    stdout_ = child_->TakeTransport();
    stdout_->Start([this](std::string_view bytes) { printed_ += bytes; },
                   [](const std::string&) {});
    std::smatch match;
    const std::regex line("^CLI server listening on port (\\d+)\n");
    EXPECT_TRUE(RunUntil(
        io_, [&] { return std::regex_search(printed_, match, line); }));
    return match.empty() ? 0 : std::stoi(match[1]);
  }

  std::unique_ptr<Client> Dial(int port) {
    auto transport = wire::DialTcp(io_, "127.0.0.1", port, 10000);
    if (!transport) {
      ADD_FAILURE() << transport.error();
      return nullptr;
    }
    return std::make_unique<Client>(io_, std::move(*transport));
  }

  ScratchDirectory scratch_;
  std::vector<std::string> environment_;
  asio::io_context io_;
  std::unique_ptr<wire::ChildProcess> child_;
  std::unique_ptr<wire::Transport> stdout_;
  std::string printed_;
  std::unique_ptr<Client> client_;
};

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
