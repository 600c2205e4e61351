// SPDX-License-Identifier: MIT
#include "conformance/run/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "conformance/protocol/use.h"
#include "conformance/run/execution.h"
#include "conformance/schemas/judge.h"
#include "conformance/schemas/small_release.h"
#include "conformance/stage/programs.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Settings With(const std::string& mode) {
  std::signal(SIGPIPE, SIG_IGN);  // adapters die; as in main.cc
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

TEST(RunAll, BeginsNothingOnceItIsInterrupted) {
  std::atomic<bool> interrupted = false;
  RunOptions options;
  options.repeat = 10;
  options.interrupted = &interrupted;
  const auto verdicts =
      RunAll({Greeting()}, With("good"), options,
             [&](const Verdict& verdict) { interrupted = verdict.round == 3; });
  EXPECT_EQ(verdicts.size(), 3u);
}

TEST(Execute, AGoodAdapterPasses) {
  const Verdict verdict = Execute(Greeting(), With("good"));
  EXPECT_EQ(verdict.status, Status::kPass) << verdict.reason;
  EXPECT_THAT(verdict.failures, IsEmpty());
  EXPECT_EQ(verdict.id, "turn/greeting");
  EXPECT_EQ(verdict.area, "turn");
  EXPECT_THAT(verdict.contract, ElementsAre("C-1"));
  EXPECT_GT(verdict.seconds, 0);
  EXPECT_EQ(verdict.implementation, "test-adapter");
  EXPECT_EQ(verdict.implementation_version, "1.2.3");
}

// What a fake CLI might have recorded: these frames, by the client or the CLI.
struct Said {
  bool by_client;
  Json message;
};

Scenario WithJournal(const std::vector<Said>& frames) {
  const auto line = [](int number, const char* event, Json members) {
    members.update(
        {{"t", 0}, {"pid", 1}, {"seq", number}, {"event", event}, {"conn", 1}});
    return members.dump() + "\n";
  };
  std::string text = line(1, "connected", Json::object());
  int number = 1;
  for (Said said : frames) {
    said.message["jsonrpc"] = "2.0";
    text += line(++number, said.by_client ? "received" : "sent",
                 {{"message", said.message}});
  }
  Scenario scenario = Greeting();
  scenario.when.push_back(
      {{"writeFile",
        {{"path", "${root}/runner/journal.jsonl"}, {"text", text}}}});
  return scenario;
}

const Said kPing = {true, {{"id", 1}, {"method", "ping"}}};
const Said kPong = {false, {{"id", 1}, {"result", {{"message", "a"}}}}};

TEST(Execute, FramesAreCounted) {
  const Verdict verdict = Execute(WithJournal({kPing, kPong}), With("good"));
  EXPECT_EQ(verdict.status, Status::kPass) << verdict.reason;
  EXPECT_EQ(verdict.frames, 2u);
}

TEST(Execute, WhatAHarnessBreaksFails) {
  const Verdict verdict =
      Execute(WithJournal({kPing, kPing, kPong}), With("good"));
  EXPECT_EQ(verdict.status, Status::kFail) << verdict.reason;
  ASSERT_THAT(verdict.failures, testing::SizeIs(1));
  EXPECT_EQ(verdict.failures[0].title, "invariant request-ids");
  EXPECT_THAT(verdict.failures[0].detail,
              StartsWith("the client gives ping the id 1 of a request that is "
                         "still open\n  frame 2   {"));
}

TEST(Execute, WhatTheFakeCliBreaksIsTheFaultOfTheSuite) {
  const Verdict verdict =
      Execute(WithJournal({kPing, kPong, kPong}), With("good"));
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_THAT(verdict.reason,
              AllOf(HasSubstr("the fault of the suite"),
                    HasSubstr("invariant answers\nthe CLI answers 1 again")));
  EXPECT_THAT(verdict.failures, IsEmpty());
}

TEST(Execute, AScenarioMayBreakAnInvariantOnPurpose) {
  Scenario scenario = WithJournal({kPing, kPong, kPong});
  scenario.monitors_off = {"answers"};
  EXPECT_EQ(Execute(scenario, With("good")).status, Status::kPass);
  scenario.monitors_off = {"turns"};
  EXPECT_EQ(Execute(scenario, With("good")).status, Status::kError);
}

TEST(Execute, AJournalThatIsWrongIsTheFaultOfTheSuite) {
  Scenario scenario = Greeting();
  scenario.when.push_back({{"writeFile",
                            {{"path", "${root}/runner/journal.jsonl"},
                             {"text", "{\"event\": \"sent\"}\n"}}}});
  const Verdict verdict = Execute(scenario, With("good"));
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_THAT(verdict.reason, HasSubstr("line 1 of the journal"));
}

