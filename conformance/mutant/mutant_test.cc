// SPDX-License-Identifier: MIT
//
// Proves the suite: it passes with a sound harness, and fails, in the right
// area, with each broken one. Proves the gate of live runs with the fake CLI in
// the place of a real one.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "conformance/mutant/mutation.h"
#include "conformance/sandbox.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kToken[] = "ghu_live-gate-test-token";
constexpr char kBin[] = PROGRAM_DIRECTORY;

struct Ran {
  int code = -1;
  std::string output;
};

Ran Shell(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  size_t size;
  while ((size = fread(buffer, 1, sizeof(buffer), pipe)) > 0) {
    ran.output.append(buffer, size);
  }
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

std::string Program(const std::string& name) {
  return std::string(kBin) + "/" + name;
}

// A run that stands in for a live one: the fake CLI answers what the live
// scenarios ask.
class Runs : public testing::Test {
 protected:
  // A wrapped fake CLI for live scenarios.
  std::string LiveCli() {
    sandbox_.Write(sandbox_.own("live.json"), R"({"turns":[
      {"when":{"prompt":{"regex":"ready"}},"say":"ready"},
      {"when":{"prompt":{"regex":"Remember the word"}},"say":"noted"},
      {"when":{"prompt":{"regex":"Which word"}},"say":"kingfisher"},
      {"when":{"prompt":{"regex":"live_echo"}},"steps":[
        {"toolCall":{"name":"live_echo","arguments":{"text":"phase-1-green"},
                     "as":"echo"}},
        {"say":"{{echo.text}}"}]}]})");
    const std::string cli = sandbox_.own("copilot");
    const Ran ran = Shell(Program("fake-copilot") + " wrap --out " + cli +
                          " --script " + sandbox_.own("live.json") +
                          " --journal " + sandbox_.own("live.jsonl"));
    EXPECT_EQ(ran.code, 0) << ran.output;
    return cli;
  }

  Ran Run(const std::string& arguments, const std::string& environment = "") {
    return Shell(environment + " " + Program("copilot-conformance") + " run " +
                 arguments + " --timeout 6000 --report json=" + report());
  }

  Ran RunLive(const std::string& more = "",
              const std::string& environment = "") {
    return Run("--target live --cli " + LiveCli() + " " + more,
               "env OPENCLAW_COPILOT_AGENT_LIVE_TOKEN=" + std::string(kToken) +
                   " " + environment);
  }

  std::string report() const { return sandbox_.own("report.json"); }

  int FailuresIn(const std::string& area) const {
    int failures = 0;
    const Json document = Json::parse(ReadFile(report()), nullptr, false);
    if (!document.is_object()) return 0;
    for (const Json& scenario : document["scenarios"]) {
      failures += scenario["area"] == area && scenario["status"] == "fail";
    }
    return failures;
  }

  Sandbox sandbox_;
};

class Mutants : public Runs, public testing::WithParamInterface<Mutation> {};

TEST_P(Mutants, AreCaughtInTheirArea) {
  const Mutation& mutation = GetParam();
  const std::string adapter =
      "--adapter '" + Program("mutant-adapter") + " " + mutation.name +
      " adapter " + Program("copilot-harness") + " adapter' --fail-fast";
  const Ran ran = mutation.area == "live"
                      ? RunLive(adapter)
                      : Run("--area " + mutation.area + " " + adapter);
  EXPECT_EQ(ran.code, 1) << ran.output;
  EXPECT_GT(FailuresIn(mutation.area), 0) << mutation.what << "\n"
                                          << ran.output;
  if (mutation.area == "live") {
    EXPECT_EQ(ran.output.find(kToken), std::string::npos)
        << "the token was printed";
    EXPECT_EQ(ReadFile(report()).find(kToken), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(, Mutants, testing::ValuesIn(Mutations()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

TEST_F(Runs, ASoundHarnessPassesEveryAreaThatMutantsBreak) {
  const Ran ran = Run("--target harness");
  EXPECT_EQ(ran.code, 0) << ran.output;
}

TEST_F(Runs, LiveScenariosPassWithATokenAndACli) {
  const Ran ran = RunLive();
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_NE(ran.output.find("3 passed, 0 failed"), std::string::npos)
      << ran.output;
  const std::string journal = ReadFile(sandbox_.own("live.jsonl"));
  EXPECT_NE(journal.find("session.create"), std::string::npos);
  EXPECT_EQ(journal.find(kToken), std::string::npos);
}

TEST_F(Runs, LiveScenariosAreSkippedWithTheReasonWithoutAToken) {
  const Ran ran =
      Run("--target live --cli " + LiveCli(),
          "env -u OPENCLAW_COPILOT_AGENT_LIVE_TOKEN GITHUB_TOKEN=generic");
  EXPECT_EQ(ran.code, 2) << ran.output;
  EXPECT_NE(ran.output.find(
                "skipped 3: OPENCLAW_COPILOT_AGENT_LIVE_TOKEN is not set"),
            std::string::npos)
      << ran.output;
  EXPECT_NE(ran.output.find("only a rehearsal knows"), std::string::npos);
  EXPECT_NE(ran.output.find("0 passed, 0 failed, 8 skipped"),
            std::string::npos);
}

TEST_F(Runs, LiveScenariosAreSkippedWithTheReasonWithoutACli) {
  const Ran ran = Run("--target live",
                      "env -u COPILOT_CLI_PATH "
                      "OPENCLAW_COPILOT_AGENT_LIVE_TOKEN=" +
                          std::string(kToken));
  EXPECT_EQ(ran.code, 2) << ran.output;
  EXPECT_NE(ran.output.find("skipped 3: no real CLI"), std::string::npos)
      << ran.output;
}

TEST_F(Runs, GenericTokensDoNotReachALiveHarness) {
  const std::string dump = sandbox_.own("environment");
  const std::string adapter = sandbox_.own("adapter");
  std::ofstream(adapter) << "env > " << dump << "\nexec "
                         << Program("copilot-harness") << " adapter\n";
  const Ran ran = RunLive("--adapter 'sh " + adapter + "'",
                          "COPILOT_GITHUB_TOKEN=generic-1 GH_TOKEN=generic-2 "
                          "GITHUB_TOKEN=generic-3 "
                          "OPENCLAW_GITHUB_TOKEN=generic-4");
  EXPECT_EQ(ran.code, 0) << ran.output;
  const std::string environment = ReadFile(dump);
  EXPECT_NE(environment.find("HOME="), std::string::npos);
  EXPECT_EQ(environment.find("generic-"), std::string::npos) << environment;
  EXPECT_EQ(environment.find(kToken), std::string::npos);
}

}  // namespace
}  // namespace copilot::conformance
