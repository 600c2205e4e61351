// SPDX-License-Identifier: MIT
#include "harness/cli_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <asio/ip/tcp.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;

// A CLI server in this process: answers each method as the test says, and
// records what it was asked.
class StubCli : private wire::Peer::Handler {
 public:
  using Answer = std::function<void(StubCli&, const Json& params,
                                    const wire::Responder& responder)>;

  StubCli() : acceptor_(loop_.io(), {asio::ip::make_address("127.0.0.1"), 0}) {
    answers_["connect"] = Result({{"protocolVersion", 3}});
    for (const char* method : {"session.create", "session.resume"}) {
      answers_[method] = [](StubCli&, const Json& params,
                            const wire::Responder& responder) {
        responder.Result(Json{{"sessionId", params["sessionId"]}});
      };
    }
    for (const char* method :
         {"session.send", "session.abort", "session.detach",
          "session.tools.handlePendingToolCall",
          "session.permissions.handlePendingPermissionRequest"}) {
      answers_[method] = Result({{"success", true}});
    }
    loop_.Run([this] { Accept(); });
  }
  ~StubCli() override {
    loop_.Run([this] {
      acceptor_.close();
      peer_.reset();
    });
  }

  static Answer Result(Json result) {
    return [result](StubCli&, const Json&, const wire::Responder& responder) {
      responder.Result(result);
    };
  }
  static Answer Fails(int code, std::string message) {
    return [code, message](StubCli&, const Json&,
                           const wire::Responder& responder) {
      responder.Error({code, message, nullptr});
    };
  }

  // Before the method is called.
  void On(const std::string& method, Answer answer) {
    answers_[method] = std::move(answer);
  }
  void Without(const std::string& method) { answers_.erase(method); }

  int port() const { return acceptor_.local_endpoint().port(); }

  void Emit(const std::string& session_id, const Json& event) {
    peer_->Notify("session.event",
                  Json{{"sessionId", session_id}, {"event", event}}.dump());
  }
  void Ask(const std::string& method, const Json& params,
           wire::Peer::Callback callback) {
    peer_->Call(method, params.dump(), std::move(callback));
  }
  void HangUp() { peer_->Close(); }

  std::vector<std::string> methods() const {
    const std::lock_guard lock(mutex_);
    return methods_;
  }
  // The params of the latest call; waits for one.
  Json WaitFor(const std::string& method) {
    std::unique_lock lock(mutex_);
    called_.wait(lock, [&] { return params_.count(method) != 0; });
    return params_[method];
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
      if (error) return;
      peer_ = std::make_unique<wire::Peer>(
          loop_.io(), wire::MakeTcpTransport(std::move(socket)),
          wire::MakeContentLengthFraming());
      peer_->Start(this);
      Accept();
    });
  }
  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    const Json params = Json::parse(request.params, nullptr, false);
    {
      const std::lock_guard lock(mutex_);
      methods_.push_back(request.method);
      params_[request.method] = params;
    }
    called_.notify_all();
    const auto answer = answers_.find(request.method);
    if (answer == answers_.end()) {
      responder.Error({wire::kMethodNotFound,
                       "Unhandled method " + request.method, nullptr});
      return;
    }
    answer->second(*this, params, responder);
  }
  void OnNotification(const wire::Message&) override {}
  void OnClosed(const std::string&) override {}

  Loop loop_;
  tcp::acceptor acceptor_;
  std::map<std::string, Answer> answers_;
  std::unique_ptr<wire::Peer> peer_;
  mutable std::mutex mutex_;
  std::condition_variable called_;
  std::vector<std::string> methods_;
  std::map<std::string, Json> params_;
};

class CliClientTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  CliClientTest() {
    std::string pattern = testing::TempDir() + "/client-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    environment_->current = directory_;
    environment_->variables["PATH"] = "/usr/bin:/bin";
    world_.loop = &loop_;
    world_.clock = clock_;
    world_.executor = threads_;
    world_.environment = environment_;
    world_.target.host = "127.0.0.1";
    world_.target.port = stub_.port();
    config_.model = "gpt-4.1";
    config_.on_permission_request = [](const Json&, const std::string&) {
      return Json{{"kind", "reject"}};
    };
  }
  ~CliClientTest() override {
    client_.reset();
    threads_->WaitIdle();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  SdkClient& Client() {
    if (!client_) client_ = MakeCliClient(world_, options_);
    return *client_;
  }
  std::shared_ptr<SdkSession> Create() {
    const auto session = Client().CreateSession(config_);
    EXPECT_TRUE(session.has_value());
    return session ? *session : nullptr;
  }
  std::string CreateError() {
    const auto session = Client().CreateSession(config_);
    return session ? "" : session.error().message;
  }
  // The client starts this shell script as its CLI.
  void UseScript(const std::string& text) {
    const std::string path = directory_ + "/cli";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    chmod(path.c_str(), 0700);
    world_.target = {};
    world_.target.path = path;
  }
  // The model answers as soon as it gets a message.
  void AnswerWith(const std::string& text) {
    stub_.On("session.send", [text](StubCli& cli, const Json& params,
                                    const wire::Responder& responder) {
      responder.Result(Json{{"messageId", "u1"}});
      cli.Emit(params["sessionId"], Message(text));
      cli.Emit(params["sessionId"], Event("session.idle"));
    });
  }

  StubCli stub_;
  Loop loop_;
  std::string directory_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<ThreadExecutor> threads_ = std::make_shared<ThreadExecutor>();
  std::shared_ptr<FakeEnvironment> environment_ =
      std::make_shared<FakeEnvironment>();
  CliWorld world_;
  ClientOptions options_;
  SessionConfig config_;
  std::shared_ptr<SdkClient> client_;
};

TEST_F(CliClientTest, TheLaunchIsTheSdks) {
  options_.base_directory = "/home/x";
  environment_->variables["NODE_DEBUG"] = "http";
  environment_->variables["KEPT"] = "1";
  const CliLaunch launch = MakeLaunch(world_, options_);
  EXPECT_EQ(launch.flags, (std::vector<std::string>{
                              "--headless", "--no-auto-update", "--stdio"}));
  EXPECT_EQ(launch.environment.at("COPILOT_HOME"), "/home/x");
  EXPECT_EQ(launch.environment.at("KEPT"), "1");
  EXPECT_EQ(launch.environment.count("NODE_DEBUG"), 0u);
  EXPECT_EQ(launch.environment.count("COPILOT_SDK_AUTH_TOKEN"), 0u);
  EXPECT_EQ(launch.working_directory, directory_);
}

TEST_F(CliClientTest, ATokenGoesIntoAVariableThatTheArgumentsName) {
  options_.github_token = wire::Secret("tok-secret");
  options_.use_logged_in_user = false;
  const CliLaunch launch = MakeLaunch(world_, options_);
  EXPECT_EQ(launch.flags,
            (std::vector<std::string>{
                "--headless", "--no-auto-update", "--stdio", "--auth-token-env",
                "COPILOT_SDK_AUTH_TOKEN", "--no-auto-login"}));
  EXPECT_EQ(launch.environment.at("COPILOT_SDK_AUTH_TOKEN"), "tok-secret");
}

TEST_F(CliClientTest, OnlyTheEmptyModeKeepsOutOfTheKeyring) {
  constexpr char kVariable[] = "COPILOT_DISABLE_KEYTAR";
  EXPECT_EQ(MakeLaunch(world_, options_).environment.count(kVariable), 0u);
  options_.client_mode = kEmptyMode;
  EXPECT_EQ(MakeLaunch(world_, options_).environment.at(kVariable), "1");
}

