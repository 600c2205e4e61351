// SPDX-License-Identifier: MIT
#include "conformance/report/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "conformance/report/test_verdicts.h"
#include "conformance/stage/sandbox.h"
#include "wire/json_damage.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

Json Written(const std::vector<Verdict>& verdicts, double seconds) {
  return Json::parse(JsonReport({verdicts, seconds, 0, {}, {}}));
}

// Every member is another value than its default.
Verdict Full() {
  Verdict verdict = Make("auth/full", Status::kFlake);
  verdict.reason = "why";
  verdict.target = "cli";
  verdict.level = "edge";
  verdict.file = "auth/full.json";
  verdict.conversation = {
      {0.5, "runner", "CLI", Utterance::Kind::kRequest, "ping", "{}"},
      {0.75, "CLI", "runner", Utterance::Kind::kError, "ping", ""}};
  verdict.reproduce = "copilot-conformance run auth/full";
  verdict.failures = {{"one", "detail 1"}, {"two", "detail 2"}};
  verdict.stderr_tail = "log \"line\"\n";
  verdict.kept_directory = "/tmp/kept";
  verdict.seconds = 0.5;
  verdict.round = 3;
  verdict.frames = 12;
  verdict.bad_input = true;
  verdict.implementation = "adapter";
  verdict.implementation_version = "1.2.3";
  return verdict;
}

TEST(JsonReport, HasEverything) {
  const Json report = Written(OneOfEach(), 2);
  EXPECT_EQ(report["totals"]["passed"], 1);
  EXPECT_EQ(report["totals"]["failed"], 2);
  EXPECT_EQ(report["totals"]["errors"], 1);
  EXPECT_EQ(report["totals"]["skipped"], 1);
  ASSERT_EQ(report["scenarios"].size(), 4u);
  EXPECT_EQ(report["scenarios"][1]["status"], "fail");
  EXPECT_EQ(report["scenarios"][1]["contract"][0], "C-1");
  EXPECT_EQ(report["scenarios"][1]["failures"][0]["title"], "result of first");
  EXPECT_EQ(report["scenarios"][3]["reason"], "lacks \"abort\"");
  EXPECT_FALSE(report["scenarios"][0].contains("failures"));
  EXPECT_FALSE(report.contains("shard"));
  EXPECT_FALSE(report.contains("problems"));
}

TEST(JsonReport, SurvivesTextThatIsNoUtf8) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.failures = {{"t", "raw \xff bytes\n"}};
  const Json report = Written({verdict}, 1);
  EXPECT_THAT(
      report["scenarios"][0]["failures"][0]["detail"].get<std::string>(),
      HasSubstr("raw \xEF\xBF\xBD bytes"));
}

class ReadJsonReportTest : public ::testing::Test {
 protected:
  tl::expected<RunReport, wire::DocumentErrors> Read(const std::string& text) {
    sandbox_.Write(file_, text);
    return ReadJsonReport(file_);
  }
  std::string Complaint(const std::string& text) {
    const auto run = Read(text);
    return run ? "none" : run.error()[0].ToString().substr(file_.size());
  }

  Sandbox sandbox_;
  const std::string file_ = sandbox_.temp() + "/report.json";
};

TEST_F(ReadJsonReportTest, WhatWasWrittenComesBack) {
  RunReport run{OneOfEach(), 2.5, 1.5e9, Shard{2, 4, ""}, {"stale", "expired"}};
  run.verdicts.push_back(Full());
  for (const Status status :
       {Status::kRehearsed, Status::kExpectedFail, Status::kUnexpectedPass}) {
    run.verdicts.push_back(Make("a/b", status));
  }
  const auto read = Read(JsonReport(run));
  ASSERT_TRUE(read.has_value()) << read.error()[0].ToString();
  EXPECT_EQ(read->seconds, 2.5);
  EXPECT_EQ(read->started, 1.5e9);
  ASSERT_TRUE(read->shard.has_value());
  EXPECT_EQ(read->shard->ToString(), "2/4");
  EXPECT_EQ(read->problems, run.problems);
  EXPECT_EQ(JsonReport(*read), JsonReport(run));
  ASSERT_EQ(read->verdicts.size(), run.verdicts.size());
  for (size_t i = 0; i < run.verdicts.size(); ++i) {
    EXPECT_EQ(read->verdicts[i].status, run.verdicts[i].status);
  }
}

