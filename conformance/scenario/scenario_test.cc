// SPDX-License-Identifier: MIT
#include "conformance/scenario/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/monitors/watch.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kGood[] = R"({
  // Comments are allowed.
  "id": "auth/first",
  "title": "The first one",
  "contract": ["AUTH-01"],
  "target": "harness",
  "requires": ["attempt"],
  "timeoutMs": 1234,
  "when": [{"attempt": {"prompt": "hi"}, "as": "first"}],
  "then": [{"result": "first"}]
})";

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

class ScenarioTest : public ::testing::Test {
 protected:
  tl::expected<Scenario, wire::DocumentErrors> Load(const std::string& text) {
    sandbox_.Write(file_, text);
    return LoadScenario(file_, "auth/first", &contract_);
  }
  // The only complaint about `text`, without the file's name.
  std::string Complaint(const std::string& text) {
    const auto loaded = Load(text);
    if (loaded) return "none";
    EXPECT_EQ(loaded.error().size(), 1u);
    const std::string complaint = loaded.error()[0].ToString();
    EXPECT_EQ(complaint.rfind(file_ + ":", 0), 0u) << complaint;
    return complaint.substr(file_.size() + 1);
  }

  Sandbox sandbox_;
  const std::string directory_ = sandbox_.workspace();
  const std::string file_ = directory_ + "/auth/first.json";
  const Contract contract_ = {{"AUTH-01", {}}};
};

TEST_F(ScenarioTest, ReadsAGoodFile) {
  const auto scenario = Load(kGood);
  ASSERT_TRUE(scenario.has_value()) << scenario.error()[0].ToString();
  EXPECT_EQ(scenario->id, "auth/first");
  EXPECT_EQ(scenario->area(), "auth");
  EXPECT_EQ(scenario->title, "The first one");
  EXPECT_EQ(scenario->target, "harness");
  EXPECT_EQ(scenario->timeout_ms, 1234);
  EXPECT_EQ(scenario->when.size(), 1u);
  EXPECT_EQ(scenario->then.size(), 1u);
  EXPECT_EQ(scenario->file, file_);
  EXPECT_THAT(scenario->contract, ElementsAre("AUTH-01"));
  EXPECT_THAT(scenario->requires_capabilities, ElementsAre("attempt"));
  EXPECT_THAT(scenario->monitors_off, testing::IsEmpty());
}

TEST_F(ScenarioTest, MayBreakAnyInvariantForAReason) {
  for (const std::string& name : MonitorNames()) {
    const auto scenario = Load(Replaced(
        "\"timeoutMs\": 1234",
        "\"monitors\": {\"off\": [\"" + name + "\"], \"why\": \"x\"}"));
    ASSERT_TRUE(scenario.has_value()) << scenario.error()[0].ToString();
    EXPECT_THAT(scenario->monitors_off, ElementsAre(name));
  }
  EXPECT_THAT(Complaint(Replaced("\"timeoutMs\": 1234",
                                 "\"monitors\": {\"off\": [\"turns\"]}")),
              HasSubstr("\"why\""));
}

TEST_F(ScenarioTest, HasDefaults) {
  const auto scenario = Load(Replaced("\"timeoutMs\": 1234,", ""));
  ASSERT_TRUE(scenario.has_value());
  EXPECT_EQ(scenario->timeout_ms, 30000);
  EXPECT_EQ(scenario->level, "extended");
  EXPECT_TRUE(scenario->given.is_object());
}

TEST_F(ScenarioTest, NamesTheLineOfBrokenJson) {
  EXPECT_THAT(Complaint(Replaced("\"title\":", "\"title\"")),
              ::testing::StartsWith("4: found string literal"));
}

TEST_F(ScenarioTest, NamesThePathOfWhatTheSchemaForbids) {
  EXPECT_THAT(Complaint(Replaced("\"harness\"", "\"hammer\"")),
              HasSubstr("$.target"));
  EXPECT_THAT(Complaint(Replaced("[\"attempt\"]", "[\"attempts\"]")),
              HasSubstr("$.requires[0]"));
  EXPECT_THAT(Complaint(Replaced("\"title\"", "\"tittle\": 1, \"title\"")),
              HasSubstr("tittle"));
}

