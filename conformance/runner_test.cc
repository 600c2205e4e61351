// SPDX-License-Identifier: MIT
#include "conformance/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "conformance/execution.h"
#include "conformance/programs.h"
#include "conformance/schemas/judge.h"
#include "conformance/schemas/small_release.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Settings With(const std::string& mode) {
  Settings settings;
  settings.adapter = {TEST_ADAPTER, mode};
  settings.fake_cli = FAKE_COPILOT;
  settings.path = OwnVariable("PATH");
  return settings;
}

Scenario Greeting(const std::string& id = "turn/greeting") {
  Scenario scenario;
  scenario.id = id;
  scenario.title = "The harness says hello";
  scenario.contract = {"C-1"};
  scenario.target = "harness";
  scenario.requires_capabilities = {"attempt"};
  scenario.when = {{{"attempt", {{"prompt", "hi"}}}, {"as", "first"}}};
  scenario.then = {
      {{"result", "first"}, {"match", {{"assistantTexts", {"hello"}}}}}};
  return scenario;
}

// For scenarios whose time is meant to be up.
Scenario Short(Scenario scenario) {
  scenario.timeout_ms = 300;
  return scenario;
}

TEST(Execute, AGoodAdapterPasses) {
  const Verdict verdict = Execute(Greeting(), With("good"));
  EXPECT_EQ(verdict.status, Status::kPass) << verdict.reason;
  EXPECT_THAT(verdict.failures, IsEmpty());
  EXPECT_EQ(verdict.id, "turn/greeting");
  EXPECT_EQ(verdict.area, "turn");
  EXPECT_THAT(verdict.contract, ElementsAre("C-1"));
  EXPECT_GT(verdict.seconds, 0);
}

TEST(Execute, AFrameOfTheCliThatLeavesItsSchemaFailsWhenSomebodyLooks) {
  const SmallRelease release;
  const auto judge = SchemaJudge::Make(
      release.path(), Strictness::kStrict,
      release.Write("differences.json", R"({"differences": []})"));
  ASSERT_TRUE(judge) << judge.error();
  Scenario scenario = Greeting();
  const Json asked = {{"event", "received"},
                      {"message", {{"id", 1}, {"method", "ping"}}}};
  const Json said = {{"event", "sent"},
                     {"message", {{"id", 1}, {"result", {{"text", 7}}}}}};
  scenario.when.push_back(
      {{"writeFile",
        {{"path", "${root}/runner/journal.jsonl"},
         {"text", asked.dump() + "\n" + said.dump() + "\n"}}}});
  Settings settings = With("good");
  EXPECT_EQ(Execute(scenario, settings).status, Status::kPass);
  settings.schemas = judge->get();
  const Verdict verdict = Execute(scenario, settings);
  EXPECT_EQ(verdict.status, Status::kFail) << verdict.reason;
  ASSERT_THAT(verdict.failures, testing::SizeIs(1));
  EXPECT_EQ(verdict.failures[0].title, "result ping leaves its schema");
  EXPECT_THAT(verdict.failures[0].detail,
              HasSubstr("$.result.message: missing member"));
}

