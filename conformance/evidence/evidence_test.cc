// SPDX-License-Identifier: MIT
#include "conformance/evidence/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckTest : public ::testing::Test {
 protected:
  void Record(const Json& record) {
    std::ofstream(path_, std::ios::app) << record.dump() << "\n";
  }
  void Received(const std::string& method, const Json& params) {
    Record({{"event", "received"},
            {"message", {{"method", method}, {"params", params}}}});
  }
  void Sent(const std::string& method, const Json& params) {
    Record({{"event", "sent"},
            {"message", {{"method", method}, {"params", params}}}});
  }

  std::vector<Failure> Run(const char* check) {
    journal_.Refresh();
    return Check({Json::parse(check)}, evidence_, journal_, sandbox_);
  }
  void ExpectHolds(const char* check) {
    const std::vector<Failure> failures = Run(check);
    EXPECT_THAT(failures, IsEmpty())
        << check << ": " << failures[0].title << "\n"
        << failures[0].detail;
  }
  void ExpectFails(const char* check, const std::string& title,
                   const std::string& detail) {
    SCOPED_TRACE(check);
    const std::vector<Failure> failures = Run(check);
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].title, title);
    EXPECT_THAT(failures[0].detail, HasSubstr(detail));
  }

  Sandbox sandbox_;
  const std::string path_ = sandbox_.own("journal.jsonl");
  Journal journal_{path_};
  Evidence evidence_;
};

TEST_F(CheckTest, AResultIsMatched) {
  evidence_.outcomes["first"] = {true, {{"texts", {"hello"}}}};
  ExpectHolds(R"({"result": "first"})");
  ExpectHolds(R"({"result": "first", "match": {"texts": ["hello"]}})");
  ExpectFails(R"({"result": "first", "match": {"texts": ["bye"]}})",
              "result of first",
              "$.texts[0]\n  expected  \"bye\"\n  came      \"hello\"\n");
  ExpectFails(R"({"error": "first"})", "error of first", "expected  an error");
  ExpectFails(R"({"result": "second"})", "result of second",
              "there is no such step");
}

TEST_F(CheckTest, AnErrorIsMatched) {
  evidence_.outcomes["first"] = {false, {{"code", 1}, {"message", "no"}}};
  ExpectHolds(R"({"error": "first", "match": {"message": "no"}})");
  ExpectFails(R"({"error": "first", "match": {"code": 2}})", "error of first",
              "$.code\n  expected  2\n  came      1\n");
  ExpectFails(R"({"result": "first"})", "result of first",
              "expected  a result");
}

TEST_F(CheckTest, AFailedStepThatNobodyExpectedFails) {
  evidence_.outcomes["first"] = {false, {{"message", "went wrong"}}};
  ExpectFails(R"({"exited": 0})", "step first", "went wrong");
}

TEST_F(CheckTest, ReceivedNeedsOneCallThatMatches) {
  ExpectFails(R"({"received": "session.send"})", "received session.send",
              "never happened");
  Received("session.send", {{"prompt", "a"}});
  Received("session.send", {{"prompt", "b"}});
  ExpectHolds(R"({"received": "session.send"})");
  ExpectHolds(R"({"received": "session.send", "match": {"prompt": "b"}})");
  ExpectFails(R"({"received": "session.send", "match": {"prompt": "c"}})",
              "received session.send", "$.prompt\n  expected  \"c\"");
}

TEST_F(CheckTest, CountIsTheNumberOfCallsThatMatch) {
  Received("session.send", {{"prompt", "a"}});
  Received("session.send", {{"prompt", "b"}});
  ExpectHolds(R"({"received": "session.send", "count": 2})");
  ExpectHolds(R"({"received": "session.abort", "count": 0})");
  ExpectHolds(
      R"({"received": "session.send", "match": {"prompt": "a"}, "count": 1})");
  ExpectFails(R"({"received": "session.send", "count": 0})",
              "received session.send",
              "expected  0 times\n  came      2 times of 2");
  ExpectFails(
      R"({"received": "session.send", "match": {"prompt": "a"}, "count": 2})",
      "received session.send",
      "expected  2 times as described\n  came      1 times of 2");
}

