// SPDX-License-Identifier: MIT
#include "conformance/scenario/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "wire/secret.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

Mismatches Differences(const std::string& expected, const std::string& actual,
                       Bindings bindings = {}) {
  const Json value = Json::parse(actual);
  return Match(Json::parse(expected), &value, bindings);
}

struct Row {
  const char* expected;
  const char* actual;
};

template <size_t N>
void ExpectMatches(const Row (&rows)[N]) {
  for (const Row& row : rows) {
    const Mismatches found = Differences(row.expected, row.actual);
    EXPECT_TRUE(found.empty())
        << row.expected << " against " << row.actual << ": "
        << (found.empty() ? "" : found[0].path + " " + found[0].expected);
  }
}

struct WrongRow {
  const char* expected;
  const char* actual;
  const char* path;
  const char* words;  // in Mismatch::expected
  const char* came;
};

template <size_t N>
void ExpectDiffers(const WrongRow (&rows)[N]) {
  for (const WrongRow& row : rows) {
    SCOPED_TRACE(std::string(row.expected) + " against " + row.actual);
    const Mismatches found = Differences(row.expected, row.actual);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].path, row.path);
    EXPECT_THAT(found[0].expected, HasSubstr(row.words));
    EXPECT_EQ(found[0].came, row.came);
  }
}

TEST(Match, AValueMatchesAnEqualValue) {
  ExpectMatches({{"1", "1"},
                 {"null", "null"},
                 {"\"a\"", "\"a\""},
                 {"true", "true"},
                 {"[1, [2]]", "[1, [2]]"}});
  ExpectDiffers({{"1", "2", "$", "1", "2"},
                 {"null", "0", "$", "null", "0"},
                 {"\"a\"", "\"b\"", "$", "\"a\"", "\"b\""},
                 {"true", "1", "$", "true", "1"}});
}

TEST(Match, AnObjectMatchesWhenItsMembersDoAndMayHaveMore) {
  ExpectMatches({{R"({"a": 1})", R"({"a": 1, "b": 2})"},
                 {"{}", R"({"a": 1})"},
                 {R"({"a": {"b": null}})", R"({"a": {"b": null, "c": 1}})"}});
  ExpectDiffers(
      {{R"({"a": {"b": 1}})", R"({"a": {"b": 2}})", "$.a.b", "1", "2"},
       {R"({"a": 1})", "{}", "$.a", "1", "nothing"},
       {R"({"a": null})", "{}", "$.a", "null", "nothing"},
       {"{}", "[]", "$", "{}", "[]"}});
}

TEST(Match, AnArrayMatchesElementByElementAndInLength) {
  ExpectMatches({{R"([1, {"a": 1}])", R"([1, {"a": 1, "b": 2}])"}});
  ExpectDiffers({{"[1, 2]", "[1, 3]", "$[1]", "2", "3"},
                 {"[1]", "[1, 2]", "$", "1 elements: [1]", "[1,2]"},
                 {"[]", "{}", "$", "[]", "{}"}});
}

TEST(Match, EveryDifferenceIsReported) {
  const Mismatches found =
      Differences(R"({"a": 1, "b": [1, 2]})", R"({"b": [3, 4]})");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, "$.a");
  EXPECT_EQ(found[1].path, "$.b[0]");
  EXPECT_EQ(found[2].path, "$.b[1]");
}

TEST(Match, ExactAllowsNoMembersMore) {
  ExpectMatches({{R"({"$exact": {"a": 1}})", R"({"a": 1})"}});
  ExpectDiffers({{R"({"$exact": {"a": 1}})", R"({"a": 1, "b": 2})", "$",
                  R"(exactly {"a":1})", R"({"a":1,"b":2})"}});
}

