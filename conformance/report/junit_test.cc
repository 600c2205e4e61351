// SPDX-License-Identifier: MIT
#include "conformance/report/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using ::testing::HasSubstr;

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
  // The schema has no such attribute here.
  EXPECT_FALSE(root.attribute("skipped"));
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
  EXPECT_THAT(fail.child("failure").text().get(), HasSubstr("- 1\n+ 2\n"));
  EXPECT_STREQ(fail.child("system-err").text().get(), "a log line");

  EXPECT_STREQ(
      Case(root, "turn/error").child("error").attribute("message").value(),
      "no adapter");
  EXPECT_STREQ(Case(root, "turn/skip").child("skipped").text().get(),
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

TEST_F(JUnit, HasAWordForEveryStatus) {
  const auto root = Parse(EveryStatus());
  EXPECT_EQ(root.attribute("failures").as_int(), 3);
  EXPECT_EQ(root.attribute("errors").as_int(), 1);
  EXPECT_STREQ(
      Case(root, "turn/flake").child("failure").attribute("type").value(),
      "flake");
  EXPECT_STREQ(
      Case(root, "turn/unexpected").child("failure").attribute("type").value(),
      "unexpected-pass");
  EXPECT_STREQ(Case(root, "turn/expected").child("skipped").text().get(),
               "expected to fail: received session.create");
  const auto turn = root.find_child_by_attribute("name", "turn");
  EXPECT_EQ(turn.attribute("skipped").as_int(), 2);
}

TEST_F(JUnit, ShowsWhatWasSaidAndHowToRunItAgain) {
  const auto root = Parse(EveryStatus());
  const std::string out =
      Case(root, "auth/fail").child("system-out").text().get();
  EXPECT_THAT(out, HasSubstr("harness → CLI"));
  EXPECT_THAT(out, HasSubstr("copilot-conformance run auth/fail --keep"));
}

TEST_F(JUnit, TellsRoundsApart) {
  Verdict second = Make("auth/pass", Status::kPass);
  second.round = 2;
  const auto root = Parse({Make("auth/pass", Status::kPass), second});
  EXPECT_TRUE(Case(root, "auth/pass"));
  EXPECT_TRUE(Case(root, "auth/pass (round 2)"));
}

TEST_F(JUnit, WhatIsExpectedIsSkippedAndWhatIsNotIsAFailure) {
  Verdict known = Make("a/known", Status::kExpectedFail);
  known.reason = "known for long";
  Verdict pass = Make("a/pass", Status::kUnexpectedPass);
  pass.reason = "it passed";
  const auto root = Parse({known, pass, Make("a/flake", Status::kFlake)});
  EXPECT_STREQ(Case(root, "a/known").child("skipped").text().get(),
               "expected to fail: known for long");
  EXPECT_THAT(
      Case(root, "a/pass").child("failure").attribute("message").value(),
      HasSubstr("it passed"));
  EXPECT_TRUE(Case(root, "a/flake").child("failure"));
  EXPECT_EQ(root.child("testsuite").attribute("skipped").as_int(), 1);
  EXPECT_EQ(root.attribute("failures").as_int(), 2);
}

}  // namespace
}  // namespace copilot::conformance