TEST(Execute, AWrongAnswerFails) {
  Scenario scenario = Greeting();
  scenario.then[0]["match"]["assistantTexts"] = {"bye"};
  const Verdict verdict = Execute(scenario, With("good"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_EQ(verdict.failures.size(), 1u);
  EXPECT_EQ(verdict.failures[0].title, "result of first");
}

TEST(Execute, AMissingCapabilitySkips) {
  Scenario scenario = Greeting();
  scenario.requires_capabilities = {"attempt", "abort"};
  const Verdict verdict = Execute(scenario, With("good"));
  EXPECT_EQ(verdict.status, Status::kSkip);
  EXPECT_THAT(verdict.reason, HasSubstr("\"abort\""));
}

TEST(Execute, AnAdapterThatHangsRunsOutOfTime) {
  const Verdict verdict = Execute(Short(Greeting()), With("hang"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_FALSE(verdict.failures.empty());
  EXPECT_EQ(verdict.failures[0].title, "step 1");
  EXPECT_THAT(verdict.failures[0].detail,
              StartsWith("time is up while waiting for the adapter's answer "
                         "to attempt.run"));
}

TEST(Execute, TheSettingsTimeLimitWins) {
  Settings settings = With("hang");
  settings.timeout_ms = 300;
  const Verdict verdict = Execute(Greeting(), settings);
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_FALSE(verdict.failures.empty());
  EXPECT_THAT(verdict.failures[0].detail, HasSubstr("time is up"));
}

TEST(Execute, AnAttemptInTheBackgroundThatHangsRunsOutOfTime) {
  Scenario scenario = Short(Greeting());
  scenario.when[0]["background"] = true;
  scenario.when.push_back({{"await", "first"}});
  const Verdict verdict = Execute(scenario, With("hang"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_FALSE(verdict.failures.empty());
  EXPECT_EQ(verdict.failures[0].title, "step 2");
  EXPECT_THAT(verdict.failures[0].detail, HasSubstr("the end of first"));
}

TEST(Execute, AnAdapterThatDiesFailsInThatStep) {
  const Verdict verdict = Execute(Greeting(), With("die"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_FALSE(verdict.failures.empty());
  EXPECT_EQ(verdict.failures[0].title, "step 1");
  EXPECT_THAT(verdict.failures[0].detail,
              StartsWith("the adapter ended during attempt.run"));
}

TEST(Execute, AnotherProtocolVersionIsAnError) {
  const Verdict verdict = Execute(Greeting(), With("wrong-version"));
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_EQ(verdict.reason, "the adapter speaks protocol version 2, not 1");
}

TEST(Execute, ARefusedInitializeIsAnError) {
  const Verdict verdict = Execute(Greeting(), With("refuse"));
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_THAT(verdict.reason, HasSubstr("refused initialize"));
  EXPECT_THAT(verdict.reason, HasSubstr("not today"));
}

TEST(Execute, GarbageBetweenMessagesIsPassedOver) {
  Scenario scenario = Greeting();
  scenario.then.push_back(
      {{"notified", "$garbage"},
       {"match", {{"text", {{"$contains", "no message"}}}}}});
  const Verdict verdict = Execute(scenario, With("garbage"));
  EXPECT_EQ(verdict.status, Status::kPass)
      << (verdict.failures.empty() ? "" : verdict.failures[0].detail);
}

TEST(Execute, AFloodOnStderrDoesNotBlock) {
  const Verdict verdict = Execute(Greeting(), With("flood-stderr"));
  EXPECT_EQ(verdict.status, Status::kPass) << verdict.reason;
}

TEST(Execute, AFailureShowsTheEndOfStderrOnly) {
  Scenario scenario = Greeting();
  scenario.then = {{{"error", "first"}}};
  const Verdict verdict = Execute(scenario, With("flood-stderr"));
  EXPECT_EQ(verdict.status, Status::kFail);
  EXPECT_GT(verdict.stderr_tail.size(), 1000u);
  EXPECT_LE(verdict.stderr_tail.size(), 4000u);
}

TEST(Execute, AnAdapterThatDoesNotExistIsAnError) {
  Settings settings = With("good");
  settings.adapter = {"/no/such/adapter"};
  const Verdict verdict = Execute(Greeting(), settings);
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_THAT(verdict.reason, HasSubstr("/no/such/adapter"));
}

TEST(Execute, AScriptThatTheFakeCliRefusesIsAnError) {
  Scenario scenario = Greeting();
  scenario.given["cli"] = {{"turns", 7}};
  const Verdict verdict = Execute(scenario, With("good"));
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_THAT(verdict.reason, HasSubstr("given.cli"));
  EXPECT_THAT(verdict.reason, HasSubstr("turns"));
}

TEST(Execute, AStepThatIsNotForAHarnessFails) {
  Scenario scenario = Greeting();
  scenario.when = {{{"call", "session.create"}}};
  scenario.then = {};
  const Verdict verdict = Execute(scenario, With("good"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_FALSE(verdict.failures.empty());
  EXPECT_THAT(verdict.failures[0].detail, HasSubstr("not for a harness"));
}

TEST(Execute, ALiveScenarioWithoutATokenIsSkipped) {
  Scenario scenario = Greeting();
  scenario.target = "live";
  const Verdict verdict = Execute(scenario, With("good"));
  EXPECT_EQ(verdict.status, Status::kSkip);
  EXPECT_THAT(verdict.reason, HasSubstr("is not set"));
}

TEST(Execute, WhatOnlyARehearsalKnowsIsSkippedWithoutOne) {
  Settings settings = With("good");
  settings.live_token = wire::Secret("hello");
  settings.cli = "/bin/true";
  Scenario scenario = Greeting();
  scenario.target = "live";
  scenario.requires_capabilities = {"attempt", "rehearsal"};
  Verdict verdict = Execute(scenario, settings);
  EXPECT_EQ(verdict.status, Status::kSkip);
  EXPECT_THAT(verdict.reason, HasSubstr("only a rehearsal"));
  settings.rehearse = true;
  verdict = Execute(scenario, settings);
  EXPECT_EQ(verdict.status, Status::kSkip);
  EXPECT_THAT(verdict.reason, HasSubstr("no rehearsal is written"));
}

TEST(Execute, TheLiveTokenIsNeverShown) {
  Settings settings = With("good");
  settings.live_token = wire::Secret("hello");
  Scenario scenario = Greeting();
  scenario.then[0]["match"]["assistantTexts"] = {"bye"};
  const Verdict verdict = Execute(scenario, settings);
  ASSERT_EQ(verdict.failures.size(), 1u);
  EXPECT_THAT(verdict.failures[0].detail, Not(HasSubstr("hello")));
  EXPECT_THAT(verdict.failures[0].detail,
              HasSubstr(settings.live_token.fingerprint()));
}

TEST(Execute, TheDirectoryOfAFailureIsKeptOnRequest) {
  Settings settings = With("good");
  settings.keep = true;
  EXPECT_EQ(Execute(Greeting(), settings).kept_directory, "");

  Scenario scenario = Greeting();
  scenario.then = {{{"error", "first"}}};
  const Verdict verdict = Execute(scenario, settings);
  ASSERT_NE(verdict.kept_directory, "");
  EXPECT_TRUE(std::filesystem::is_directory(verdict.kept_directory));
  std::filesystem::remove_all(verdict.kept_directory);
}

std::vector<std::string> Ids(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> ids;
  for (const Verdict& verdict : verdicts) ids.push_back(verdict.id);
  return ids;
}

Scenario Broken(const std::string& id) {
  Scenario scenario = Greeting(id);
  scenario.then = {{{"error", "first"}}};
  return scenario;
}

TEST(RunAll, TroubleCostsOnlyThatScenario) {
  RunOptions options;
  options.jobs = 2;
  int told = 0;
  const auto verdicts =
      RunAll({Broken("a/1"), Greeting("a/2"), Broken("a/3"), Greeting("a/4")},
             With("good"), options, [&](const Verdict&) { ++told; });
  EXPECT_EQ(told, 4);
  EXPECT_THAT(Ids(verdicts), ElementsAre("a/1", "a/2", "a/3", "a/4"));
  EXPECT_EQ(verdicts[0].status, Status::kFail);
  EXPECT_EQ(verdicts[1].status, Status::kPass);
  EXPECT_EQ(verdicts[2].status, Status::kFail);
  EXPECT_EQ(verdicts[3].status, Status::kPass);
}

TEST(RunAll, EveryScenarioGetsAnAdapterOfItsOwn) {
  const auto verdicts = RunAll({Greeting("a/1"), Greeting("a/2")}, With("die"),
                               RunOptions{}, [](const Verdict&) {});
  ASSERT_EQ(verdicts.size(), 2u);
  for (const Verdict& verdict : verdicts) {
    EXPECT_EQ(verdict.status, Status::kFail);
    EXPECT_THAT(verdict.failures[0].detail, HasSubstr("the adapter ended"));
  }
}

TEST(RunAll, RepeatsRoundAfterRound) {
  RunOptions options;
  options.repeat = 2;
  const auto verdicts = RunAll({Greeting("a/1"), Greeting("a/2")}, With("good"),
                               options, [](const Verdict&) {});
  EXPECT_THAT(Ids(verdicts), ElementsAre("a/1", "a/2", "a/1", "a/2"));
  EXPECT_EQ(verdicts[1].round, 1);
  EXPECT_EQ(verdicts[2].round, 2);
}

TEST(RunAll, StopsAtTheFirstFailureWhenToldTo) {
  RunOptions options;
  options.fail_fast = true;
  const auto verdicts =
      RunAll({Greeting("a/1"), Broken("a/2"), Greeting("a/3")}, With("good"),
             options, [](const Verdict&) {});
  EXPECT_THAT(Ids(verdicts), ElementsAre("a/1", "a/2"));
}

TEST(RunAll, HasNothingToSayAboutNothing) {
  EXPECT_THAT(
      RunAll({}, With("good"), RunOptions{}, [](const Verdict&) {}).size(), 0u);
}

}  // namespace
}  // namespace copilot::conformance
