// SPDX-License-Identifier: MIT
//
// A turn end to end over stdio: the harness on one side, fake-copilot on the
// other. The fake tells of a plain turn as the real CLI does, in some thirty
// events and notifications, ten of them lasting or of interest to a host.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "bench/pipe_echo.h"
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
  const auto session = client->CreateSession(config);
  if (!session) {
    state.SkipWithError(session.error().message.c_str());
    return;
  }
  harness::MessageOptions message;
  message.prompt = "What is 2+2?";
  for (auto _ : state) {
    const auto answer =
        (*session)->SendAndWait(message, harness::Milliseconds(10000));
    if (!answer || !*answer) {
      state.SkipWithError("the turn failed");
      break;
    }
  }
  (void)(*session)->Disconnect();
  (void)client->Stop();
}
BENCHMARK(Turn)
    ->Name("Turn/session")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

// A whole attempt: resume, turn, result, disconnect.
void Attempt(benchmark::State& state) {
  const Home home;
  harness::HarnessOptions options;
  options.cli.path = ProgramDirectory() + "/fake-copilot";
  Harness harness(std::move(options));
  harness::AttemptParams params;
  params.session_id = "bench";
  params.run_id = "run";
  params.prompt = "What is 2+2?";
  params.provider = "github-copilot";
  params.model_id = "gpt-4.1";
  params.copilot_home = home.path();
  params.workspace_dir = home.path();
  for (auto _ : state) {
    const auto result = harness.RunAttempt(params, {});
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
    ->Name("Turn/attempt")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace copilot::bench
