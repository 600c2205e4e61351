// SPDX-License-Identifier: MIT
#include "conformance/scenario/coverage.h"

#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

class CoverageTest : public testing::Test {
 protected:
  CoverageTest() {
    Add("A-1", "auth", "core");
    Add("A-2", "auth", "edge").unit = {"AuthTest.Works"};
    Add("P-1", "pool", "edge").open = "There is no such platform.";
    Add("P-2", "pool", "core");
    Scenario scenario;
    scenario.contract = {"A-1"};
    catalogue_.scenarios.push_back(scenario);
  }
  Clause& Add(const std::string& id, const std::string& area,
              const std::string& level) {
    Clause& clause = catalogue_.contract[id];
    clause.id = id;
    clause.area = area;
    clause.level = level;
    clause.text = "Text of " + id;
    return clause;
  }

  Catalogue catalogue_;
};

TEST_F(CoverageTest, CountsWhatProvesAClause) {
  const Coverage coverage = MeasureCoverage(catalogue_, {});
  EXPECT_EQ(coverage.sum.by_scenarios, 1);
  EXPECT_EQ(coverage.sum.by_tests, 1);
  EXPECT_EQ(coverage.sum.open, 1);
  EXPECT_EQ(coverage.sum.unproven, 1);
  EXPECT_EQ(coverage.levels.at("core").unproven, 1);
  ASSERT_EQ(coverage.unproven.size(), 1u);
  EXPECT_EQ(coverage.unproven[0].id, "P-2");
  EXPECT_FALSE(coverage.complete());
}

TEST_F(CoverageTest, AReasonDoesNotMakeAClauseProven) {
  catalogue_.contract.at("P-2").open = "Nobody knows how.";
  const Coverage coverage = MeasureCoverage(catalogue_, {});
  EXPECT_TRUE(coverage.complete());
  const std::string text = CoverageText(coverage);
  EXPECT_NE(text.find("open     P-2       core      Text of P-2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Nobody knows how."), std::string::npos);
  EXPECT_NE(text.find(" 50.0\n"), std::string::npos);
}

TEST_F(CoverageTest, AreasSelect) {
  const Coverage coverage = MeasureCoverage(catalogue_, {"auth"});
  EXPECT_EQ(coverage.sum.all(), 2);
  EXPECT_TRUE(coverage.complete());
  EXPECT_EQ(coverage.areas.count("pool"), 0u);
}

TEST_F(CoverageTest, WhatHasNoProofIsListedWithItsEra) {
  catalogue_.contract.at("P-2").era = "V3";
  EXPECT_NE(CoverageText(MeasureCoverage(catalogue_, {}))
                .find("unproven P-2       core      Text of P-2 [V3]\n"),
            std::string::npos);
}

}  // namespace
}  // namespace copilot::conformance