TEST(Execute, FramesThatLeaveTheirSchemaAreBlamedOnWhoSaidThem) {
  const SmallRelease release;
  const auto judge = SchemaJudge::Make(
      release.path(), Strictness::kStrict,
      release.Write("differences.json", R"({"differences": []})"));
  ASSERT_TRUE(judge) << judge.error();
  const Scenario of_cli =
      WithJournal({kPing, {false, {{"id", 1}, {"result", {{"text", 7}}}}}});
  const Scenario of_harness = WithJournal(
      {{true, {{"method", "session.send"}, {"params", {{"prompt", 7}}}}}});
  Settings settings = With("good");
  EXPECT_EQ(Execute(of_cli, settings).status, Status::kPass);
  EXPECT_EQ(Execute(of_harness, settings).status, Status::kPass);
  settings.schemas = judge->get();
  const Verdict suite = Execute(of_cli, settings);
  EXPECT_EQ(suite.status, Status::kError);
  EXPECT_THAT(suite.reason, HasSubstr("result ping leaves its schema\n  "
                                      "$.result.message: missing member"));
  const Verdict verdict = Execute(of_harness, settings);
  EXPECT_EQ(verdict.status, Status::kFail) << verdict.reason;
  ASSERT_THAT(verdict.failures, testing::SizeIs(1));
  EXPECT_EQ(verdict.failures[0].title, "params session.send leaves its schema");
  EXPECT_THAT(verdict.failures[0].detail, HasSubstr("$.params.prompt"));
}

