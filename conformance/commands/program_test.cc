// SPDX-License-Identifier: MIT
//
// The program as it is called, with two scenarios of its own: one passes and
// one fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "conformance/stage/sandbox.h"
#include "conformance/test_program.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    sandbox_.Write(path("scenarios/contract.json"),
                   R"([{"id": "C-1", "area": "a", "level": "core",
                        "text": "It says hello.", "source": "here"}])");
    WriteScenario("fails", "bye");
    WriteScenario("passes", "hello");
  }

  std::string path(const std::string& name) const {
    return sandbox_.temp() + "/" + name;
  }

  void WriteScenario(const std::string& name, const std::string& text) {
    const Json scenario = {
        {"id", "a/" + name},
        {"title", "It says " + text},
        {"contract", {"C-1"}},
        {"target", "harness"},
        {"requires", {"attempt"}},
        {"given", {{"env", {{"A", "1"}}}}},
        {"when", {{{"attempt", {{"prompt", "hi"}}}, {"as", "first"}}}},
        {"then",
         {{{"result", "first"}, {"match", {{"assistantTexts", {text}}}}}}}};
    sandbox_.Write(path("scenarios/a/" + name + ".json"), scenario.dump());
  }

  Ran Shell(const std::string& command) const {
    return conformance::Shell("cd '" + sandbox_.temp() + "' && " + command);
  }

  Ran Call(const std::string& arguments,
           const std::string& environment = "") const {
    return Shell(environment +
                 " '" COPILOT_CONFORMANCE "' --scenarios scenarios " +
                 arguments);
  }

  Ran Run(const std::string& arguments,
          const std::string& environment = "") const {
    return Call("run --adapter '" TEST_ADAPTER " good' " + arguments,
                environment);
  }

  void WriteExpectations(const std::string& entries) {
    sandbox_.Write(path("known.json"), "{\"expectations\": [" + entries + "]}");
  }

  Sandbox sandbox_;
};

TEST_F(ProgramTest, AFailureThatIsKnownIsNotRed) {
  EXPECT_EQ(Run("").code, 1);
  WriteExpectations(R"({"id": "a/fails", "reason": "is known to fail"})");
  const Ran ran = Run("--expectations known.json --report json=report.json");
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output,
              HasSubstr("1 passed, 0 failed, 1 failed as expected"));
  const Json report = Json::parse(ReadFile(path("report.json")));
  EXPECT_EQ(report["scenarios"][0]["status"], "expected-fail");
  EXPECT_EQ(report["scenarios"][0]["reason"], "is known to fail");
  EXPECT_EQ(report["scenarios"][0]["implementation"], "test-adapter");
}