TEST_F(ScenarioTest, WantsTheIdOfThePath) {
  EXPECT_EQ(Complaint(Replaced("auth/first", "auth/second")),
            " $.id: expected \"auth/first\" as in the path, got "
            "\"auth/second\"");
}

TEST_F(ScenarioTest, WantsClausesOfTheContract) {
  EXPECT_EQ(Complaint(Replaced("[\"AUTH-01\"]", "[\"AUTH-01\", \"AUTH-99\"]")),
            " $.contract[1]: no clause \"AUTH-99\" in the contract");
}

TEST_F(ScenarioTest, LeavesIdAndClausesUncheckedWithoutExpectations) {
  sandbox_.Write(file_, kGood);
  EXPECT_TRUE(LoadScenario(file_, "", nullptr).has_value());
}

TEST_F(ScenarioTest, SaysThatAFileIsNotThere) {
  const auto loaded = LoadScenario(directory_ + "/none.json", "", nullptr);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error()[0].file, directory_ + "/none.json");
}

constexpr char kContract[] = R"([{
  "id": "AUTH-01", "area": "auth", "level": "core", "text": "It is so.",
  "source": "harness spec 1"}])";

TEST_F(ScenarioTest, ACatalogueKeepsGoodAndBrokenApart) {
  sandbox_.Write(directory_ + "/contract.json", kContract);
  sandbox_.Write(file_, kGood);
  sandbox_.Write(directory_ + "/auth/broken.json", "{");
  sandbox_.Write(directory_ + "/auth/notes.txt", "no scenario");
  const auto catalogue = LoadCatalogue(directory_);
  ASSERT_TRUE(catalogue.has_value()) << catalogue.error()[0].ToString();
  ASSERT_EQ(catalogue->scenarios.size(), 1u);
  EXPECT_EQ(catalogue->scenarios[0].id, "auth/first");
  ASSERT_EQ(catalogue->broken.size(), 1u);
  EXPECT_EQ(catalogue->broken.begin()->first, "auth/broken");
  EXPECT_EQ(catalogue->contract.at("AUTH-01").text, "It is so.");
}

TEST_F(ScenarioTest, AClauseComesOnce) {
  sandbox_.Write(directory_ + "/contract.json", kContract);
  sandbox_.Write(directory_ + "/contract-more.json", kContract);
  const auto catalogue = LoadCatalogue(directory_);
  ASSERT_FALSE(catalogue.has_value());
  EXPECT_THAT(catalogue.error()[0].ToString(),
              HasSubstr("\"AUTH-01\" comes twice"));
}

TEST_F(ScenarioTest, ACatalogueNeedsAContract) {
  const auto empty = LoadCatalogue(directory_);
  ASSERT_FALSE(empty.has_value());
  EXPECT_THAT(empty.error()[0].message, HasSubstr("contract*.json"));
  const auto missing = LoadCatalogue(directory_ + "/none");
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error()[0].message, HasSubstr("cannot be read"));
}

TEST(MatchesPattern, StarsAndQuestionMarks) {
  for (const auto& [text, pattern] : {std::pair{"auth/first", "auth/first"},
                                      {"auth/first", "auth/*"},
                                      {"auth/first", "*"},
                                      {"auth/first", "*first"},
                                      {"auth/first", "a*/*t"},
                                      {"auth/first", "auth/f?rst"},
                                      {"aab", "*ab"},
                                      {"", ""},
                                      {"", "*"},
                                      {"a", "a**"}}) {
    EXPECT_TRUE(MatchesPattern(text, pattern)) << text << " " << pattern;
  }
  for (const auto& [text, pattern] : {std::pair{"auth/first", "auth"},
                                      {"auth/first", "first"},
                                      {"auth/first", "auth/?"},
                                      {"auth/first", "*second"},
                                      {"auth/first", ""},
                                      {"", "?"},
                                      {"abc", "a*d"}}) {
    EXPECT_FALSE(MatchesPattern(text, pattern)) << text << " " << pattern;
  }
}

}  // namespace
}  // namespace copilot::conformance