TEST(Match, RegexSearchesInStrings) {
  ExpectMatches({{R"({"$regex": "b+"})", "\"abbc\""},
                 {R"({"$regex": "^\\d{3}$"})", "\"123\""}});
  ExpectDiffers(
      {{R"({"$regex": "^b"})", "\"ab\"", "$", "matches /^b/", "\"ab\""},
       {R"({"$regex": "1"})", "1", "$", "matches /1/", "1"},
       {R"({"$regex": "("})", "\"a\"", "$", "a valid regular expression",
        "\"a\""}});
}

TEST(Match, ContainsLooksIntoStringsAndArrays) {
  ExpectMatches({{R"({"$contains": "ell"})", "\"hello\""},
                 {R"({"$contains": {"a": 1}})", R"([0, {"a": 1, "b": 2}])"},
                 {R"({"$contains": {"$regex": "^x"}})", R"(["a", "xy"])"}});
  ExpectDiffers(
      {{R"({"$contains": "z"})", "\"hello\"", "$", "text that contains \"z\"",
        "\"hello\""},
       {R"({"$contains": 2})", "[1]", "$", "an element like 2", "[1]"},
       {R"({"$contains": "a"})", R"({"a": 1})", "$", "an element like \"a\"",
        R"({"a":1})"}});
}

TEST(Match, TypeKnowsTheTypesOfJson) {
  ExpectMatches({{R"({"$type": "string"})", "\"\""},
                 {R"({"$type": "number"})", "1.5"},
                 {R"({"$type": "number"})", "1"},
                 {R"({"$type": "integer"})", "1"},
                 {R"({"$type": "boolean"})", "false"},
                 {R"({"$type": "object"})", "{}"},
                 {R"({"$type": "array"})", "[]"},
                 {R"({"$type": "null"})", "null"}});
  ExpectDiffers(
      {{R"({"$type": "string"})", "1", "$", "of type string", "1"},
       {R"({"$type": "integer"})", "1.5", "$", "of type integer", "1.5"},
       {R"({"$type": "boolean"})", "0", "$", "of type boolean", "0"},
       {R"({"$type": "object"})", "[]", "$", "of type object", "[]"},
       {R"({"$type": "array"})", "{}", "$", "of type array", "{}"},
       {R"({"$type": "null"})", "0", "$", "of type null", "0"},
       {R"({"$type": "number"})", "\"1\"", "$", "of type number", "\"1\""}});
}

TEST(Match, AbsentAndPresentTellAMissingMemberFromNull) {
  ExpectMatches({{R"({"a": {"$absent": true}})", "{}"},
                 {R"({"a": {"$absent": false}})", R"({"a": null})"},
                 {R"({"a": {"$present": true}})", R"({"a": null})"},
                 {R"({"a": {"$present": false}})", "{}"}});
  ExpectDiffers(
      {{R"({"a": {"$absent": true}})", R"({"a": null})", "$.a",
        "no such member", "null"},
       {R"({"a": {"$absent": false}})", "{}", "$.a", "a member", "nothing"},
       {R"({"a": {"$present": true}})", "{}", "$.a", "a member", "nothing"},
       {R"({"a": {"$present": false}})", R"({"a": 1})", "$.a", "no such member",
        "1"}});
}

TEST(Match, NotOneOfAndAllOfCombineMatchers) {
  ExpectMatches(
      {{R"({"$not": 1})", "2"},
       {R"({"a": {"$not": 1}})", "{}"},
       {R"({"$oneOf": [1, {"$type": "string"}]})", "\"a\""},
       {R"({"$allOf": [{"$type": "string"}, {"$regex": "a"}]})", "\"ab\""}});
  ExpectDiffers({{R"({"$not": 1})", "1", "$", "anything but 1", "1"},
                 {R"({"$oneOf": [1, 2]})", "3", "$", "one of [1,2]", "3"},
                 {R"({"$oneOf": []})", "3", "$", "one of []", "3"},
                 {R"({"$allOf": [{"$type": "string"}, {"$regex": "b"}]})",
                  "\"a\"", "$", "matches /b/", "\"a\""}});
}

TEST(Match, UnorderedUsesEveryElementOnce) {
  ExpectMatches({{R"({"$unordered": [2, 1]})", "[1, 2]"},
                 {R"({"$unordered": [1, 1]})", "[1, 1]"},
                 {R"({"$unordered": []})", "[]"}});
  ExpectDiffers({{R"({"$unordered": [1, 1]})", "[1, 2]", "$",
                  "an element like 1", "[1,2]"},
                 {R"({"$unordered": [1]})", "[1, 2]", "$",
                  "1 elements in any order", "[1,2]"},
                 {R"({"$unordered": [1]})", "1", "$", "in any order", "1"}});
}

TEST(Match, PrefixLooksAtTheBeginning) {
  ExpectMatches(
      {{R"({"$prefix": [1]})", "[1, 2]"}, {R"({"$prefix": []})", "[]"}});
  ExpectDiffers(
      {{R"({"$prefix": [1, 3]})", "[1, 2, 4]", "$[1]", "3", "2"},
       {R"({"$prefix": [1, 2]})", "[1]", "$", "begins with [1,2]", "[1]"},
       {R"({"$prefix": [1]})", "\"1\"", "$", "begins with [1]", "\"1\""}});
}

TEST(Match, CountTakesANumberOrAMatcher) {
  ExpectMatches({{R"({"$count": 2})", "[1, 2]"},
                 {R"({"$count": 1})", R"({"a": 1})"},
                 {R"({"$count": {"$gte": 1}})", "[1, 2]"}});
  ExpectDiffers(
      {{R"({"$count": 2})", "[1]", "$.size", "2", "1"},
       {R"({"$count": {"$lt": 1}})", "[1]", "$.size", "less than 1", "1"},
       {R"({"$count": 1})", "\"a\"", "$", "of size 1", "\"a\""}});
}

TEST(Match, NumbersAreCompared) {
  ExpectMatches({{R"({"$gt": 1})", "1.5"},
                 {R"({"$gte": 1})", "1"},
                 {R"({"$lt": 1})", "-1"},
                 {R"({"$lte": 1})", "1"},
                 {R"({"$gt": 1, "$lt": 3})", "2"}});
  ExpectDiffers({{R"({"$gt": 1})", "1", "$", "a number greater than 1", "1"},
                 {R"({"$gte": 2})", "1", "$", "a number at least 2", "1"},
                 {R"({"$lt": 1})", "1", "$", "a number less than 1", "1"},
                 {R"({"$lte": 1})", "2", "$", "a number at most 1", "2"},
                 {R"({"$gt": 1})", "\"2\"", "$", "a number", "\"2\""},
                 {R"({"$gt": 1, "$lt": 3})", "3", "$", "less than 3", "3"}});
}

TEST(Match, FingerprintOfShowsNoCredential) {
  const Json came = wire::Fingerprint("tok-a");
  Bindings none;
  EXPECT_TRUE(Match({{"$fingerprintOf", "tok-a"}}, &came, none).empty());

  const Mismatches found = Match({{"$fingerprintOf", "tok-b"}}, &came, none);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].expected, HasSubstr(wire::Fingerprint("tok-b")));
  EXPECT_THAT(found[0].expected, Not(HasSubstr("tok-b")));
  EXPECT_EQ(found[0].came, came.dump());
}

