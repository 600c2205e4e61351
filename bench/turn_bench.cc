// SPDX-License-Identifier: MIT
//
// A turn end to end over stdio: the harness on one side, fake-copilot on the
// other. The fake tells of a plain turn as the real CLI does, in some thirty
// events and notifications, ten of them lasting or of interest to a host.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/pipe_echo.h"
#include "bench/raw_client.h"
#include "harness/cli_client.h"
#include "harness/harness.h"

namespace copilot::bench {
namespace {

using harness::Harness;

class Home {
 public:
  Home() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Home() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// How long each iteration took; the percentiles become counters.
class Latencies {
 public:
  explicit Latencies(benchmark::State& state) : state_(state) {}
  ~Latencies() {
    if (all_.empty()) return;
    std::sort(all_.begin(), all_.end());
    state_.counters["p50_us"] = all_[all_.size() / 2];
    state_.counters["p99_us"] = all_[all_.size() * 99 / 100];
  }
  Latencies(const Latencies&) = delete;
  Latencies& operator=(const Latencies&) = delete;

  void Begin() { began_ = Clock::now(); }
  void End() {
    const std::chrono::duration<double, std::micro> took =
        Clock::now() - began_;
    all_.push_back(took.count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  benchmark::State& state_;
  std::vector<double> all_;
  Clock::time_point began_;
};

// A long history is another benchmark: the CLI tells of all of it in each turn.
constexpr int kTurnsOfASession = 20;

constexpr char kPrompt[] = "What is 2+2?";

// What the harness says to open a session, for one that says the same.
std::string CreateFrame(int id, const std::string& session,
                        const std::string& home) {
  harness::SessionConfig config;
  config.model = "gpt-4.1";
  config.available_tools = {"builtin:ask_user"};
  config.working_directory = home;
  config.on_permission_request = [](const harness::Json&, const std::string&) {
    return harness::Json();
  };
  config.on_user_input_request = [](const auto&, const auto&) {};
  return RawClient::Frame(id, "session.create",
                          harness::CreateParams(config, session).dump());
}

std::string OnSession(int id, const char* method, const std::string& session,
                      const std::string& more = "") {
  return RawClient::Frame(id, method,
                          R"({"sessionId":")" + session + "\"" + more + "}");
}

std::string SendFrame(int id, const std::string& session) {
  return OnSession(id, "session.send", session,
                   std::string(R"(,"prompt":")") + kPrompt + "\"");
}

constexpr char kIdle[] = R"("type":"session.idle")";

// The frames of Turn/harness without a harness.
void RawTurn(benchmark::State& state) {
  const Home home;
  RawClient client(ProgramDirectory() + "/fake-copilot", home.path());
  if (!client.Connect()) return state.SkipWithError("no connection");
  int number = 0;
  int turns = 0;
  std::string send;
  Latencies latencies(state);
  for (auto _ : state) {
    if (turns++ % kTurnsOfASession == 0) {
      state.PauseTiming();
      const std::string session = "s-" + std::to_string(++number);
      send = SendFrame(3, session);
      if (!client.Exchange(CreateFrame(2, session, home.path()), R"("id":2)")) {
        state.SkipWithError("no session");
      }
      state.ResumeTiming();
    }
    latencies.Begin();
    if (!client.Exchange(send, kIdle)) state.SkipWithError("the turn failed");
    latencies.End();
  }
}
BENCHMARK(RawTurn)
    ->Name("Turn/raw")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// One message on an open session, until it is idle.
void Turn(benchmark::State& state) {
  const Home home;
  const auto loop = std::make_shared<harness::Loop>();
  const auto executor = std::make_shared<harness::ThreadExecutor>();
  harness::CliWorld world;
  world.loop = loop.get();
  world.clock = harness::MakeRealClock(loop.get());
  world.executor = executor;
  world.environment = std::make_shared<harness::ProcessEnvironment>();
  world.target.path = ProgramDirectory() + "/fake-copilot";
  harness::ClientOptions options;
  options.base_directory = home.path();
  const auto client = harness::MakeCliClient(world, options);
  harness::SessionConfig config;
  config.model = "gpt-4.1";
  config.working_directory = home.path();
  harness::MessageOptions message;
  message.prompt = kPrompt;
  std::shared_ptr<harness::SdkSession> session;
  int turns = 0;
  Latencies latencies(state);
  for (auto _ : state) {
    if (turns++ % kTurnsOfASession == 0) {
      state.PauseTiming();
      if (session) (void)session->Disconnect();
      const auto opened = client->CreateSession(config);
      if (!opened) {
        state.SkipWithError(opened.error().message.c_str());
        break;
      }
      session = *opened;
      state.ResumeTiming();
    }
    latencies.Begin();
    const auto answer =
        session->SendAndWait(message, harness::Milliseconds(10000));
    latencies.End();
    if (!answer || !*answer) {
      state.SkipWithError("the turn failed");
      break;
    }
  }
  if (session) (void)session->Disconnect();
  (void)client->Stop();
}
BENCHMARK(Turn)
    ->Name("Turn/harness")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// The frames of Attempt/harness without a harness: create, turn, destroy.
void RawAttempt(benchmark::State& state) {
  const Home home;
  RawClient client(ProgramDirectory() + "/fake-copilot", home.path());
  if (!client.Connect()) return state.SkipWithError("no connection");
  int number = 0;
  Latencies latencies(state);
  for (auto _ : state) {
    const std::string session = "s-" + std::to_string(++number);
    const std::string create = CreateFrame(2, session, home.path());
    const std::string send = SendFrame(3, session);
    const std::string destroy = OnSession(4, "session.destroy", session);
    latencies.Begin();
    const bool went = client.Exchange(create, R"("id":2)") &&
                      client.Exchange(send, kIdle) &&
                      client.Exchange(destroy, R"("id":4)");
    latencies.End();
    state.PauseTiming();
    if (!went || !client.Exchange(OnSession(5, "session.delete", session),
                                  R"("id":5)")) {
      state.SkipWithError("the attempt failed");
    }
    state.ResumeTiming();
  }
}
BENCHMARK(RawAttempt)
    ->Name("Attempt/raw")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// A whole attempt: session, turn, result, disconnect.
void Attempt(benchmark::State& state) {
  const Home home;
  harness::HarnessOptions options;
  options.cli.path = ProgramDirectory() + "/fake-copilot";
  Harness harness(std::move(options));
  harness::AttemptParams params;
  params.session_id = "bench";
  params.run_id = "run";
  params.prompt = kPrompt;
  params.provider = "github-copilot";
  params.model_id = "gpt-4.1";
  params.copilot_home = home.path();
  params.workspace_dir = home.path();
  Latencies latencies(state);
  for (auto _ : state) {
    latencies.Begin();
    const auto result = harness.RunAttempt(params, {});
    latencies.End();
    if (!result || result->prompt_error) {
      state.SkipWithError("the attempt failed");
      break;
    }
    // A conversation of its own each time: a long history is another benchmark.
    state.PauseTiming();
    harness.Reset(params.session_id);
    state.ResumeTiming();
  }
}
BENCHMARK(Attempt)
    ->Name("Attempt/harness")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace copilot::bench
