// SPDX-License-Identifier: MIT
//
// The programs themselves: the adapter over stdio, and `run` from a shell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>

#include "harness/error.h"
#include "harness/loop.h"
#include "wire/child_process.h"
#include "wire/peer.h"

namespace copilot::harness {
namespace {

using testing::HasSubstr;

class ProgramTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  ProgramTest() {
    std::string pattern = testing::TempDir() + "/program-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    for (const char* part : {"home", "workspace", "state"}) {
      std::filesystem::create_directory(directory_ + "/" + part);
    }
  }
  ~ProgramTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string directory_;
};

// The runner's side of the adapter protocol.
class AdapterTest : public ProgramTest, private wire::Peer::Handler {
 protected:
  AdapterTest() {
    loop_.Run([this] {
      wire::ChildOptions options;
      options.argv = {COPILOT_HARNESS, "adapter"};
      options.environment = {"PATH=/usr/bin:/bin",
                             "HOME=" + directory_ + "/home"};
      options.working_directory = directory_ + "/workspace";
      auto child = wire::ChildProcess::Spawn(loop_.io(), std::move(options));
      ASSERT_TRUE(child.has_value());
      child_ = *std::move(child);
      peer_ = std::make_unique<wire::Peer>(loop_.io(), child_->TakeTransport(),
                                           wire::MakeLineFraming());
      peer_->Start(this);
      child_->OnExit(
          [this](wire::ExitStatus status) { exited_.set_value(status.code); });
    });
  }
  ~AdapterTest() override {
    loop_.Run([this] {
      peer_.reset();
      child_.reset();
    });
  }

  // The result; an error as {"error": text}.
  std::future<Json> Start(const std::string& method, const Json& params) {
    const auto answer = std::make_shared<std::promise<Json>>();
    peer_->Call(method, params.dump(), [answer](wire::RawResult raw) {
      answer->set_value(raw ? Json::parse(*raw)
                            : Json{{"error", raw.error().message}});
    });
    return answer->get_future();
  }
  Json Call(const std::string& method, const Json& params = Json::object()) {
    return Start(method, params).get();
  }
  Json Initialize(const std::string& clock = "real") {
    return Call("initialize", {{"protocolVersion", 1},
                               {"cli", {{"path", FAKE_COPILOT}}},
                               {"dirs", {{"state", directory_ + "/state"}}},
                               {"clock", clock}});
  }
  Json Attempt(const Json& more = Json::object()) {
    Json params = {{"sessionId", "session-1"},
                   {"runId", "run-1"},
                   {"prompt", "hi"},
                   {"provider", "github-copilot"},
                   {"model", "gpt-4.1"},
                   {"timeoutMs", 20000},
                   {"workspaceDir", directory_ + "/workspace"}};
    params.update(more);
    return {{"harness", "h"}, {"attempt", "a"}, {"params", params}};
  }
  void Script(const Json& script) {
    const std::string path = directory_ + "/script.json";
    std::ofstream(path) << script.dump();
    Call("environment.set", {{"variables", {{"FAKE_COPILOT_SCRIPT", path}}}});
  }
  Json WaitFor(const std::string& method) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return seen_.count(method) != 0; });
    return seen_[method];
  }
  wire::Peer* peer() { return peer_.get(); }
  int ExitCode() { return exited_.get_future().get(); }

  Json tool_result_ = {{"content", {{{"type", "text"}, {"text", "42"}}}}};
  bool tool_stalls_ = false;

 private:
  void Note(const std::string& method, std::string_view params) {
    {
      const std::lock_guard lock(mutex_);
      seen_[method] = Json::parse(params);
    }
    came_.notify_all();
  }
  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    Note(request.method, request.params);
    if (request.method == "tool.execute" && tool_stalls_) {
      responder.Abandon();
    } else if (request.method == "tool.execute") {
      responder.Result(tool_result_);
    } else {
      responder.Result(Json{{"decision", {{"kind", "approve-once"}}}});
    }
  }
  void OnNotification(const wire::Message& notification) override {
    Note(notification.method, notification.params);
  }
  void OnClosed(const std::string&) override {}

  Loop loop_;
  std::unique_ptr<wire::ChildProcess> child_;
  std::unique_ptr<wire::Peer> peer_;
  std::promise<int> exited_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::map<std::string, Json> seen_;
};

const Json kToolScript = {
    {"turns",
     {{{"steps",
        {{{"toolCall",
           {{"name", "lookup"}, {"arguments", {{"q", 1}}}, {"as", "answer"}}}},
         {{"say", "It is {{answer.text}}."}}}}}}}};

TEST_F(AdapterTest, SaysWhatItIs) {
  const Json hello = Initialize();
  EXPECT_EQ(hello["protocolVersion"], 1);
  EXPECT_EQ(hello["name"], "copilot-harness");
  EXPECT_THAT(hello["capabilities"].get<std::vector<std::string>>(),
              testing::IsSupersetOf({"attempt", "abort", "compact", "clock"}));
}