TEST_F(ProgramTest, AnUnexpectedPassIsRed) {
  WriteExpectations(R"({"id": "a/*", "reason": "is known to fail"})");
  const Ran ran = Run("--expectations known.json");
  EXPECT_EQ(ran.code, 1) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("UNEXPECTED PASS a/passes"));
}

TEST_F(ProgramTest, AStaleEntryIsRedAndNamesItsLine) {
  WriteExpectations("\n{\"id\": \"a/gone\", \"reason\": \"is known to fail\"}");
  const Ran ran = Run("a/passes --expectations known.json");
  EXPECT_EQ(ran.code, 1) << ran.output;
  EXPECT_THAT(ran.output,
              HasSubstr("known.json:2: stale: no scenario is called "));
}

TEST_F(ProgramTest, AnUpdateMakesTheNextRunGreen) {
  const Ran first = Run("--expectations known.json --update-expectations");
  EXPECT_EQ(first.code, 1) << first.output;
  EXPECT_THAT(first.output, HasSubstr("known.json: added \"a/fails\""));
  const Ran second = Run("--expectations known.json");
  EXPECT_EQ(second.code, 0) << second.output;
}

TEST_F(ProgramTest, WrongInputIsNamed) {
  WriteExpectations("{}");
  const std::pair<const char*, const char*> rows[] = {
      {"--expectations known.json", "known.json: $.expectations[0]: "},
      {"--expectations none.json", "none.json: cannot be read"},
      {"--update-expectations", "--expectations"},
      {"--shard 3/2", "--shard 3/2: expected a shard from 1 to 2, got 3"},
      {"--report xml=x", "unknown format"},
      {"--cli no/such", "--cli: there is no program \"no/such\""},
      {"--fake-cli no-such", "--fake-cli: there is no program \"no-such\""},
  };
  for (const auto& [arguments, message] : rows) {
    const Ran ran = Run(arguments);
    EXPECT_EQ(ran.code, 2) << arguments;
    EXPECT_THAT(ran.output, HasSubstr(message));
  }
}

// It runs in another directory than we do.
TEST_F(ProgramTest, ACliMayBeNamedByARelativePath) {
  std::filesystem::create_symlink(
      std::filesystem::path(COPILOT_CONFORMANCE).parent_path() / "fake-copilot",
      path("copilot"));
  const Json scenario = {
      {"id", "a/pings"},
      {"title", "It answers"},
      {"contract", {"C-1"}},
      {"target", "cli"},
      {"when", {{{"call", "ping"}, {"params", Json::object()}, {"as", "p"}}}},
      {"then", {{{"result", "p"}}}}};
  sandbox_.Write(path("scenarios/a/pings.json"), scenario.dump());
  for (const char* cli : {"./copilot", "copilot"}) {
    const Ran ran = Call(std::string("run a/pings --cli ") + cli);
    EXPECT_EQ(ran.code, 0) << ran.output;
  }
}

TEST_F(ProgramTest, AnInterruptedRunReportsWhatRan) {
  const Ran ran = Shell(
      "{ touch out; '" COPILOT_CONFORMANCE
      "' --scenarios scenarios run --adapter '" TEST_ADAPTER
      " good' --repeat 20000 --report json=report.json >out & run=$!; "
      "until grep -q FAIL out || ! kill -0 $run; do :; done; "
      "kill -TERM $run; wait $run; code=$?; tail -n 3 out; exit $code; }");
  EXPECT_EQ(ran.code, 1) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("interrupted: what had not begun"));
  const Json report = Json::parse(ReadFile(path("report.json")));
  EXPECT_GE(report["scenarios"].size(), 1u);
}

TEST_F(ProgramTest, AFailureIsTriedAloneOnRequest) {
  const Ran ran = Run("--retry-alone");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.output, HasSubstr("fails alone, too"));
  EXPECT_THAT(Run("").output, Not(HasSubstr("alone")));
}

TEST_F(ProgramTest, ShardsAreMergedToTheWhole) {
  EXPECT_EQ(Run("--shard 1/3 --report json=1.json").code, 1);
  EXPECT_EQ(
      Run("--shard auto --report json=2.json", "SHARD_INDEX=2 SHARD_TOTAL=3")
          .code,
      0);
  const Ran empty = Run("--shard 3/3 --report json=3.json");
  EXPECT_EQ(empty.code, 0) << empty.output;
  EXPECT_THAT(empty.output, HasSubstr("shard 3/3: 0 of 2 scenarios"));
  const Ran merged = Call(
      "merge --report junit=all.xml --report json=all.json 1.json 3.json "
      "2.json");
  EXPECT_EQ(merged.code, 1) << merged.output;
  EXPECT_THAT(merged.output, HasSubstr("FAIL  a/fails"));
  EXPECT_THAT(merged.output, HasSubstr("C-1  It says hello."));
  EXPECT_THAT(merged.output, HasSubstr("\n1 passed, 1 failed\n"));
  EXPECT_EQ(Json::parse(ReadFile(path("all.json")))["scenarios"].size(), 2u);
  EXPECT_TRUE(std::filesystem::exists(path("all.xml")));
  const Ran part = Call("merge 1.json 3.json");
  EXPECT_EQ(part.code, 2);
  EXPECT_THAT(part.output, HasSubstr("shard 2/3 is missing"));
  EXPECT_THAT(Call("merge 1.json none.json").output,
              HasSubstr("none.json: cannot be read"));
}

TEST_F(ProgramTest, TellsBazelThatItKnowsAboutShards) {
  const Ran ran = Run("--shard auto",
                      "TEST_SHARD_INDEX=1 TEST_TOTAL_SHARDS=2 "
                      "TEST_SHARD_STATUS_FILE=status");
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_TRUE(std::filesystem::exists(path("status")));
}

TEST_F(ProgramTest, ScenariosAreTestsOfCTest) {
  if (Shell("ctest --version").code != 0) GTEST_SKIP() << "no ctest";
  sandbox_.Write(path("scenarios/a/wrong.json"), "{");
  const Ran listed =
      Call("list --ctest --run-options \"--adapter '" TEST_ADAPTER
           " good'\" >CTestTestfile.cmake");
  EXPECT_EQ(listed.code, 0) << listed.output;
  const Ran ran = Shell("ctest");
  EXPECT_EQ(ran.code, 8) << ran.output;
  EXPECT_THAT(ran.output, ContainsRegex("a/fails \\.+[*]+Failed"));
  EXPECT_THAT(ran.output, ContainsRegex("a/passes \\.+ +Passed"));
  EXPECT_THAT(ran.output, ContainsRegex("a/wrong \\.+[*]+Failed"));
}

TEST_F(ProgramTest, AFailingScenarioIsReduced) {
  const Ran ran =
      Call("shrink a/fails --out small.json --adapter '" TEST_ADAPTER " good'");
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("fails with \"result of first: "));
  const Json small = Json::parse(ReadFile(path("small.json")));
  EXPECT_FALSE(small.contains("given"));
  EXPECT_EQ(small["when"].size(), 1u);
  EXPECT_THAT(Call("check small.json").output, HasSubstr("small.json: ok"));
  const Ran passing = Call("shrink a/passes --adapter '" TEST_ADAPTER " good'");
  EXPECT_EQ(passing.code, 2);
  EXPECT_THAT(passing.output, HasSubstr("a/passes does not fail"));
  EXPECT_EQ(Call("shrink a/none").code, 2);
}

}  // namespace
}  // namespace copilot::conformance