TEST_F(ReadJsonReportTest, NoMemberOfAVerdictIsForgotten) {
  const auto read = Read(JsonReport({{Full()}, 1, 0, {}, {}}));
  ASSERT_TRUE(read.has_value()) << read.error()[0].ToString();
  // A member more does not compile here: it is for VisitMembers, the schema,
  // Full and this test.
  const auto& [id, title, area, contract, target, level, file, status, reason,
               failures, stderr_tail, kept_directory, conversation, reproduce,
               seconds, frames, round, bad_input, implementation,
               implementation_version] = read->verdicts[0];
  const Verdict full = Full();
  EXPECT_EQ(id, full.id);
  EXPECT_EQ(title, full.title);
  EXPECT_EQ(area, full.area);
  EXPECT_EQ(contract, full.contract);
  EXPECT_EQ(status, full.status);
  EXPECT_EQ(reason, full.reason);
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_EQ(failures[1].title, "two");
  EXPECT_EQ(failures[1].detail, "detail 2");
  EXPECT_EQ(target, full.target);
  EXPECT_EQ(level, full.level);
  EXPECT_EQ(file, full.file);
  EXPECT_EQ(reproduce, full.reproduce);
  ASSERT_EQ(conversation.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(conversation[i].at, full.conversation[i].at);
    EXPECT_EQ(conversation[i].from, full.conversation[i].from);
    EXPECT_EQ(conversation[i].to, full.conversation[i].to);
    EXPECT_EQ(conversation[i].kind, full.conversation[i].kind);
    EXPECT_EQ(conversation[i].title, full.conversation[i].title);
    EXPECT_EQ(conversation[i].text, full.conversation[i].text);
  }
  EXPECT_EQ(stderr_tail, full.stderr_tail);
  EXPECT_EQ(kept_directory, full.kept_directory);
  EXPECT_EQ(seconds, full.seconds);
  EXPECT_EQ(round, full.round);
  EXPECT_EQ(frames, full.frames);
  EXPECT_EQ(bad_input, full.bad_input);
  EXPECT_EQ(implementation, full.implementation);
  EXPECT_EQ(implementation_version, full.implementation_version);
}

TEST_F(ReadJsonReportTest, SaysWhereItIsWrong) {
  EXPECT_THAT(Complaint("{\n\"tool\" 7}"), HasSubstr(":2: "));
  EXPECT_THAT(Complaint("{}"), HasSubstr("tool"));
  Json report = Written(OneOfEach(), 1);
  report["scenarios"][2]["round"] = 0;
  EXPECT_THAT(Complaint(report.dump()), HasSubstr(": $.scenarios[2].round: "));
  report = Written(OneOfEach(), 1);
  report["scenarios"][0]["status"] = "green";
  EXPECT_THAT(Complaint(report.dump()), HasSubstr("\"green\""));
  report = Written(OneOfEach(), 1);
  report["shard"] = {{"index", 3}, {"total", 2}};
  EXPECT_EQ(Complaint(report.dump()),
            ": $.shard.index: expected at most 2, got 3");
  EXPECT_THAT(ReadJsonReport("/no/such/report.json").error()[0].ToString(),
              HasSubstr("cannot be read"));
}

TEST_F(ReadJsonReportTest, WhatALaterVersionAddsIsPassedOver) {
  Json report = Written({Full()}, 1);
  report["later"] = true;
  report["scenarios"][0]["later"] = {1, 2};
  EXPECT_TRUE(Read(report.dump()).has_value());
}

TEST_F(ReadJsonReportTest, NothingThatIsWrongWithItBringsItDown) {
  RunReport run{{Full()}, 1, 0, Shard{1, 2, ""}, {"stale"}};
  wire::ForEachDamage(Json::parse(JsonReport(run)), [&](const Json& damaged) {
    const auto read = Read(damaged.dump());
    EXPECT_TRUE(read.has_value() || !read.error().empty());
  });
}

}  // namespace
}  // namespace copilot::conformance
