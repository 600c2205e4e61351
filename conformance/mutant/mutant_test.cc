// SPDX-License-Identifier: MIT
//
// Proves the suite: it passes with a sound harness (matrix_test.cc has the
// broken ones). Proves the gate of live runs with the fake CLI in the place of
// a real one.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "conformance/mutant/live_cli.h"
#include "conformance/mutant/mutation.h"
#include "conformance/stage/sandbox.h"
#include "conformance/test_program.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kBin[] = PROGRAM_DIRECTORY;

std::string Program(const std::string& name) {
  return std::string(kBin) + "/" + name;
}

// A run that stands in for a live one: the fake CLI answers what the live
// scenarios ask.
class Runs : public testing::Test {
 protected:
  Ran Run(const std::string& arguments, const std::string& environment = "") {
    return Shell(environment + " " + Program("copilot-conformance") + " run " +
                 arguments + " --timeout 6000 --report json=" + report());
  }

  Ran RunLive(const std::string& more = "",
              const std::string& environment = "") {
    return Run("--target live --cli " +
                   MakeLiveCli(sandbox_, Program("fake-copilot")) + " " + more,
               "env OPENCLAW_COPILOT_AGENT_LIVE_TOKEN=" +
                   std::string(kLiveToken) + " " + environment);
  }

  std::string report() const { return sandbox_.own("report.json"); }

  Sandbox sandbox_;
};

TEST_F(Runs, TheTokenStaysOutOfTheReportOfAHarnessThatLeaksIt) {
  for (const Mutation& mutation : Mutations()) {
    if (mutation.area != "live") continue;
    SCOPED_TRACE(mutation.name);
    const Ran ran = RunLive("--adapter '" + Program("mutant-adapter") + " " +
                            mutation.name + " adapter " +
                            Program("copilot-harness") + " adapter'");
    EXPECT_EQ(ran.code, 1) << ran.output;
    EXPECT_EQ(ran.output.find(kLiveToken), std::string::npos);
    EXPECT_EQ(ReadFile(report()).find(kLiveToken), std::string::npos);
  }
}

// The mutant needs two variables to swap; the scenario has four.
TEST_F(Runs, WhatCatchesAMutantIsReducedToWhatItTakes) {
  const std::string small = sandbox_.temp() + "/small.json";
  const Ran ran =
      Shell(Program("copilot-conformance") +
            " shrink auth/env-order-all-four --out " + small + " --adapter '" +
            Program("mutant-adapter") + " auth-order adapter " +
            Program("copilot-harness") + " adapter'");
  EXPECT_EQ(ran.code, 0) << ran.output;
  const Json document = Json::parse(ReadFile(small), nullptr, false);
  ASSERT_TRUE(document.is_object()) << ran.output;
  EXPECT_EQ(document["given"]["env"].size(), 2u) << document.dump(2);
  EXPECT_EQ(document["when"].size(), 1u) << document.dump(2);
  EXPECT_EQ(document["then"].size(), 1u) << document.dump(2);
}

TEST_F(Runs, LiveScenariosPassWithATokenAndACli) {
  const Ran ran = RunLive();
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_NE(ran.output.find("3 passed, 0 failed"), std::string::npos)
      << ran.output;
  const std::string journal = ReadFile(sandbox_.own("live.jsonl"));
  EXPECT_NE(journal.find("session.create"), std::string::npos);
  EXPECT_EQ(journal.find(kLiveToken), std::string::npos);
}

TEST_F(Runs, LiveScenariosAreSkippedWithTheReasonWithoutAToken) {
  const Ran ran = Run(
      "--target live --cli " + MakeLiveCli(sandbox_, Program("fake-copilot")),
      "env -u OPENCLAW_COPILOT_AGENT_LIVE_TOKEN GITHUB_TOKEN=generic");
  EXPECT_EQ(ran.code, 2) << ran.output;
  EXPECT_NE(ran.output.find(
                "skipped 3: OPENCLAW_COPILOT_AGENT_LIVE_TOKEN is not set"),
            std::string::npos)
      << ran.output;
  EXPECT_NE(ran.output.find("only a rehearsal knows"), std::string::npos);
  EXPECT_NE(ran.output.find("0 passed, 0 failed, 9 skipped"),
            std::string::npos);
}

TEST_F(Runs, LiveScenariosAreSkippedWithTheReasonWithoutACli) {
  const Ran ran = Run("--target live",
                      "env -u COPILOT_CLI_PATH "
                      "OPENCLAW_COPILOT_AGENT_LIVE_TOKEN=" +
                          std::string(kLiveToken));
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
  EXPECT_EQ(environment.find(kLiveToken), std::string::npos);
}

}  // namespace
}  // namespace copilot::conformance