TEST(Execute, WhatIsUsedOfTheProtocolsIsCollectedOnRequest) {
  ProtocolUse use;
  Settings settings = With("good");
  settings.protocol_use = &use;
  Execute(WithJournal({kPing, kPong}), settings);
  const std::string file = testing::TempDir() + "protocol-use.json";
  ASSERT_TRUE(use.Write(file));
  EXPECT_THAT(LoadProtocolUse(file).value(),
              testing::IsSupersetOf(
                  {"method ping", "result ping", "result ping $.message",
                   "adapter attempt.run", "capability attempt"}));
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

// The only failure of a greeting by a test adapter in this mode.
Failure OnlyFailure(const std::string& mode) {
  const Verdict verdict = Execute(Greeting(), With(mode));
  EXPECT_EQ(verdict.status, Status::kFail) << verdict.reason;
  EXPECT_EQ(verdict.failures.size(), 1u);
  return verdict.failures.empty() ? Failure() : verdict.failures[0];
}

TEST(Execute, GarbageBetweenMessagesFailsTheScenarioThatGoesOn) {
  const Failure failure = OnlyFailure("garbage");
  EXPECT_EQ(failure.title, "protocol: no message");
  EXPECT_THAT(failure.detail, HasSubstr("line 3 that the adapter sent: this "
                                        "is {no message"));
}

TEST(Execute, ASecondAnswerFails) {
  const Failure failure = OnlyFailure("twice");
  EXPECT_EQ(failure.title, "protocol: result of attempt.run");
  EXPECT_THAT(failure.detail, HasSubstr("has been answered already"));
}

TEST(Execute, AResultThatLeavesTheProtocolIsShownWithItsPath) {
  const Verdict verdict = Execute(Greeting(), With("wrong-result"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_FALSE(verdict.failures.empty());
  EXPECT_EQ(verdict.failures[0].title, "protocol: result of attempt.run");
  EXPECT_THAT(verdict.failures[0].detail,
              HasSubstr("$.result.assistantTexts: expected array"));
}

TEST(Execute, AnAnswerToNobodyFailsWithoutWaitingForTheTimeLimit) {
  const Verdict verdict = Execute(Greeting(), With("unknown-id"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_GE(verdict.failures.size(), 2u);
  EXPECT_EQ(verdict.failures[0].title, "protocol: result to nobody");
  EXPECT_EQ(verdict.failures[1].title, "step 1");
  EXPECT_THAT(verdict.failures[1].detail,
              StartsWith("no answer to attempt.run"));
}

TEST(Execute, ASkipHidesNoFaultOfTheAdapter) {
  Scenario scenario = Greeting();
  scenario.requires_capabilities = {"abort"};
  const Verdict verdict = Execute(scenario, With("wrong-hello"));
  EXPECT_EQ(verdict.status, Status::kFail);
  ASSERT_FALSE(verdict.failures.empty());
  EXPECT_THAT(verdict.failures[0].detail, HasSubstr("name"));
}

TEST(Execute, AnswersMayComeInAnyOrder) {
  Scenario scenario = Greeting();
  scenario.when[0]["background"] = true;
  scenario.when.push_back({{"attempt", {{"prompt", "hi"}}}, {"as", "second"}});
  scenario.when.push_back({{"await", "first"}});
  const Verdict verdict = Execute(scenario, With("reverse"));
  EXPECT_EQ(verdict.status, Status::kPass)
      << (verdict.failures.empty() ? "" : verdict.failures[0].detail);
}

TEST(Execute, WhatTheRunnerSendsWronglyIsAFaultOfTheSuite) {
  Scenario scenario = Greeting();
  scenario.when[0]["attempt"]["prompt"] = 7;
  const Verdict verdict = Execute(scenario, With("good"));
  EXPECT_EQ(verdict.status, Status::kError);
  EXPECT_THAT(verdict.reason, StartsWith("fault of the suite: request "
                                         "attempt.run"));
  EXPECT_THAT(verdict.reason, HasSubstr("$.params.params.prompt"));
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

TEST(Execute, AFailureTellsWhatWasSaidAndHowToRunItAgain) {
  Settings settings = With("good");
  settings.flags = " --adapter x";
  EXPECT_THAT(Execute(Greeting(), settings).conversation, IsEmpty());
  settings.keep_conversations = true;
  EXPECT_FALSE(Execute(Greeting(), settings).conversation.empty());

  settings.keep_conversations = false;
  Scenario scenario = Greeting();
  scenario.then[0]["match"]["assistantTexts"] = {"bye"};
  scenario.when[0]["attempt"]["prompt"] = "with tok-secret";
  const Verdict verdict = Execute(scenario, settings);
  EXPECT_EQ(verdict.reproduce,
            "copilot-conformance run turn/greeting --adapter x --keep");
  EXPECT_EQ(verdict.implementation, "test-adapter");
  std::string said;
  for (const Utterance& each : verdict.conversation) {
    said += each.from + " " + Name(each.kind) + " " + each.title + " " +
            each.text + "\n";
  }
  EXPECT_THAT(said, HasSubstr("runner request attempt.run first"));
  EXPECT_THAT(said,
              HasSubstr("harness answer attempt.run first "
                        R"({"aborted":false,"assistantTexts":["hello"])"));
  EXPECT_THAT(said, HasSubstr("harness exit exit code 0"));
  EXPECT_THAT(said, HasSubstr(wire::Fingerprint("tok-secret")));
  EXPECT_THAT(said, Not(HasSubstr("tok-secret")));
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

// Passes in the `served`-th scenario of a process.
Scenario ServedAs(int served) {
  Scenario scenario = Greeting("a/" + std::to_string(served));
  scenario.then.push_back(
      {{"result", "first"},
       {"match", {{"served", served}, {"home", "${home}"}}}});
  return scenario;
}

std::vector<Verdict> RunInOrder(const std::vector<Scenario>& scenarios,
                                const std::string& mode,
                                const RunOptions& options = {}) {
  return RunAll(scenarios, With(mode), options, [](const Verdict&) {});
}

std::string Trouble(const std::vector<Verdict>& verdicts) {
  std::string text;
  for (const Verdict& verdict : verdicts) {
    text += verdict.reason;
    for (const Failure& failure : verdict.failures) {
      text += verdict.id + " " + failure.title + ": " + failure.detail;
    }
  }
  return text;
}

TEST(RunAll, APersistentAdapterServesOneScenarioAfterTheOther) {
  EXPECT_EQ(Trouble(RunInOrder({ServedAs(1), ServedAs(2), ServedAs(3)},
                               "persistent")),
            "");
}

TEST(RunAll, EveryScenarioGetsAFreshPersistentAdapterWhenToldTo) {
  RunOptions options;
  options.adapters = AdapterReuse::kNever;
  EXPECT_EQ(
      Trouble(RunInOrder({ServedAs(1), ServedAs(1)}, "persistent", options)),
      "");
}

TEST(RunAll, AScenarioThatRestartsTheAdapterHasProcessesOfItsOwn) {
  Scenario restarts = ServedAs(1);
  restarts.when.insert(restarts.when.begin(),
                       Json::object({{"restart", true}}));
  EXPECT_EQ(
      Trouble(RunInOrder({ServedAs(1), restarts, ServedAs(2)}, "persistent")),
      "");
}

TEST(RunAll, VariablesThatCountAtTheStartNeedAProcessOfTheirOwn) {
  Scenario zone = ServedAs(1);
  zone.given["env"] = {{"TZ", "UTC"}};
  EXPECT_EQ(Trouble(RunInOrder({ServedAs(1), zone, ServedAs(2)}, "persistent")),
            "");
}

TEST(RunAll, ASkippedScenarioTakesNothingFromAPersistentAdapter) {
  Scenario skipped = Greeting();
  skipped.requires_capabilities = {"abort"};
  const auto verdicts =
      RunInOrder({ServedAs(1), skipped, ServedAs(2)}, "persistent");
  EXPECT_EQ(verdicts[1].status, Status::kSkip);
  EXPECT_EQ(verdicts[2].status, Status::kPass);
}

TEST(RunAll, ACrashOfAPersistentAdapterCostsOneScenario) {
  const auto verdicts =
      RunInOrder({ServedAs(1), ServedAs(2), ServedAs(1)}, "persistent-dies");
  EXPECT_EQ(verdicts[0].status, Status::kPass);
  EXPECT_EQ(verdicts[1].status, Status::kFail);
  EXPECT_EQ(verdicts[2].status, Status::kPass);
}

TEST(RunAll, AnAttemptThatIsNeverAnsweredFailsItsScenario) {
  Scenario open = Greeting("a/open");
  open.when[0]["background"] = true;
  open.then = {};
  const auto verdicts = RunInOrder({open}, "persistent-open");
  ASSERT_EQ(verdicts[0].status, Status::kFail);
  EXPECT_THAT(verdicts[0].failures[0].title, "protocol: scenario.end");
  EXPECT_THAT(verdicts[0].failures[0].detail, HasSubstr("attempt.run (id 3)"));
}

TEST(RunAll, ClisThatAPersistentAdapterLeavesFailItsScenario) {
  Scenario leaves = Greeting();
  leaves.when.push_back({{"waitFor", {{"spawned", 1}}}});
  const auto verdicts = RunInOrder({leaves}, "persistent-leaves-cli");
  ASSERT_EQ(verdicts[0].status, Status::kFail);
  EXPECT_THAT(verdicts[0].failures[0].detail,
              HasSubstr("while CLIs of the scenario run"));
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

// Fails when it runs for the first time, and passes from then on.
Scenario FailsOnce(const std::string& id, const Sandbox& sandbox) {
  Scenario scenario = Greeting(id);
  const std::string trace = sandbox.temp() + "/ran-before";
  const Json step = {{"appendFile", {{"path", trace}, {"text", "x"}}}};
  const Json check = {{"file", trace}, {"text", {{"$regex", "^xx+$"}}}};
  scenario.when.insert(scenario.when.begin(), step);
  scenario.then.push_back(check);
  return scenario;
}

TEST(RunAll, RunsAFailureAgainAloneAfterAllOthers) {
  const Sandbox sandbox;
  RunOptions options;
  options.jobs = 2;
  options.retry_alone = true;
  std::vector<std::string> told;
  const auto verdicts =
      RunAll({FailsOnce("a/1", sandbox), Broken("a/2"), Greeting("a/3")},
             With("good"), options, [&](const Verdict& verdict) {
               told.push_back(verdict.id + " " + verdict.reason);
             });
  ASSERT_EQ(verdicts.size(), 3u);
  EXPECT_EQ(verdicts[0].status, Status::kFlake);
  EXPECT_EQ(verdicts[1].status, Status::kFail);
  EXPECT_EQ(verdicts[2].status, Status::kPass);
  EXPECT_EQ(verdicts[0].round, 1);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0], "a/3 ");
  EXPECT_THAT(told[1], HasSubstr("passes alone"));
  EXPECT_THAT(told[2], HasSubstr("fails alone, too"));
}

TEST(RunAll, WhatIsKnownIsSettledBeforeAnybodyLooks) {
  RunOptions options;
  options.fail_fast = true;
  options.retry_alone = true;
  options.settle = [](Verdict* verdict) {
    if (verdict->status != Status::kFail) return;
    verdict->status = Status::kExpectedFail;
    verdict->reason = "known";
  };
  const auto verdicts = RunAll(
      {Broken("a/1"), Greeting("a/2")}, With("good"), options,
      [](const Verdict& verdict) { EXPECT_NE(verdict.status, Status::kFail); });
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].status, Status::kExpectedFail);
  EXPECT_EQ(verdicts[0].reason, "known");
}

TEST(RunAll, HasNothingToSayAboutNothing) {
  EXPECT_THAT(
      RunAll({}, With("good"), RunOptions{}, [](const Verdict&) {}).size(), 0u);
}

}  // namespace
}  // namespace copilot::conformance