TEST_F(CliClientTest, OptionsAreSetOnceTheSessionIsOpen) {
  stub_.On("session.options.update", StubCli::Result({{"success", true}}));
  config_.options = {{"coauthorEnabled", false}};
  const std::string id = Create()->id();
  EXPECT_EQ(stub_.methods(),
            (std::vector<std::string>{"connect", "session.create",
                                      "session.options.update"}));
  EXPECT_EQ(stub_.WaitFor("session.options.update"),
            Json({{"sessionId", id}, {"coauthorEnabled", false}}));
}

TEST_F(CliClientTest, ASessionWhoseOptionsAreRefusedIsLetGo) {
  stub_.On("session.options.update", StubCli::Fails(-32603, "no"));
  config_.options = {{"coauthorEnabled", false}};
  EXPECT_NE(CreateError().find("no"), std::string::npos);
  EXPECT_EQ(stub_.methods().back(), "session.detach");
}

TEST_F(CliClientTest, NothingIsStartedBeforeTheFirstSession) {
  Client();
  EXPECT_FALSE(Client().DeleteSession("s").has_value());
  EXPECT_TRUE(Client().Stop().empty());
  EXPECT_TRUE(stub_.methods().empty());
}

TEST_F(CliClientTest, OneHandshakeServesAllSessions) {
  Create();
  Create();
  EXPECT_EQ(stub_.methods(),
            (std::vector<std::string>{"connect", "session.create",
                                      "session.create"}));
  EXPECT_EQ(stub_.WaitFor("connect"),
            Json({{"supportedTaskKinds", {"agent", "client", "shell"}}}));
}

TEST_F(CliClientTest, AnOldCliIsPingedInstead) {
  stub_.Without("connect");
  stub_.On("ping", StubCli::Result({{"protocolVersion", 3}}));
  EXPECT_NE(Create(), nullptr);
}

TEST_F(CliClientTest, AnotherProtocolVersionIsRefused) {
  stub_.On("connect", StubCli::Result({{"protocolVersion", 2}}));
  EXPECT_EQ(CreateError(),
            "SDK protocol version mismatch: SDK supports versions 3-3, but "
            "server reports version 2. Please update your SDK or server to "
            "ensure compatibility.");
  stub_.On("connect", StubCli::Result(Json::object()));
  EXPECT_THAT(CreateError(), HasSubstr("does not report a protocol version"));
}

TEST_F(CliClientTest, ARefusedHandshakeIsTheError) {
  stub_.On("connect", StubCli::Fails(-32002, "AUTHENTICATION_FAILED"));
  EXPECT_EQ(CreateError(), "AUTHENTICATION_FAILED");
}

TEST_F(CliClientTest, ACliThatMakesAnotherSessionIsNotTrusted) {
  stub_.On("session.create", StubCli::Result({{"sessionId", "other"}}));
  EXPECT_THAT(CreateError(), HasSubstr("returned sessionId other"));
}

TEST_F(CliClientTest, AnErrorCarriesItsCodes) {
  stub_.On("session.create", [](StubCli&, const Json&,
                                const wire::Responder& responder) {
    responder.Error({-32603, "gone", {{"code", "ENOENT"}, {"status", 404}}});
  });
  const auto session = Client().CreateSession(config_);
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error(), (Error{"gone", "ENOENT", -32603, 404}));
}

TEST_F(CliClientTest, AServerThatIsNotThereIsNamed) {
  world_.target.port = 1;
  EXPECT_THAT(CreateError(), HasSubstr("Failed to connect to CLI server"));
}

TEST_F(CliClientTest, AProgramThatIsNotThereIsNamed) {
  world_.target = {};
  world_.target.path = "/nowhere/copilot";
  const auto session = Client().CreateSession(config_);
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().message,
            "Copilot CLI not found at /nowhere/copilot. Set COPILOT_CLI_PATH "
            "to use a custom installation.");
  EXPECT_EQ(session.error().code, "COPILOT_CLI_MISSING");
}