TEST_F(CheckTest, NthCountsFromOne) {
  Received("session.send", {{"prompt", "a"}});
  Received("session.send", {{"prompt", "b"}});
  ExpectHolds(
      R"({"received": "session.send", "match": {"prompt": "a"}, "nth": 1})");
  ExpectHolds(
      R"({"received": "session.send", "match": {"prompt": "b"}, "nth": 2})");
  ExpectFails(
      R"({"received": "session.send", "match": {"prompt": "a"}, "nth": 2})",
      "received session.send, number 2", "came      \"b\"");
  ExpectFails(R"({"received": "session.send", "nth": 3})",
              "received session.send", "expected  at least 3");
}

TEST_F(CheckTest, SentAndReceivedAreNotTheSame) {
  Sent("session.event", {{"type", "session.idle"}});
  ExpectHolds(
      R"({"sent": "session.event", "match": {"type": "session.idle"}})");
  ExpectHolds(R"({"received": "session.event", "count": 0})");
}

TEST_F(CheckTest, SpawnedLooksAtStartRecords) {
  Record({{"event", "start"}, {"pid", -1}, {"args", {"--headless"}}});
  ExpectHolds(R"({"spawned": {"args": {"$contains": "--headless"}}})");
  ExpectHolds(R"({"spawned": {}, "count": 1})");
  ExpectFails(R"({"spawned": {"args": []}})", "CLI spawned", "$.args");
}

TEST_F(CheckTest, ExitedCountsClisThatEnded) {
  Record({{"event", "start"}, {"pid", 7}});
  Record({{"event", "exit"}, {"pid", 7}});
  ExpectHolds(R"({"exited": 1})");
  ExpectFails(R"({"exited": 2})", "CLIs ended", "came      1");
}

TEST_F(CheckTest, OrderAllowsOthersInBetween) {
  Received("connect", {});
  Received("session.create", {});
  Received("ping", {});
  Received("session.send", {});
  ExpectHolds(R"({"order": ["session.create", "session.send"]})");
  ExpectHolds(R"({"order": []})");
  ExpectFails(R"({"order": ["session.send", "session.create"]})",
              "order of calls",
              R"(["connect","session.create","ping","session.send"])");
  ExpectFails(R"({"order": ["ping", "ping"]})", "order of calls",
              R"(expected  ["ping","ping"])");
}

TEST_F(CheckTest, NotifiedLooksAtWhatTheAdapterSent) {
  evidence_.notified = {{"log", {{"level", "warn"}}},
                        {"hook.fired", {{"hook", "before"}}}};
  ExpectHolds(R"({"notified": "hook.fired", "match": {"hook": "before"}})");
  ExpectHolds(R"({"notified": "question.asked", "count": 0})");
  ExpectFails(R"({"notified": "log", "match": {"level": "error"}})",
              "adapter sent log", "came      \"warn\"");
}

TEST_F(CheckTest, ATranscriptIsJsonLineByLine) {
  sandbox_.Write(sandbox_.state() + "/t.jsonl",
                 "{\"role\": \"user\", \"id\": 1}\n{\"role\": \"model\"}\n");
  ExpectHolds(R"({"transcript": "${state}/t.jsonl",
                  "lines": [{"role": "user"}, {"role": "model"}]})");
  ExpectHolds(R"({"transcript": "${state}/t.jsonl", "count": 2,
                  "contains": [{"role": "model"}]})");
  const std::string title = "transcript " + sandbox_.state() + "/t.jsonl";
  ExpectFails(R"({"transcript": "${state}/t.jsonl", "lines": []})", title,
              "0 elements");
  ExpectFails(R"({"transcript": "${state}/t.jsonl", "count": 3})", title,
              "expected  3 lines\n  came      2");
  ExpectFails(R"({"transcript": "${state}/t.jsonl",
                  "contains": [{"role": "system"}]})",
              title, "an element like {\"role\":\"system\"}");
}

