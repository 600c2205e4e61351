// SPDX-License-Identifier: MIT
//
// From spawn to the answer of `connect`: the fake CLI, and the CLI that
// COPILOT_CLI_PATH names when it is set.
#include <benchmark/benchmark.h>

#include <asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/pipe_echo.h"
#include "wire/child_process.h"
#include "wire/peer.h"

namespace copilot::bench {
namespace {

class Silent : public wire::Peer::Handler {
 public:
  void OnRequest(const wire::Message&, wire::Responder) override {}
  void OnNotification(const wire::Message&) override {}
  void OnClosed(const std::string&) override {}
};

// Empty on success, else what went wrong.
std::string SpawnAndConnect(const std::string& cli, const std::string& home) {
  asio::io_context io;
  wire::ChildOptions options;
  options.argv = {cli, "--headless", "--no-auto-update", "--stdio"};
  options.environment = {"HOME=" + home,
                         "COPILOT_HOME=" + home + "/.copilot",
                         "COPILOT_OFFLINE=true",
                         "COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:9/v1",
                         "COPILOT_MODEL=gpt-4.1",
                         "PATH=/usr/bin:/bin"};
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) {
    options.environment.push_back(std::string("XDG_CACHE_HOME=") + cache);
  }
  auto child = wire::ChildProcess::Spawn(io, options);
  if (!child) return child.error();
  wire::Peer peer(io, (*child)->TakeTransport(),
                  wire::MakeContentLengthFraming());
  Silent silent;
  peer.Start(&silent);
  std::string error = "no answer";
  peer.Call("connect", "{}", [&](wire::RawResult result) {
    error = result ? "" : result.error().message;
    io.stop();
  });
  io.run();
  return error;
}

void Spawn(benchmark::State& state, const std::string& cli) {
  const std::string home =
      (std::filesystem::temp_directory_path() / "copilot-bench-home").string();
  std::filesystem::create_directories(home);
  for (auto _ : state) {
    const std::string error = SpawnAndConnect(cli, home);
    if (!error.empty()) {
      state.SkipWithError(error.c_str());
      break;
    }
  }
  std::filesystem::remove_all(home);
}

void SpawnFake(benchmark::State& state) {
  Spawn(state, ProgramDirectory() + "/fake-copilot");
}
BENCHMARK(SpawnFake)
    ->Name("SpawnToConnect/fake")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void SpawnReal(benchmark::State& state) {
  const char* cli = std::getenv("COPILOT_CLI_PATH");
  if (cli == nullptr) {
    state.SkipWithError("skipped: COPILOT_CLI_PATH names no CLI");
    return;
  }
  Spawn(state, cli);
}
BENCHMARK(SpawnReal)
    ->Name("SpawnToConnect/real")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5)
    ->UseRealTime();

}  // namespace
}  // namespace copilot::bench
