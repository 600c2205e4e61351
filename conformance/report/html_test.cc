// SPDX-License-Identifier: MIT
#include "conformance/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kBegin =
    "<script type=\"application/json\" id=\"data\">";

std::string DataText(const std::string& page) {
  const size_t begin = page.find(kBegin) + kBegin.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

Json DataOf(const std::string& page) { return Json::parse(DataText(page)); }

TEST(HtmlReport, IsOneFileThatLoadsNothing) {
  const std::string page = HtmlReport({EveryStatus(), 1.5}, {});
  EXPECT_THAT(page, HasSubstr("prefers-reduced-motion"));
  EXPECT_THAT(page, HasSubstr("openPermalink"));
  EXPECT_THAT(page, Not(HasSubstr("/*DATA*/")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
}

TEST(HtmlReport, HoldsScenariosWithTheirClausesAndFailures) {
  const Contract contract = {
      {"C-1", {"C-1", "auth", "core", "It is so.", "here", "", {}, ""}},
      {"C-2", {"C-2", "auth", "core", "Not used.", "", "", {}, ""}}};
  Background background;
  background.contract = &contract;
  const Json data = DataOf(HtmlReport({EveryStatus(), 1.5}, background));
  EXPECT_EQ(data["clauses"].size(), 1u);
  EXPECT_EQ(data["clauses"]["C-1"]["text"], "It is so.");
  EXPECT_EQ(data["runs"][0]["name"], "some-harness 1.2");
  EXPECT_EQ(data["runs"][0]["failed"], 4);
  ASSERT_EQ(data["scenarios"].size(), 8u);
  const Json& fail = data["scenarios"][1];
  EXPECT_EQ(fail["id"], "auth/fail");
  const Json& result = fail["results"][0][0];
  EXPECT_EQ(result["status"], "fail");
  EXPECT_EQ(result["failures"][0]["detail"],
            Json::parse(R"([[" ", "$.model"], ["-", "\"a\""],
                            ["+", "\"b\""]])"));
  EXPECT_EQ(result["focus"], 2);
  EXPECT_EQ(result["said"][1],
            Json::parse(R"([0.002, "harness", "CLI", "request",
                            "session.create", "{\"model\":\"b\"}"])"));
}

TEST(HtmlReport, PutsRunsSideBySide) {
  Verdict other = Make("auth/only-there", Status::kPass);
  other.implementation = "some-harness";
  other.implementation_version = "1.2";
  Background background;
  background.others = {{{other, Make("auth/pass", Status::kFail)}, 2}};
  background.changes = Changes{"before.json", {"auth/pass"}, {}, {}, {"x/y"}};
  const Json data = DataOf(HtmlReport({EveryStatus(), 1.5}, background));
  EXPECT_EQ(data["runs"][1]["name"], "some-harness 1.2 (2)");
  ASSERT_EQ(data["scenarios"].size(), 9u);
  for (const Json& scenario : data["scenarios"]) {
    ASSERT_EQ(scenario["results"].size(), 2u);
    if (scenario["id"] == "auth/only-there") {
      EXPECT_EQ(scenario["results"][0].size(), 0u);
      EXPECT_EQ(scenario["results"][1][0]["status"], "pass");
    }
  }
  EXPECT_EQ(data["changes"]["newlyFailing"][0], "auth/pass");
  EXPECT_EQ(data["changes"]["gone"][0], "x/y");
}

TEST(HtmlReport, NothingBreaksOutOfItsData) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.title = "</script><script>alert(1)</script><!-- /*SCRIPT*/ \xff";
  const std::string page = HtmlReport({{verdict}}, {});
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(DataText(page), Not(HasSubstr("<")));
  EXPECT_EQ(DataOf(page)["scenarios"][0]["title"],
            "</script><script>alert(1)</script><!-- /*SCRIPT*/ \xEF\xBF\xBD");
}

}  // namespace
}  // namespace copilot::conformance