TEST_F(CheckTest, ATranscriptShowsLinesThatAreNotJson) {
  sandbox_.Write(sandbox_.state() + "/t.jsonl", "{oops\n");
  ExpectHolds(R"({"transcript": "${state}/t.jsonl", "lines": ["{oops"]})");
}

TEST_F(CheckTest, FilesAndDirectoriesAreLookedAt) {
  sandbox_.Write(sandbox_.home() + "/a/one.txt", "text");
  sandbox_.Write(sandbox_.home() + "/a/two.txt", "");
  ExpectHolds(R"({"file": "${home}/a/one.txt"})");
  ExpectHolds(R"({"file": "${home}/a/one.txt", "text": "text"})");
  ExpectHolds(R"({"file": "${home}/three", "exists": false})");
  ExpectHolds(R"({"directory": "${home}/a",
                  "entries": ["one.txt", "two.txt"]})");
  ExpectFails(R"({"file": "${home}/a/one.txt", "text": "other"})",
              "file " + sandbox_.home() + "/a/one.txt", "came      \"text\"");
  ExpectFails(R"({"file": "${home}/three"})",
              "file " + sandbox_.home() + "/three",
              "came      nothing at this path");
  ExpectFails(R"({"file": "${home}/a/one.txt", "exists": false})",
              "file " + sandbox_.home() + "/a/one.txt", "came      a file");
  ExpectFails(R"({"directory": "${home}/a", "entries": []})",
              "directory " + sandbox_.home() + "/a",
              R"(["one.txt","two.txt"])");
}

TEST_F(CheckTest, WhatIsMissingIsNotEmpty) {
  const std::string nowhere = sandbox_.home() + "/nowhere";
  ExpectFails(R"({"directory": "${home}/nowhere", "entries": []})",
              "directory " + nowhere, "came      nothing at this path");
  ExpectFails(R"({"transcript": "${home}/nowhere", "lines": []})",
              "transcript " + nowhere, "came      nothing at this path");
  ExpectHolds(R"({"directory": "${home}/nowhere", "exists": false})");
  ExpectHolds(R"({"transcript": "${home}/nowhere", "exists": false})");
  sandbox_.Write(sandbox_.home() + "/file", "");
  ExpectHolds(R"({"transcript": "${home}/file", "lines": []})");
  ExpectFails(R"({"transcript": "${home}/file", "exists": false})",
              "transcript " + sandbox_.home() + "/file",
              "came      a transcript");
  ExpectFails(R"({"directory": "${home}/file", "entries": []})",
              "directory " + sandbox_.home() + "/file",
              "expected  a directory");
}

TEST_F(CheckTest, SecretFreeHoldsWithoutTheSecret) {
  evidence_.outcomes["first"] = {true, {{"text", "tok-b"}}};
  Received("session.create", {{"token", "sha256:0123456789ab"}});
  sandbox_.Write(sandbox_.home() + "/x", "nothing");
  ExpectHolds(R"({"secretFree": ["tok-a", ""]})");
}

TEST_F(CheckTest, SecretFreeLooksForWhatIsWrittenDownDifferently) {
  evidence_.outcomes["first"] = {true, {{"text", "my tok-\"a"}}};
  evidence_.stderr_text = "?token=tok%2Fb";
  ExpectFails(R"({"secretFree": ["tok-\"a"]})", "secrets",
              "stands quoted for JSON in the result of first");
  ExpectFails(R"({"secretFree": ["tok/b"]})", "secrets",
              "stands encoded for URLs in the log on stderr");
}

TEST_F(CheckTest, SecretFreeLooksAtResults) {
  evidence_.outcomes["first"] = {true, {{"text", "my tok-a"}}};
  ExpectFails(R"({"secretFree": ["tok-a"]})", "secrets", "the result of first");
}

TEST_F(CheckTest, SecretFreeLooksAtTheAdaptersMessages) {
  evidence_.notified = {{"log", {{"message", "tok-a"}}}};
  ExpectFails(R"({"secretFree": ["tok-a"]})", "secrets", "the adapter's log");
}

TEST_F(CheckTest, SecretFreeLooksAtStderr) {
  evidence_.stderr_text = "using tok-a\n";
  ExpectFails(R"({"secretFree": ["tok-a"]})", "secrets", "the log on stderr");
}

TEST_F(CheckTest, SecretFreeLooksAtTheJournal) {
  Record({{"event", "start"}, {"pid", -1}, {"args", {"--token", "tok-a"}}});
  ExpectFails(R"({"secretFree": ["tok-a"]})", "secrets", "the CLI's journal");
}

TEST_F(CheckTest, SecretFreeLooksAtFilesOfTheHarnessOnly) {
  const std::string given = sandbox_.workspace() + "/given.txt";
  sandbox_.Write(given, "tok-a");
  sandbox_.Write(sandbox_.own("script.json"), "tok-a");
  evidence_.own_files.insert(given);
  ExpectHolds(R"({"secretFree": ["tok-a"]})");

  sandbox_.Write(sandbox_.state() + "/deep/store.json", "tok-a");
  ExpectFails(R"({"secretFree": ["tok-a"]})", "secrets",
              sandbox_.state() + "/deep/store.json");
}

