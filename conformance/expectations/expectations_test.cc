// SPDX-License-Identifier: MIT
#include "conformance/expectations/expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"
#include "conformance/stage/sandbox.h"
#include "wire/json_damage.h"

namespace copilot::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr char kToday[] = "2026-11-21";

Verdict Failed(const std::string& id, const std::string& title = "step 1") {
  Verdict verdict = Make(id, Status::kFail);
  verdict.failures = {{title, "detail\n"}};
  verdict.implementation = "my-adapter";
  verdict.implementation_version = "1.3.0";
  return verdict;
}

Verdict Error(const std::string& id) {
  Verdict verdict = Make(id, Status::kError);
  verdict.reason = "no adapter";
  return verdict;
}

class ExpectationsTest : public ::testing::Test {
 protected:
  // From entries, as they stand in the list.
  Expectations Load(const std::string& entries) {
    const auto loaded = TryLoad("{\"expectations\": [\n" + entries + "\n]}");
    EXPECT_TRUE(loaded.has_value()) << loaded.error()[0].ToString();
    return loaded ? *loaded : Expectations::Empty(file_, kToday);
  }
  tl::expected<Expectations, wire::DocumentErrors> TryLoad(
      const std::string& text) {
    sandbox_.Write(file_, text);
    return Expectations::Load(file_, kToday);
  }
  std::string Complaint(const std::string& entry) {
    const auto loaded = TryLoad("{\"expectations\": [\n" + entry + "\n]}");
    return loaded ? "none" : loaded.error()[0].ToString().substr(file_.size());
  }
  static Verdict Settled(const Expectations& expectations, Verdict verdict) {
    expectations.Settle(&verdict);
    return verdict;
  }
  // What the entries make of a failure of a/b.
  Status OfFailure(const std::string& entries) {
    return Settled(Load(entries), Failed("a/b")).status;
  }
  std::vector<std::string> Problems(const Expectations& expectations,
                                    std::vector<Verdict> verdicts,
                                    const std::set<std::string>& ids) {
    for (Verdict& verdict : verdicts) expectations.Settle(&verdict);
    return expectations.Problems(verdicts, ids);
  }
  // The list of the file after an update.
  std::string Rewritten(const std::string& entries,
                        std::vector<Verdict> verdicts,
                        const std::set<std::string>& ids) {
    const Expectations expectations = Load(entries);
    for (Verdict& verdict : verdicts) expectations.Settle(&verdict);
    const auto update = expectations.Rewrite(verdicts, ids);
    EXPECT_TRUE(update.has_value()) << update.error();
    if (update) update_ = *update;
    const std::string text = ReadFile(file_);
    EXPECT_TRUE(Expectations::Load(file_, kToday).has_value()) << text;
    return text.substr(19, text.size() - 22);
  }

  Sandbox sandbox_;
  const std::string file_ = sandbox_.temp() + "/known.json";
  Expectations::Update update_;
};