TEST_F(AdapterTest, RunsATurnAndShutsDown) {
  Initialize();
  EXPECT_EQ(Call("harness.create", {{"harness", "h"}})["id"], "copilot");
  Script({{"turns", {{{"say", {"do", "ne"}}}}}});
  const Json result = Call("attempt.run", Attempt());
  EXPECT_EQ(result["assistantTexts"], Json({"done"}));
  EXPECT_TRUE(result["promptError"].is_null());
  EXPECT_EQ(WaitFor("session.established")["sdkSessionId"],
            result["sdkSessionId"]);
  EXPECT_EQ(WaitFor("attempt.delta")["text"], "done");
  EXPECT_EQ(Call("shutdown"), Json::object());
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(AdapterTest, PutsAToolCallToTheRunner) {
  Initialize();
  Call("harness.create", {{"harness", "h"}});
  Script(kToolScript);
  Json attempt = Attempt();
  attempt["tools"] = {{{"name", "lookup"}, {"description", "d"}}};
  const Json result = Call("attempt.run", attempt);
  EXPECT_EQ(result["assistantTexts"].back(), "It is 42.");
  EXPECT_EQ(WaitFor("tool.execute")["arguments"], Json({{"q", 1}}));
}

TEST_F(AdapterTest, AToolThatStallsKeepsNeitherAbortNorShutdown) {
  Initialize();
  Call("harness.create", {{"harness", "h"}});
  Script(kToolScript);
  tool_stalls_ = true;
  Json attempt = Attempt();
  attempt["tools"] = {{{"name", "lookup"}}};
  auto running = Start("attempt.run", attempt);
  WaitFor("tool.execute");
  EXPECT_EQ(Call("attempt.abort", {{"attempt", "a"}}), Json::object());
  EXPECT_EQ(running.get()["aborted"], true);
  Call("shutdown");
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(AdapterTest, TheEndOfItsInputEndsItWhateverRuns) {
  Initialize();
  Call("harness.create", {{"harness", "h"}});
  Script({{"turns", {{{"steps", {{{"stall", true}}}}}}}});
  auto running = Start("attempt.run", Attempt());
  WaitFor("session.established");
  peer()->CloseWrite();
  EXPECT_EQ(ExitCode(), 0);
}

TEST_F(AdapterTest, RejectionsAndUnknownMethodsAreErrors) {
  Initialize();
  Call("harness.create", {{"harness", "h"}});
  EXPECT_THAT(Call("attempt.run",
                   Attempt({{"auth", {{"gitHubToken", "tok"}}}}))["error"]
                  .get<std::string>(),
              HasSubstr("profileId+profileVersion"));
  EXPECT_EQ(Call("no.such")["error"], "no such method: no.such");
  EXPECT_EQ(Call("harness.reset", {{"harness", "x"}})["error"],
            "no such harness: x");
  EXPECT_EQ(Call("clock.advance", {{"ms", 1}})["error"], "the clock is real");
}

TEST_F(AdapterTest, AVirtualClockMovesOnlyWhenTold) {
  Initialize("virtual");
  Call("harness.create", {{"harness", "h"}});
  Script({{"turns", {{{"steps", {{{"stall", true}}}}}}}});
  auto running = Start("attempt.run", Attempt({{"timeoutMs", 60000}}));
  WaitFor("session.established");
  // The turn's time begins a little after it is announced.
  while (running.wait_for(std::chrono::seconds(0)) !=
         std::future_status::ready) {
    Call("clock.advance", {{"ms", 60000}});
  }
  EXPECT_EQ(running.get()["timedOut"], true);
}

// What a command printed on stdout and stderr, and how it ended.
struct Output {
  std::string text;
  int code = 0;
};

Output Shell(const std::string& command) {
  Output output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  for (size_t n = 0; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
    output.text.append(buffer, n);
  }
  output.code = WEXITSTATUS(pclose(pipe));
  return output;
}

class RunTest : public ProgramTest {
 protected:
  Output Run(const std::string& arguments, const std::string& variables = "") {
    return Shell("cd " + directory_ +
                 "/workspace && env -i PATH=/usr/bin:/bin "
                 "HOME=" +
                 directory_ + "/home " + variables + " " + COPILOT_HARNESS +
                 " " + arguments);
  }
  const std::string cli_ = std::string(" --cli ") + FAKE_COPILOT;
};

TEST_F(RunTest, PrintsTheAnswer) {
  const Output output = Run("run --prompt hello" + cli_);
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.text, HasSubstr("hello"));
}

TEST_F(RunTest, PrintsTheWholeResultAsJson) {
  const Output output = Run("run --json --prompt hello" + cli_);
  EXPECT_EQ(output.code, 0);
  EXPECT_TRUE(Json::parse(output.text)["promptError"].is_null());
}

TEST_F(RunTest, AFailedTurnIsOne) {
  std::ofstream(directory_ + "/s.json")
      << R"({"turns": [{"error": {"errorType": "quota", "message": "No."}}]})";
  const Output output = Run("run --prompt hi" + cli_,
                            "FAKE_COPILOT_SCRIPT=" + directory_ + "/s.json");
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.text, HasSubstr("copilot-harness: No."));
}

TEST_F(RunTest, WrongUsageIsTwo) {
  EXPECT_EQ(Run("").code, 2);
  EXPECT_EQ(Run("run").code, 2);
  EXPECT_EQ(Run("run --prompt hi --nosuch").code, 2);
  EXPECT_EQ(Run("run --prompt hi --cli-url nowhere").code, 2);
  EXPECT_EQ(Run("completion tcsh").code, 2);
}

TEST_F(RunTest, NoCliIsThree) {
  const Output output = Run("run --prompt hi --cli /nowhere/copilot");
  EXPECT_EQ(output.code, 3);
  EXPECT_THAT(output.text, HasSubstr("no Copilot CLI"));
}

TEST_F(RunTest, HelpShowsExamplesAndExitCodes) {
  const Output output = Run("--help");
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.text, HasSubstr("Examples:"));
  EXPECT_THAT(output.text, HasSubstr("Exit codes:"));
}

TEST_F(RunTest, AStoreCarriesTheConversationOn) {
  const std::string store = " --store " + directory_ + "/state/s.json";
  const Json first = Json::parse(Run("run --json -p one" + cli_ + store).text);
  const Json second = Json::parse(Run("run --json -p two" + cli_ + store).text);
  EXPECT_EQ(first["sdkSessionId"], second["sdkSessionId"]);
}

}  // namespace
}  // namespace copilot::harness