TEST_F(CliClientTest, WithoutCliTheFactoryFails) {
  world_.target = {};
  const auto client = MakeCliClientFactory(world_)->Create({});
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code, "COPILOT_CLI_MISSING");
}

TEST_F(CliClientTest, ACliThatExitsIsQuotedWithoutItsToken) {
  UseScript("echo \"bad token $COPILOT_SDK_AUTH_TOKEN\" >&2; exit 3");
  options_.github_token = wire::Secret("tok-secret");
  EXPECT_EQ(CreateError(), "CLI server exited with code 3\nstderr: bad token " +
                               wire::Fingerprint("tok-secret"));
}

TEST_F(CliClientTest, ACliThatIsKilledSaysSo) {
  UseScript("kill -9 $$");
  EXPECT_THAT(CreateError(), HasSubstr("signal 9"));
}

TEST_F(CliClientTest, ACliThatClosesItsOutputIsEnded) {
  UseScript("exec 1>&-; sleep 1000");
  EXPECT_THAT(CreateError(), HasSubstr("CLI server"));
}

TEST_F(CliClientTest, AServerThatHangsUpFailsTheTurnAndIsDialledAgain) {
  AnswerWith("done");
  const auto session = Create();
  stub_.On("session.send", [](StubCli& cli, const Json&,
                              const wire::Responder&) { cli.HangUp(); });
  const auto answer = session->SendAndWait({}, Milliseconds(1000));
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().message, HasSubstr("connection closed"));
  EXPECT_FALSE(session->SendAndWait({}, Milliseconds(1000)).has_value());
  EXPECT_NE(Create(), nullptr);
}

TEST_F(CliClientTest, AStoppedClientStartsNothingAnyMore) {
  Create();
  EXPECT_TRUE(Client().Stop().empty());
  EXPECT_EQ(CreateError(), "Client was stopped");
}

TEST_F(CliClientTest, SendAndWaitGivesTheLastMessage) {
  AnswerWith("done");
  const auto session = Create();
  MessageOptions message;
  message.prompt = "hi";
  const auto answer = session->SendAndWait(message, Milliseconds(1000));
  ASSERT_TRUE(answer.has_value() && answer->has_value());
  EXPECT_EQ((**answer)["data"]["content"], "done");
  EXPECT_EQ(stub_.WaitFor("session.send"),
            Json({{"sessionId", session->id()}, {"prompt", "hi"}}));
}

TEST_F(CliClientTest, SubAgentsAndEphemeralMessagesEndNothing) {
  stub_.On("session.send", [](StubCli& cli, const Json& params,
                              const wire::Responder& responder) {
    responder.Result(Json::object());
    const std::string id = params["sessionId"];
    const Json child = {{"agentId", "a"}};
    Json message = Message("child");
    message.update(child);
    cli.Emit(id, message);
    cli.Emit(id, Event("session.idle", {}, child));
    message = Message("draft");
    message["ephemeral"] = true;
    cli.Emit(id, message);
    cli.Emit(id, Event("session.idle", {{"mode", "autopilot"}}));
    cli.Emit(id, Event("session.idle", {{"mode", "interactive"}}));
  });
  const auto answer = Create()->SendAndWait({}, Milliseconds(1000));
  ASSERT_TRUE(answer.has_value());
  EXPECT_FALSE(answer->has_value());
}

TEST_F(CliClientTest, ASessionErrorFailsTheTurn) {
  stub_.On("session.send", [](StubCli& cli, const Json& params,
                              const wire::Responder& responder) {
    responder.Result(Json::object());
    cli.Emit(params["sessionId"],
             Event("session.error", {{"message", "no quota"}}));
  });
  const auto answer = Create()->SendAndWait({}, Milliseconds(1000));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().message, "no quota");
}