TEST(Match, CaptureRemembersWhatCame) {
  Bindings bindings;
  const Json actual = {{"id", "x-1"}, {"copy", "x-1"}};
  EXPECT_TRUE(Match({{"id", {{"$capture", "id"}}}}, &actual, bindings).empty());
  EXPECT_EQ(bindings["id"], "x-1");
  EXPECT_TRUE(Match({{"copy", {{"$ref", "id"}}}}, &actual, bindings).empty());
}

TEST(Match, CaptureKeepsTheValueAlsoWhenItsMatchFails) {
  Bindings bindings;
  const Json actual = {{"id", "x-1"}};
  const Json expected = {{"id", {{"$capture", "id"}, {"match", "y"}}}};
  const Mismatches found = Match(expected, &actual, bindings);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "$.id");
  EXPECT_EQ(found[0].came, "\"x-1\"");
  EXPECT_EQ(bindings["id"], "x-1");
}

TEST(Match, CaptureNeedsAValue) {
  ExpectDiffers({{R"({"a": {"$capture": "id"}})", "{}", "$.a",
                  "a value to capture", "nothing"}});
}

TEST(Match, RefIsEqualToAnEarlierValue) {
  const Bindings bindings = {{"s", {{"id", 7}}}};
  EXPECT_TRUE(Differences(R"({"$ref": "s.id"})", "7", bindings).empty());

  const Mismatches other = Differences(R"({"$ref": "s.id"})", "8", bindings);
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(other[0].expected, "7 (s.id)");
  EXPECT_EQ(other[0].came, "8");

  const Mismatches unknown = Differences(R"({"$ref": "t.id"})", "8", bindings);
  ASSERT_EQ(unknown.size(), 1u);
  EXPECT_THAT(unknown[0].expected, HasSubstr("t.id, which is not known"));
}