TEST_F(CheckTest, AFailureOfSecretFreeDoesNotRepeatTheSecret) {
  evidence_.stderr_text = "using tok-a\n";
  for (const Failure& failure : Run(R"({"secretFree": ["tok-a"]})")) {
    EXPECT_THAT(failure.detail, Not(HasSubstr("tok-a")));
  }
}

TEST_F(CheckTest, EqualAndDistinctCompareResults) {
  evidence_.outcomes["a"] = {true, {{"id", "x"}}};
  evidence_.outcomes["b"] = {true, {{"id", "x"}}};
  evidence_.outcomes["c"] = {true, {{"id", "y"}}};
  ExpectHolds(R"({"equal": [{"$ref": "a.id"}, {"$ref": "b.id"}, "x"]})");
  ExpectHolds(R"({"distinct": [{"$ref": "a.id"}, {"$ref": "c.id"}]})");
  ExpectFails(R"({"equal": [{"$ref": "a.id"}, {"$ref": "c.id"}]})",
              "equal values", "one       \"x\"\n  other     \"y\"");
  ExpectFails(R"({"distinct": [{"$ref": "a.id"}, {"$ref": "b.id"}]})",
              "distinct values", "one       \"x\"\n  other     \"x\"");
}

TEST_F(CheckTest, ValuesThatAreNotKnownAreNeitherEqualNorDistinct) {
  evidence_.outcomes["a"] = {true, {{"id", "x"}}};
  ExpectFails(R"({"distinct": [{"$ref": "a.id"}, {"$ref": "b.id"}]})",
              "distinct values", "is not known");
  ExpectFails(R"({"equal": [{"$ref": "b.id"}, {"$ref": "b.id"}]})",
              "equal values", "is not known");
}

TEST_F(CheckTest, ACaptureIsKnownToLaterChecks) {
  Received("session.create", {{"sessionId", "s-1"}});
  Received("session.send", {{"sessionId", "s-1"}});
  journal_.Refresh();
  const std::vector<Json> checks = {
      Json::parse(R"({"received": "session.create",
                      "match": {"sessionId": {"$capture": "id"}}})"),
      Json::parse(R"({"received": "session.send",
                      "match": {"sessionId": {"$ref": "id"}}})")};
  EXPECT_THAT(Check(checks, evidence_, journal_, sandbox_), IsEmpty());
}

TEST_F(CheckTest, EventsComeInOrderWithOthersInBetween) {
  const Json start = {{"type", "start"}};
  const Json delta = {{"type", "delta"}, {"ephemeral", true}};
  const Json end = {{"type", "end"}};
  evidence_.outcomes["t"] = {true, {{"events", {start, delta, end}}}};
  evidence_.events = {start};
  ExpectHolds(R"({"events": [{"type": "start"}, {"type": "end"}], "of": "t"})");
  ExpectHolds(R"({"events": [{"type": "start"}]})");
  ExpectHolds(R"({"events": [{"type": "start"}, {"type": "end"}], "of": "t",
                  "exactly": true})");
  ExpectFails(R"({"events": [{"type": "end"}, {"type": "start"}], "of": "t"})",
              "events", "came: start, delta, end");
  ExpectFails(R"({"events": [{"type": "end"}], "of": "t", "exactly": true})",
              "persisted events", "1 elements");
  ExpectFails(R"({"events": [], "of": "u"})", "events of u",
              "there is no such turn");
}

TEST_F(CheckTest, ModelRequestsAreCounted) {
  evidence_.model_requests = {{{"path", "/a"}}, {{"path", "/b"}}};
  ExpectHolds(R"({"modelRequest": {"path": "/b"}, "nth": 2})");
  ExpectHolds(R"({"modelRequest": {}, "count": 2})");
  ExpectFails(R"({"modelRequest": {"path": "/c"}})", "model request", "$.path");
}

TEST_F(CheckTest, ExitLooksAtTheStatus) {
  ExpectFails(R"({"exit": {"code": 0}})", "exit", "did not end by itself");
  evidence_.exit = wire::ExitStatus{};
  ExpectHolds(R"({"exit": {"code": 0}})");
  ExpectFails(R"({"exit": {"code": 1}})", "exit", "came      0");
}

}  // namespace
}  // namespace copilot::conformance