TEST_F(CliClientTest, ARefusedMessageFailsTheTurn) {
  stub_.On("session.send", StubCli::Fails(-32603, "no more"));
  EXPECT_EQ(Create()->SendAndWait({}, Milliseconds(1000)).error().message,
            "no more");
}

TEST_F(CliClientTest, AMessageThatIsNeverTakenTimesOut) {
  stub_.On("session.send", [](StubCli&, const Json&, const wire::Responder& r) {
    r.Abandon();
  });
  const auto session = Create();
  auto turn = std::async(std::launch::async, [&] {
    return session->SendAndWait({}, Milliseconds(250));
  });
  stub_.WaitFor("session.send");
  clock_->Advance(Milliseconds(250));
  EXPECT_EQ(turn.get().error().message,
            "Timeout after 250ms waiting for session.idle");
}

TEST_F(CliClientTest, DisconnectingDetachesOnce) {
  const auto session = Create();
  EXPECT_TRUE(session->Disconnect().has_value());
  EXPECT_TRUE(session->Disconnect().has_value());
  EXPECT_THAT(stub_.methods(), testing::ElementsAre("connect", "session.create",
                                                    "session.detach"));
}

TEST_F(CliClientTest, ADetachWithoutSuccessIsTriedTwice) {
  stub_.On("session.detach", StubCli::Result({{"success", false}}));
  const auto gone = Create()->Disconnect();
  ASSERT_FALSE(gone.has_value());
  EXPECT_THAT(gone.error().message, HasSubstr("Failed to disconnect session"));
  EXPECT_EQ(stub_.methods().size(), 4u);
}

TEST_F(CliClientTest, AnOldCliIsAskedToDestroyInstead) {
  stub_.Without("session.detach");
  stub_.On("session.destroy", StubCli::Result({{"success", true}}));
  EXPECT_TRUE(Create()->Disconnect().has_value());
}

TEST_F(CliClientTest, ARefusedDeletionIsAnError) {
  Create();
  stub_.On("session.delete",
           StubCli::Result({{"success", false}, {"error", "busy"}}));
  EXPECT_EQ(Client().DeleteSession("s").error().message,
            "Failed to delete session s: busy");
}

TEST_F(CliClientTest, AToolCallIsExecutedAndAnswered) {
  SdkTool tool;
  tool.name = "lookup";
  tool.handler = [](const ToolInvocation& call) {
    return Json{{"textResultForLlm", call.arguments["q"]},
                {"resultType", "success"}};
  };
  config_.tools = {tool};
  const auto session = Create();
  stub_.Emit(session->id(), Event("external_tool.requested",
                                  {{"requestId", "r1"},
                                   {"toolCallId", "c1"},
                                   {"toolName", "lookup"},
                                   {"arguments", {{"q", "cats"}}}}));
  EXPECT_EQ(
      stub_.WaitFor("session.tools.handlePendingToolCall"),
      Json({{"sessionId", session->id()},
            {"requestId", "r1"},
            {"result",
             {{"textResultForLlm", "cats"}, {"resultType", "success"}}}}));
}

TEST_F(CliClientTest, AToolThatSomebodyElseAnsweredIsAborted) {
  std::promise<void> began;
  std::promise<bool> aborted;
  SdkTool tool;
  tool.name = "lookup";
  tool.handler = [&](const ToolInvocation& call) {
    std::promise<void> fired;
    const auto on_abort = call.signal.OnAbort([&] { fired.set_value(); });
    began.set_value();
    fired.get_future().wait();
    aborted.set_value(true);
    return Json("late");
  };
  config_.tools = {tool};
  const auto session = Create();
  stub_.Emit(session->id(),
             Event("external_tool.requested",
                   {{"requestId", "r1"}, {"toolName", "lookup"}}));
  began.get_future().wait();
  stub_.Emit(session->id(),
             Event("external_tool.completed", {{"requestId", "r1"}}));
  EXPECT_TRUE(aborted.get_future().get());
  threads_->WaitIdle();
  EXPECT_TRUE(session->Disconnect().has_value());
  EXPECT_THAT(
      stub_.methods(),
      testing::Not(testing::Contains("session.tools.handlePendingToolCall")));
}

