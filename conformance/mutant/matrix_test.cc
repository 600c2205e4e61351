// SPDX-License-Identifier: MIT
//
// Some variants of each area are caught by a scenario of a clause that they
// break (ci/kill-matrix takes them all); and the matrix knows those that are
// not.
#include "conformance/mutant/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "conformance/mutant/matrix_report.h"
#include "conformance/mutant/variants/helpers.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Catalogue& TheCatalogue() {
  static const auto* const catalogue =
      new Catalogue(*LoadCatalogue(DefaultScenarios()));
  return *catalogue;
}

// Only with scenarios whose id matches.
Matrix RunWith(const std::vector<const Mutation*>& variants, Depth depth,
               const std::string& pattern = "*") {
  std::vector<Scenario> scenarios;
  for (const Scenario& scenario : TheCatalogue().scenarios) {
    if (MatchesPattern(scenario.id, pattern)) scenarios.push_back(scenario);
  }
  MatrixOptions options;
  options.depth = depth;
  options.jobs = 2;
  options.timeout_ms = 6000;
  options.judge_breadth = false;
  return RunMatrix(variants, scenarios, MatrixPrograms::In(PROGRAM_DIRECTORY),
                   options, nullptr);
}

std::vector<std::string> AreasWithVariants() {
  std::set<std::string> areas;
  for (const Mutation& mutation : Mutations()) areas.insert(mutation.area);
  return {areas.begin(), areas.end()};
}

class KillMatrix : public testing::TestWithParam<std::string> {};

TEST_P(KillMatrix, VariantsAreCaughtByScenariosOfTheirClauses) {
  constexpr size_t kSome = 3;
  std::vector<const Mutation*> all;
  for (const Mutation& mutation : Mutations()) {
    if (mutation.area == GetParam()) all.push_back(&mutation);
  }
  // From all over the area.
  std::vector<const Mutation*> variants;
  for (size_t i = 0; i < std::min(kSome, all.size()); ++i) {
    variants.push_back(all[i * all.size() / kSome % all.size()]);
  }
  const Matrix matrix = RunWith(variants, Depth::kClaims);
  EXPECT_TRUE(matrix.good()) << MatrixText(matrix, TheCatalogue());
}

INSTANTIATE_TEST_SUITE_P(, KillMatrix, testing::ValuesIn(AreasWithVariants()),
                         [](const auto& info) { return info.param; });

TEST(MatrixTest, KnowsWhatNoScenarioCatches) {
  // Nothing is broken, whatever it says.
  const Mutation survivor{"none", {"AUTH-27"}, "", {}, "auth"};
  const Matrix matrix = RunWith({&survivor}, Depth::kClaims);
  ASSERT_EQ(matrix.rows.size(), 1u);
  EXPECT_THAT(matrix.rows[0].killed_by, IsEmpty());
  EXPECT_THAT(matrix.rows[0].survived, Not(IsEmpty()));
  EXPECT_TRUE(matrix.rows[0].judged_again);
  EXPECT_FALSE(matrix.good());
  EXPECT_THAT(MatrixText(matrix, TheCatalogue()), HasSubstr("survived none: "));
}

TEST(MatrixTest, KnowsWhatTheWrongScenariosCatch) {
  // Runs with the faults of that name; says that it breaks something else.
  Mutation misplaced = *FindMutation("auth-order");
  misplaced.clauses = {"AUTH-27"};
  const Matrix matrix = RunWith({&misplaced}, Depth::kQuick, "auth/env-o*");
  ASSERT_EQ(matrix.rows.size(), 1u);
  EXPECT_FALSE(matrix.rows[0].killed());
  EXPECT_TRUE(matrix.rows[0].misplaced());
  EXPECT_FALSE(matrix.good());
  EXPECT_THAT(MatrixText(matrix, TheCatalogue()),
              HasSubstr("misplaced auth-order: "));
}

