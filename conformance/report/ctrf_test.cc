// SPDX-License-Identifier: MIT
#include "conformance/report/ctrf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

TEST(CtrfReport, CountsWhatItHolds) {
  const Json report = Json::parse(CtrfReport({EveryStatus(), 1.5, 1000.25}));
  EXPECT_EQ(report["reportFormat"], "CTRF");
  const Json& results = report["results"];
  EXPECT_EQ(results["tool"]["extra"]["judged"], "some-harness 1.2");
  const Json& summary = results["summary"];
  EXPECT_EQ(summary["tests"], 8);
  EXPECT_EQ(summary["passed"], 1);
  EXPECT_EQ(summary["failed"], 4);
  EXPECT_EQ(summary["skipped"], 1);
  EXPECT_EQ(summary["other"], 2);
  EXPECT_EQ(summary["flaky"], 1);
  EXPECT_EQ(summary["start"], 1000250);
  EXPECT_EQ(summary["stop"], 1001750);
}

TEST(CtrfReport, MapsEveryStatusAndKeepsItsOwn) {
  const Json report = Json::parse(CtrfReport({EveryStatus(), 1.5}));
  std::vector<std::pair<std::string, std::string>> came;
  for (const Json& test : report["results"]["tests"]) {
    came.emplace_back(test["rawStatus"], test["status"]);
  }
  EXPECT_THAT(came, testing::ElementsAre(std::pair("pass", "passed"),
                                         std::pair("fail", "failed"),
                                         std::pair("error", "failed"),
                                         std::pair("skip", "skipped"),
                                         std::pair("rehearsed", "other"),
                                         std::pair("expected-fail", "other"),
                                         std::pair("unexpected-pass", "failed"),
                                         std::pair("flake", "failed")));
}

TEST(CtrfReport, ExplainsAFailure) {
  const Json report = Json::parse(CtrfReport({EveryStatus(), 1.5}));
  const Json& fail = report["results"]["tests"][1];
  EXPECT_EQ(fail["name"], "auth/fail");
  EXPECT_EQ(fail["suite"], Json::array({"auth"}));
  EXPECT_EQ(fail["duration"], 250);
  EXPECT_EQ(fail["filePath"], "scenarios/auth/fail.json");
  EXPECT_EQ(fail["message"], "received session.create");
  EXPECT_EQ(fail["trace"],
            "received session.create\n  $.model\n- \"a\"\n+ \"b\"\n");
  EXPECT_EQ(fail["stderr"], Json::array({"a log line"}));
  EXPECT_EQ(fail["stdout"].size(), 3u);
  EXPECT_EQ(fail["extra"]["reproduce"],
            "copilot-conformance run auth/fail --keep");
}

}  // namespace
}  // namespace copilot::conformance
