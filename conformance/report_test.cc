// SPDX-License-Identifier: MIT
#include "conformance/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "conformance/sandbox.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;

Verdict Make(const std::string& id, Status status) {
  Verdict verdict;
  verdict.id = id;
  verdict.title = "Title of " + id;
  verdict.area = id.substr(0, id.find('/'));
  verdict.contract = {"C-1"};
  verdict.status = status;
  verdict.seconds = 0.25;
  return verdict;
}

std::vector<Verdict> OneOfEach() {
  Verdict fail = Make("auth/fail", Status::kFail);
  fail.failures = {{"result of first", "$.a\n  expected  1\n  came      2\n"}};
  fail.stderr_tail = "a log line";
  Verdict error = Make("turn/error", Status::kError);
  error.reason = "no adapter";
  Verdict skip = Make("turn/skip", Status::kSkip);
  skip.reason = "lacks \"abort\"";
  return {Make("auth/pass", Status::kPass), fail, error, skip};
}

TEST(Count, ErrorsAreFailuresToo) {
  const Totals totals = Count(OneOfEach());
  EXPECT_EQ(totals.passed, 1);
  EXPECT_EQ(totals.failed, 2);
  EXPECT_EQ(totals.errors, 1);
  EXPECT_EQ(totals.skipped, 1);
  EXPECT_EQ(totals.total(), 4);
}

TEST(Count, ARehearsalIsNoPass) {
  const Totals totals = Count({Make("live/a", Status::kRehearsed)});
  EXPECT_EQ(totals.passed, 0);
  EXPECT_EQ(totals.rehearsed, 1);
  EXPECT_EQ(totals.total(), 1);
}

class JUnit : public ::testing::Test {
 protected:
  pugi::xml_node Parse(const std::vector<Verdict>& verdicts) {
    const auto result =
        document_.load_string(JUnitReport(verdicts, 1.5).c_str());
    EXPECT_TRUE(result) << result.description();
    return document_.child("testsuites");
  }
  static pugi::xml_node Case(pugi::xml_node root, const char* name) {
    return root.find_node([name](pugi::xml_node node) {
      return std::string(node.name()) == "testcase" &&
             std::string(node.attribute("name").value()) == name;
    });
  }

  pugi::xml_document document_;
};

TEST_F(JUnit, SaysWhatWasRehearsed) {
  const auto root = Parse({Make("live/a", Status::kRehearsed)});
  const auto node = root.child("testsuite").child("testcase");
  EXPECT_STREQ(node.attribute("name").value(), "live/a (rehearsed)");
  EXPECT_FALSE(node.child("failure"));
  EXPECT_FALSE(node.child("error"));
}

TEST_F(JUnit, HasASuiteForEachAreaWithItsTotals) {
  const auto root = Parse(OneOfEach());
  EXPECT_EQ(root.attribute("tests").as_int(), 4);
  EXPECT_EQ(root.attribute("failures").as_int(), 1);
  EXPECT_EQ(root.attribute("errors").as_int(), 1);
  EXPECT_EQ(root.attribute("skipped").as_int(), 1);
  EXPECT_STREQ(root.attribute("time").value(), "1.500");
  const auto auth = root.find_child_by_attribute("name", "auth");
  EXPECT_EQ(auth.attribute("tests").as_int(), 2);
  EXPECT_EQ(auth.attribute("failures").as_int(), 1);
  const auto turn = root.find_child_by_attribute("name", "turn");
  EXPECT_EQ(turn.attribute("errors").as_int(), 1);
  EXPECT_EQ(turn.attribute("skipped").as_int(), 1);
}

TEST_F(JUnit, SaysWhatBecameOfEachScenario) {
  const auto root = Parse(OneOfEach());
  const auto pass = Case(root, "auth/pass");
  ASSERT_TRUE(pass);
  EXPECT_FALSE(pass.first_child());
  EXPECT_STREQ(pass.attribute("time").value(), "0.250");

  const auto fail = Case(root, "auth/fail");
  EXPECT_STREQ(fail.child("failure").attribute("message").value(),
               "result of first");
  EXPECT_THAT(fail.child("failure").text().get(), HasSubstr("expected  1"));
  EXPECT_STREQ(fail.child("system-err").text().get(), "a log line");

  EXPECT_STREQ(
      Case(root, "turn/error").child("error").attribute("message").value(),
      "no adapter");
  EXPECT_STREQ(
      Case(root, "turn/skip").child("skipped").attribute("message").value(),
      "lacks \"abort\"");
}

TEST_F(JUnit, SurvivesTextThatXmlCannotHold) {
  Verdict verdict = Make("auth/fail", Status::kFail);
  verdict.failures = {{"<&\">", "]]>\x01\x1b[31m\xff\n"}};
  const auto root = Parse({verdict});
  const auto failure = Case(root, "auth/fail").child("failure");
  EXPECT_STREQ(failure.attribute("message").value(), "<&\">");
  EXPECT_THAT(failure.text().get(), HasSubstr("]]>??[31m"));
}

TEST_F(JUnit, TellsRoundsApart) {
  Verdict second = Make("auth/pass", Status::kPass);
  second.round = 2;
  const auto root = Parse({Make("auth/pass", Status::kPass), second});
  EXPECT_TRUE(Case(root, "auth/pass"));
  EXPECT_TRUE(Case(root, "auth/pass (round 2)"));
}