TEST_F(ExpectationsTest, AFailureThatIsKnownIsExpected) {
  const Verdict verdict =
      Settled(Load(R"({"id": "a/*", "reason": "waits for the fix",
                       "link": "https://example.org/7"})"),
              Failed("a/b"));
  EXPECT_EQ(verdict.status, Status::kExpectedFail);
  EXPECT_EQ(verdict.reason, "waits for the fix https://example.org/7");
  EXPECT_EQ(verdict.failures.size(), 1u);
  EXPECT_FALSE(IsRed(verdict.status));
}

TEST_F(ExpectationsTest, WhatNobodyExpectsStaysAsItIs) {
  const Expectations expectations =
      Load(R"({"id": "a/*", "reason": "waits for the fix"})");
  EXPECT_EQ(Settled(expectations, Failed("b/b")).status, Status::kFail);
  EXPECT_EQ(Settled(expectations, Make("b/b", Status::kPass)).status,
            Status::kPass);
  EXPECT_EQ(Settled(expectations, Make("a/b", Status::kSkip)).status,
            Status::kSkip);
  Verdict wrong = Error("a/b");
  wrong.bad_input = true;
  EXPECT_EQ(Settled(expectations, wrong).reason, "no adapter");
}

TEST_F(ExpectationsTest, APassThatWasToFailIsUnexpected) {
  const Verdict verdict =
      Settled(Load(R"({"id": "a/b", "reason": "waits for the fix"})"),
              Make("a/b", Status::kPass));
  EXPECT_EQ(verdict.status, Status::kUnexpectedPass);
  EXPECT_EQ(verdict.reason, file_ +
                                ":2 expects it to fail, and it passed: "
                                "waits for the fix");
}

TEST_F(ExpectationsTest, AnotherMessageIsAnotherFailure) {
  const char* entry =
      R"({"id": "a/b", "message": "step", "reason": "waits for it"})";
  EXPECT_EQ(OfFailure(entry), Status::kExpectedFail);
  const Verdict verdict =
      Settled(Load(entry), Failed("a/b", "result of first"));
  EXPECT_EQ(verdict.status, Status::kFail);
  EXPECT_EQ(verdict.reason,
            file_ +
                ":2 expects a failure that begins with \"step\", got "
                "\"result of first\"");
}

TEST_F(ExpectationsTest, AConditionMustHold) {
  const auto when = [](const std::string& condition) {
    return R"({"id": "a/b", "reason": "waits for it", "when": )" + condition +
           "}";
  };
  EXPECT_EQ(OfFailure(when(R"({"adapter": "my-*"})")), Status::kExpectedFail);
  EXPECT_EQ(OfFailure(when(R"({"adapter": "your-*"})")), Status::kFail);
  EXPECT_EQ(OfFailure(when(R"({"version": ">=1.2 <2"})")),
            Status::kExpectedFail);
  EXPECT_EQ(OfFailure(when(R"({"version": "<1.3"})")), Status::kFail);
  EXPECT_EQ(OfFailure(when(R"({"platform": "linux"})")), Status::kExpectedFail);
  EXPECT_EQ(OfFailure(when(R"({"platform": "windows"})")), Status::kFail);
  EXPECT_EQ(OfFailure(when(R"({"cli": ">=1"})")), Status::kFail);
  Verdict of_cli = Failed("a/b");
  of_cli.implementation = kCopilotCli;
  EXPECT_EQ(Settled(Load(when(R"({"cli": ">=1"})")), of_cli).status,
            Status::kExpectedFail);
}

TEST_F(ExpectationsTest, TheFirstThatMatchesCounts) {
  EXPECT_EQ(Settled(Load(R"({"id": "a/b", "expect": "error",
                             "reason": "the first one"},
                            {"id": "a/*", "reason": "the second one"})"),
                    Failed("a/b"))
                .reason,
            file_ + ":2 expects it to be an error, not this");
  EXPECT_EQ(Settled(Load(R"({"id": "a/b", "when": {"platform": "windows"},
                             "reason": "the first one"},
                            {"id": "a/*", "reason": "the second one"})"),
                    Failed("a/b"))
                .reason,
            "the second one");
}

TEST_F(ExpectationsTest, EveryKindOfVerdictCanBeExpected) {
  const auto expect = [&](const std::string& kind) {
    return Load(R"({"id": "a/b", "reason": "waits for it", "expect": ")" +
                kind + "\"}");
  };
  EXPECT_EQ(Settled(expect("error"), Error("a/b")).reason,
            "waits for it\nno adapter");
  EXPECT_EQ(Settled(expect("error"), Error("a/b")).status,
            Status::kExpectedFail);
  EXPECT_EQ(Settled(expect("fail"), Error("a/b")).status, Status::kError);
  EXPECT_EQ(Settled(expect("skip"), Make("a/b", Status::kSkip)).status,
            Status::kSkip);
  EXPECT_EQ(Settled(expect("skip"), Make("a/b", Status::kPass)).status,
            Status::kUnexpectedPass);
  EXPECT_EQ(Settled(expect("flake"), Make("a/b", Status::kPass)).status,
            Status::kPass);
  EXPECT_EQ(Settled(expect("flake"), Failed("a/b")).status,
            Status::kExpectedFail);
}

TEST_F(ExpectationsTest, CountsUntilItsLastDay) {
  const auto until = [](const std::string& day) {
    return R"({"id": "a/b", "reason": "waits for it", "expires": ")" + day +
           "\"}";
  };
  EXPECT_EQ(OfFailure(until("2026-11-21")), Status::kExpectedFail);
  const Expectations expired = Load(until("2026-11-20"));
  const Verdict verdict = Settled(expired, Failed("a/b"));
  EXPECT_EQ(verdict.status, Status::kFail);
  EXPECT_EQ(verdict.reason, file_ +
                                ":2 expected this until 2026-11-20, and "
                                "has expired: waits for it");
  EXPECT_EQ(Settled(expired, Make("a/b", Status::kPass)).status, Status::kPass);
  EXPECT_THAT(Problems(expired, {Make("a/b", Status::kPass)}, {"a/b"}),
              ElementsAre(file_ + ":2: \"a/b\" expired on 2026-11-20"));
}

TEST_F(ExpectationsTest, AnEntryForNoScenarioIsStale) {
  EXPECT_THAT(
      Problems(Load(R"({"id": "a/gone", "reason": "waits for it"})"),
               {Failed("a/b")}, {"a/b"}),
      ElementsAre(file_ + ":2: stale: no scenario is called \"a/gone\""));
}

TEST_F(ExpectationsTest, AnEntryWhoseScenariosOthersHaveIsStale) {
  const Expectations expectations = Load(
      "{\"id\": \"a/*\", \"reason\": \"waits for it\"},\n"
      "{\"id\": \"a/b\", \"reason\": \"waits for it\"}");
  EXPECT_THAT(Problems(expectations, {Failed("a/b")}, {"a/b", "a/c"}),
              ElementsAre(file_ + ":3: stale: entries before it have all that "
                                  "\"a/b\" matches"));
}

TEST_F(ExpectationsTest, WhatDidNotRunSaysNothingAboutAnEntry) {
  EXPECT_THAT(Problems(Load(R"({"id": "a/*", "reason": "waits for it"},
                               {"id": "b/*", "reason": "waits for it"},
                               {"id": "c/*", "reason": "waits for it",
                                "when": {"platform": "windows"}})"),
                       {Make("b/b", Status::kSkip), Make("c/c", Status::kPass)},
                       {"a/b", "b/b", "c/c"}),
              IsEmpty());
}

TEST_F(ExpectationsTest, AnUpdateRemovesWhatIsStaleAndAddsWhatIsNew) {
  EXPECT_EQ(Rewritten(R"(  // Of last year.
  {"id": "a/gone", "reason": "waits for it"},

  // Known.
  {"id": "a/known",   "reason": "waits for it"}, // still
  {"id": "a/passes", "reason": "waits for it"})",
                      {Failed("a/known"), Make("a/passes", Status::kPass),
                       Failed("a/new", "result of \"x\""), Error("a/error"),
                       Failed("a/new", "another round")},
                      {"a/known", "a/passes", "a/new", "a/error"}),
            R"(
  // Known.
  {"id": "a/known",   "reason": "waits for it"}, // still
  {
    "id": "a/new",
    "message": "result of \"x\"",
    "reason": "new failure of 2026-11-21; reason unknown"
  },
  {
    "id": "a/error",
    "expect": "error",
    "reason": "new failure of 2026-11-21; reason unknown"
  })");
  EXPECT_THAT(update_.removed, ElementsAre("a/gone", "a/passes"));
  EXPECT_THAT(update_.added, ElementsAre("a/new", "a/error"));
  EXPECT_THAT(update_.by_hand, IsEmpty());
}

TEST_F(ExpectationsTest, AnUpdateLeavesWhatItCannotKnow) {
  const char* entries =
      R"({"id": "a/*", "reason": "waits for it"},
{"id": "b/*", "reason": "waits for it"},
{"id": "c/c", "message": "step", "reason": "waits for it"},
{"id": "d/d", "expires": "2020-01-01", "reason": "waits for it"},
{"id": "e/e", "expect": "flake", "reason": "waits for it"},
{"id": "f/f", "when": {"adapter": "other"}, "reason": "waits for it"})";
  EXPECT_EQ(
      Rewritten(
          entries,
          {Failed("a/a"), Make("a/b", Status::kPass),
           Make("b/a", Status::kPass), Failed("c/c", "another"), Failed("d/d"),
           Make("e/e", Status::kPass), Make("f/f", Status::kPass)},
          {"a/a", "a/b", "b/a", "b/not-run", "c/c", "d/d", "e/e", "f/f"}),
      entries);
  EXPECT_THAT(update_.by_hand,
              ElementsAre(HasSubstr(":2: \"a/*\" matches a/b, which passes"),
                          HasSubstr(":3: \"b/*\" matches b/a, which passes"),
                          HasSubstr(":4: \"c/c\" matches c/c, which does not"),
                          HasSubstr("or the entry has expired")));
}

TEST_F(ExpectationsTest, AnUpdateTellsAdaptersApartWhereTheFileDoes) {
  EXPECT_THAT(Rewritten(R"({"id": "a/a", "when": {"adapter": "other"},
                    "reason": "waits for it"})",
                        {Failed("a/b")}, {"a/a", "a/b"}),
              HasSubstr("\"when\": {\n    \"adapter\": \"my-adapter\"\n  }"));
}

TEST_F(ExpectationsTest, AfterAnUpdateTheSameRunHasNothingUnexpected) {
  std::vector<Verdict> verdicts = {Failed("a/a"), Error("a/b"),
                                   Make("a/c", Status::kPass),
                                   Make("a/d", Status::kSkip)};
  const std::set<std::string> ids = {"a/a", "a/b", "a/c", "a/d"};
  Rewritten(R"({"id": "a/c", "reason": "waits for it"})", verdicts, ids);
  const auto again = Expectations::Load(file_, kToday);
  ASSERT_TRUE(again.has_value());
  for (Verdict& verdict : verdicts) {
    again->Settle(&verdict);
    EXPECT_FALSE(IsRed(verdict.status)) << verdict.id;
  }
  EXPECT_THAT(again->Problems(verdicts, ids), IsEmpty());
}

TEST_F(ExpectationsTest, AnUpdateMakesTheFirstFile) {
  const Expectations none = Expectations::Empty(file_, kToday);
  ASSERT_TRUE(none.Rewrite({Failed("a/b")}, {"a/b"}).has_value());
  const auto loaded = Expectations::Load(file_, kToday);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->entries().size(), 1u);
  const Expectations nowhere =
      Expectations::Empty("/no/such/directory/x.json", kToday);
  EXPECT_FALSE(nowhere.Rewrite({Failed("a/b")}, {"a/b"}).has_value());
}

TEST_F(ExpectationsTest, SaysWhereAFileIsWrong) {
  EXPECT_THAT(Complaint("{"), StartsWith(":3: "));
  EXPECT_THAT(Complaint("{}"), StartsWith(": $.expectations[0]: "));
  EXPECT_THAT(Complaint(R"({"id": "a", "reason": "too short"})"),
              StartsWith(": $.expectations[0].reason: "));
  EXPECT_THAT(Complaint(R"({"id": "a", "reason": "long enough",
                            "expect": "pass"})"),
              HasSubstr("\"pass\""));
  EXPECT_EQ(Complaint(R"({"id": "a", "reason": "long enough",
                          "expires": "2026-02-30"})"),
            ": $.expectations[0].expires: expected a day of the calendar, got "
            "\"2026-02-30\"");
  EXPECT_EQ(Complaint(R"({"id": "a", "reason": "long enough",
                          "when": {"version": "=>1"}})"),
            ": $.expectations[0].when.version: \"=>1\": expected <, <=, >, >= "
            "or =, got \"=>\"");
  EXPECT_THAT(Expectations::Load("/no/such/file", kToday).error()[0].ToString(),
              HasSubstr("cannot be read"));
}

TEST_F(ExpectationsTest, NothingThatIsWrongWithAFileBringsItDown) {
  const Json good = Json::parse(
      R"({"expectations": [{"id": "a/*", "reason": "long enough",
          "message": "x", "link": "y", "expires": "2026-02-28",
          "expect": "fail", "when": {"adapter": "a", "version": ">=1",
          "cli": "1", "platform": "linux"}}]})");
  wire::ForEachDamage(good, [&](const Json& damaged) {
    const auto loaded = TryLoad(damaged.dump());
    EXPECT_TRUE(loaded.has_value() || !loaded.error().empty());
  });
}

TEST(Today, IsADay) {
  EXPECT_THAT(Today(), testing::MatchesRegex("20[0-9][0-9]-[0-9][0-9]-[0-9]+"));
}

}  // namespace
}  // namespace copilot::conformance