TEST_F(CliClientTest, APermissionRequestIsDecided) {
  const auto session = Create();
  stub_.Emit(session->id(), Event("permission.requested",
                                  {{"requestId", "p0"},
                                   {"resolvedByHook", true},
                                   {"permissionRequest", {{"kind", "x"}}}}));
  stub_.Emit(session->id(), Event("permission.requested",
                                  {{"requestId", "p1"},
                                   {"permissionRequest", {{"kind", "x"}}}}));
  EXPECT_EQ(stub_.WaitFor("session.permissions.handlePendingPermissionRequest"),
            Json({{"sessionId", session->id()},
                  {"requestId", "p1"},
                  {"result", {{"kind", "reject"}}}}));
}

TEST_F(CliClientTest, AQuestionIsAnsweredByTheHandler) {
  config_.on_user_input_request =
      [](const UserInputRequest& request,
         const std::function<void(UserInputAnswer)>& answer) {
        answer({request.choices.at(1), request.allow_freeform});
      };
  const auto session = Create();
  std::promise<std::string> answered;
  stub_.Ask("userInput.request",
            {{"sessionId", session->id()},
             {"question", "How?"},
             {"choices", {"Fast", "Deep"}},
             {"allowFreeform", false}},
            [&](wire::RawResult result) { answered.set_value(*result); });
  EXPECT_EQ(Json::parse(answered.get_future().get()),
            Json({{"answer", "Deep"}, {"wasFreeform", false}}));
}

TEST_F(CliClientTest, QuestionsNobodyCanAnswerAreErrors) {
  Create();
  for (const auto& [method, params, text] :
       std::vector<std::tuple<const char*, Json, const char*>>{
           {"userInput.request", {{"sessionId", "x"}}, "Session not found: x"},
           {"no.such", Json::object(), "Unhandled method no.such"}}) {
    std::promise<std::string> answered;
    stub_.Ask(method, params, [&](wire::RawResult result) {
      answered.set_value(result ? "" : result.error().message);
    });
    EXPECT_EQ(answered.get_future().get(), text);
  }
}

TEST_F(CliClientTest, AHookOfTheCliIsAnsweredByTheHandler) {
  config_.hooks["preToolUse"] = [](const Json& input, const std::string&) {
    return input["toolName"] == "rm" ? Json{{"permissionDecision", "deny"}}
                                     : Json(nullptr);
  };
  const auto session = Create();
  for (const auto& [type, tool, answer] :
       std::vector<std::tuple<const char*, const char*, Json>>{
           {"preToolUse", "rm", {{"output", {{"permissionDecision", "deny"}}}}},
           {"preToolUse", "ls", Json::object()},
           {"sessionEnd", "", Json::object()}}) {
    std::promise<std::string> answered;
    stub_.Ask("hooks.invoke",
              {{"sessionId", session->id()},
               {"hookType", type},
               {"input", {{"toolName", tool}}}},
              [&](wire::RawResult result) { answered.set_value(*result); });
    EXPECT_EQ(Json::parse(answered.get_future().get()), answer) << type;
  }
}

TEST_F(CliClientTest, ACancellationThatIsNotAnsweredIsGivenUp) {
  stub_.On(
      "session.history.cancelBackgroundCompaction",
      [](StubCli&, const Json&, const wire::Responder& r) { r.Abandon(); });
  const auto session = Create();
  auto cancel = std::async(std::launch::async, [&] {
    return session->CancelBackgroundCompaction(Milliseconds(5000));
  });
  stub_.WaitFor("session.history.cancelBackgroundCompaction");
  clock_->Advance(Milliseconds(5000));
  EXPECT_FALSE(cancel.get().has_value());
}

}  // namespace
}  // namespace copilot::harness