TEST(JsonReport, HoldsTotalsAndVerdicts) {
  const Json report = Json::parse(JsonReport(OneOfEach(), 1.5));
  EXPECT_EQ(report["tool"], "copilot-conformance");
  EXPECT_EQ(report["seconds"], 1.5);
  EXPECT_EQ(
      report["totals"],
      (Json{{"passed", 1}, {"failed", 2}, {"errors", 1}, {"skipped", 1}}));
  const Json& list = report["scenarios"];
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0]["id"], "auth/pass");
  EXPECT_EQ(list[0]["status"], "pass");
  EXPECT_EQ(list[0]["contract"], Json::array({"C-1"}));
  EXPECT_FALSE(list[0].contains("failures"));
  EXPECT_EQ(list[1]["status"], "fail");
  EXPECT_EQ(list[1]["failures"][0]["title"], "result of first");
  EXPECT_EQ(list[1]["stderr"], "a log line");
  EXPECT_EQ(list[2]["status"], "error");
  EXPECT_EQ(list[2]["reason"], "no adapter");
  EXPECT_EQ(list[3]["status"], "skip");
}

TEST(ReportFile, IsFormatAndPath) {
  const Sandbox sandbox;
  const auto file = ReportFile::Parse("junit=" + sandbox.temp() + "/a=b.xml");
  ASSERT_TRUE(file.has_value()) << file.error();
  EXPECT_EQ(file->format, "junit");
  EXPECT_EQ(file->path, sandbox.temp() + "/a=b.xml");
}

TEST(ReportFile, SaysWhatIsWrongWithIt) {
  const Sandbox sandbox;
  const std::pair<std::string, const char*> rows[] = {
      {"junit", "expected FORMAT=FILE"},
      {"junit=", "expected FORMAT=FILE"},
      {"", "expected FORMAT=FILE"},
      {"html=x.html", "unknown format \"html\", expected junit or json"},
      {"json=/no/such/directory/x.json",
       "cannot write /no/such/directory/x.json: No such file or directory"},
      {"json=" + sandbox.temp(), "cannot write"},
  };
  for (const auto& [text, message] : rows) {
    const auto file = ReportFile::Parse(text);
    ASSERT_FALSE(file.has_value()) << text;
    EXPECT_THAT(file.error(), HasSubstr("--report " + text + ": "));
    EXPECT_THAT(file.error(), HasSubstr(message));
  }
}

TEST(ReportFile, IsWrittenAsAWhole) {
  const Sandbox sandbox;
  const ReportFile file{"json", sandbox.temp() + "/report.json"};
  ASSERT_TRUE(file.Write(OneOfEach(), 1).has_value());
  EXPECT_EQ(Json::parse(ReadFile(file.path))["scenarios"].size(), 4u);
  EXPECT_FALSE(std::filesystem::exists(file.path + ".tmp"));
}

TEST(ReportFile, SaysThatItCannotBeWritten) {
  const ReportFile file{"json", "/no/such/directory/report.json"};
  const auto written = file.Write({}, 1);
  ASSERT_FALSE(written.has_value());
  EXPECT_THAT(written.error(), HasSubstr("/no/such/directory/report.json"));
}

// What a report of `verdicts` looks like.
std::string Printed(const std::vector<Verdict>& verdicts, bool colour,
                    bool progress) {
  const Contract contract = {
      {"C-1", {"C-1", "auth", "core", "It is so.", "", "", {}, ""}}};
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  TerminalReport report(out, colour, progress, verdicts.size(), contract);
  for (const Verdict& verdict : verdicts) report.Add(verdict);
  report.Finish(1.5);
  std::fclose(out);
  const std::string printed(text, size);
  std::free(text);
  return printed;
}

TEST(TerminalReport, EndsWithTheTotals) {
  EXPECT_THAT(Printed(OneOfEach(), false, false),
              EndsWith("\n1 passed, 2 failed, 1 skipped\n"));
  EXPECT_THAT(Printed({Make("a/b", Status::kPass)}, false, false),
              EndsWith("\n1 passed, 0 failed\n"));
  EXPECT_THAT(Printed({}, false, false), EndsWith("\n0 passed, 0 failed\n"));
}

TEST(TerminalReport, IsPlainTextWithoutColour) {
  const std::string text = Printed(OneOfEach(), false, false);
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
}

TEST(TerminalReport, PaintsAndShowsProgressWhenToldTo) {
  EXPECT_THAT(Printed(OneOfEach(), true, false),
              EndsWith("\033[31;1m1 passed, 2 failed, 1 skipped\033[0m\n"));
  EXPECT_THAT(Printed(OneOfEach(), false, true),
              HasSubstr("2/4 run, 1 failed"));
}

TEST(TerminalReport, ShowsEachProblemWithItsClause) {
  const std::string text = Printed(OneOfEach(), false, false);
  EXPECT_THAT(text, HasSubstr("FAIL  auth/fail  Title of auth/fail\n"
                              "      C-1  It is so.\n"
                              "    result of first\n"
                              "      $.a\n"));
  EXPECT_THAT(text, HasSubstr("a log line"));
  EXPECT_THAT(text, HasSubstr("ERROR turn/error"));
  EXPECT_THAT(text, HasSubstr("no adapter"));
  EXPECT_THAT(text, HasSubstr("skipped 1: lacks \"abort\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("auth/pass")));
}

}  // namespace
}  // namespace copilot::conformance