// A matrix of these rows that a run could have come to.
Matrix Made(int killed, int broad, int survived) {
  static const Mutation mutation{"auth-x", {"AUTH-27"}, "it is x", {}, "auth"};
  Matrix matrix;
  const auto add = [&](int count, std::vector<std::string> killed_by,
                       std::vector<std::string> others) {
    for (int i = 0; i < count; ++i) {
      MatrixRow row;
      row.mutation = &mutation;
      row.killed_by = killed_by;
      row.others = others;
      matrix.rows.push_back(row);
    }
  };
  add(killed, {"auth/a"}, {"b/1", "b/2", "b/3", "b/4", "b/5"});
  add(broad, {"auth/a"}, {"b/1", "b/2", "b/3", "b/4", "b/5", "b/6"});
  add(survived, {}, {});
  return matrix;
}

TEST(MatrixTest, IsGoodWhenAllAreKilledAndAFifthIsBroad) {
  EXPECT_TRUE(Made(4, 1, 0).good());
  EXPECT_TRUE(Made(8, 2, 0).good());
  EXPECT_FALSE(Made(3, 1, 0).good());
  EXPECT_FALSE(Made(9, 0, 1).good());
  Matrix few = Made(0, 1, 0);
  few.options.judge_breadth = false;
  EXPECT_TRUE(few.good());
  Matrix unsound = Made(4, 1, 0);
  unsound.control = {"auth/a"};
  EXPECT_FALSE(unsound.good());
}

TEST(MatrixReportTest, TellsWhatOnlyASecondAttemptCouldDecide) {
  Matrix matrix = Made(1, 0, 0);
  matrix.rows[0].judged_again = true;
  matrix.control_noise = {"auth/b"};
  EXPECT_TRUE(matrix.good());
  const std::string text = MatrixText(matrix, TheCatalogue());
  EXPECT_THAT(text, HasSubstr("killed at the second attempt, alone: auth-x\n"));
  EXPECT_THAT(text, HasSubstr("(among others, and not alone, auth/b)"));
  const Json json = Json::parse(MatrixJson(matrix, TheCatalogue()));
  EXPECT_EQ(json["variants"][0]["judgedAgain"], true);
  EXPECT_EQ(json["control"]["noise"], Json::array({"auth/b"}));
}

TEST(MatrixReportTest, CountsAndNames) {
  const Matrix matrix = Made(1, 1, 1);
  const std::string text = MatrixText(matrix, TheCatalogue());
  EXPECT_THAT(text, HasSubstr("3 variants, 2 killed, 1 not, 1 broad (33%)"));
  EXPECT_THAT(text, HasSubstr("broad auth-x: it is x\n  tripped   b/1 b/2"));
  EXPECT_THAT(text, HasSubstr("survived auth-x: it is x\n  breaks    AUTH-27"));
  EXPECT_THAT(MatrixMarkdown(matrix, TheCatalogue()),
              HasSubstr("| auth-x | it is x | AUTH-27 | **survived** | 0 |"));
  const Json json = Json::parse(MatrixJson(matrix, TheCatalogue()));
  EXPECT_EQ(json["killed"], 2);
  EXPECT_EQ(json["variants"][2]["fate"], "survived");
}

TEST(MutationsTest, AreAllRight) {
  EXPECT_THAT(ProblemsOf(Mutations(), TheCatalogue()), IsEmpty());
}

TEST(MutationsTest, AreToldWhatIsWrongWithThem) {
  const std::vector<Fault> faults = {DropNotification("log")};
  EXPECT_THAT(ProblemsOf({{"auth-a", {"AUTH-27"}, "", faults, "auth"},
                          {"auth-a", {"NO-1"}, "", faults, "auth"},
                          {"pool-b", {"CLI-01"}, "", {}, "auth"},
                          {"cli-c", {}, "", faults, "cli"}},
                         TheCatalogue()),
              ElementsAre("auth-a: another has this name",
                          "auth-a: no such clause: NO-1",
                          "pool-b: its name must begin with \"auth-\"",
                          "pool-b: it has no fault",
                          "pool-b: no harness scenario claims CLI-01",
                          "cli-c: it breaks no clause"));
}

TEST(MutationsTest, LeaveClausesUnbroken) {
  const std::vector<Mutation> one = {{"auth-a", {"AUTH-27"}, "", {}, "auth"}};
  EXPECT_THAT(Unbroken(one, TheCatalogue()), Not(Contains("AUTH-27")));
  EXPECT_THAT(Unbroken({}, TheCatalogue()), Contains("AUTH-27"));
}

}  // namespace
}  // namespace copilot::conformance