TEST(Match, PathComparesPlaces) {
  ExpectMatches({{R"({"$path": "/home/x"})", "\"/home/./y/../x/\""},
                 {R"({"$path": "/"})", "\"//\""}});
  ExpectDiffers({{R"({"$path": "/home/x"})", "\"/home/y\"", "$",
                  "the path \"/home/x\"", "\"/home/y\""},
                 {R"({"$path": "/home/x"})", "1", "$", "the path", "1"}});
}

TEST(Match, AMatcherThatDoesNotExistNeverMatches) {
  ExpectDiffers({{R"({"$regexp": "a"})", "\"a\"", "$",
                  "a matcher that exists, not $regexp", ""}});
}

TEST(Match, AnOperandThatDoesNotFitNeverMatches) {
  ExpectDiffers(
      {{R"({"$type": 1})", "1", "$", "a fitting operand of $type, not 1", ""},
       {R"({"$absent": "yes"})", "1", "$", "a fitting operand of $absent", ""},
       {R"({"$fingerprintOf": 1})", "1", "$", "a fitting operand", ""}});
}

TEST(IsOperator, WantsDollarNames) {
  EXPECT_TRUE(IsOperator({{"$regex", "a"}}));
  EXPECT_TRUE(IsOperator({{"$capture", "a"}, {"match", 1}}));
  EXPECT_FALSE(IsOperator(Json::object()));
  EXPECT_FALSE(IsOperator({{"match", 1}}));
  EXPECT_FALSE(IsOperator({{"$regex", "a"}, {"other", 1}}));
  EXPECT_FALSE(IsOperator("$regex"));
}

TEST(Resolve, GoesIntoObjectsAndArrays) {
  const Bindings bindings = {
      {"t", {{"events", {{{"id", "e0"}}, {{"id", "e1"}}}}}}};
  const Json* id = Resolve(bindings, "t.events.1.id");
  ASSERT_NE(id, nullptr);
  EXPECT_EQ(*id, "e1");
  const Json* whole = Resolve(bindings, "t");
  ASSERT_NE(whole, nullptr);
  EXPECT_TRUE(whole->contains("events"));
}

TEST(Resolve, IsNullForWhatIsNotThere) {
  const Bindings bindings = {{"t", {{"list", {1, 2}}}}};
  for (const char* reference :
       {"u", "", "t.other", "t.list.2", "t.list.x", "t.list.", "t.list.0.x"}) {
    EXPECT_EQ(Resolve(bindings, reference), nullptr) << reference;
  }
}

TEST(ResolveAll, ReplacesReferencesAtAnyDepthAndKeepsUnknownOnes) {
  const Bindings bindings = {{"s", {{"id", "x"}}}};
  const Json value = Json::parse(
      R"({"a": [{"$ref": "s.id"}], "b": {"c": {"$ref": "s"}},
          "d": {"$ref": "unknown"}, "e": 1})");
  EXPECT_EQ(ResolveAll(value, bindings), Json::parse(R"(
      {"a": ["x"], "b": {"c": {"id": "x"}}, "d": {"$ref": "unknown"},
       "e": 1})"));
}

TEST(Shown, IsJson) { EXPECT_EQ(Shown({{"a", "b"}}), R"({"a":"b"})"); }

TEST(Shown, ShortensLongValuesInTheMiddle) {
  const std::string shown =
      Shown(std::string(50, 'a') + std::string(50, 'z'), 20);
  EXPECT_EQ(shown, "\"aaaaaaaaa … (102 characters) … zzzz\"");
}

TEST(Shown, SurvivesTextThatIsNotUtf8) {
  EXPECT_EQ(Shown("a\xff"), "\"a\xEF\xBF\xBD\"");
}

TEST(Section, IsAnEmptyObjectWhenThereIsNone) {
  const Json object = {{"env", {{"A", "b"}}}};
  EXPECT_EQ(Section(object, "env").size(), 1u);
  EXPECT_EQ(Section(object, "files"), Json::object());
}

}  // namespace
}  // namespace copilot::conformance
