// SPDX-License-Identifier: MIT
#include "wire/schema_complaint.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace copilot::wire {
namespace {

using Json = nlohmann::json;
using Strings = std::vector<std::string>;

// "$.path: message" for each complaint.
Strings Explain(const char* schema, const char* value) {
  Strings out;
  for (const auto& complaint :
       ExplainMismatch(Json::parse(schema), Json::parse(value))) {
    out.push_back(complaint.path + ": " + complaint.message);
  }
  return out;
}

TEST(ExplainMismatch, HasNothingToSayAboutWhatConforms) {
  EXPECT_EQ(Explain(R"({"type":["string","integer"]})", "1.0"), Strings{});
}

TEST(ExplainMismatch, NamesTheTypeExpectedAndTheValueFound) {
  EXPECT_EQ(Explain(R"({"type":"string"})", "7"),
            Strings{"$: expected string, got number 7"});
  EXPECT_EQ(Explain(R"({"type":["string","array","null"]})", "true"),
            Strings{"$: expected string, array or null, got boolean true"});
  EXPECT_EQ(Explain(R"({"type":"integer"})", "1.5"),
            Strings{"$: expected integer, got number 1.5"});
  EXPECT_EQ(Explain(R"({"type":"string"})", "null"),
            Strings{"$: expected string, got null"});
}

TEST(ExplainMismatch, ListsTheValuesAllowed) {
  EXPECT_EQ(Explain(R"({"enum":["a","b",3]})", "\"c\""),
            Strings{R"($: expected "a", "b" or 3, got string "c")"});
  EXPECT_EQ(Explain(R"({"const":1})", "2"),
            Strings{"$: expected 1, got number 2"});
}

TEST(ExplainMismatch, NamesBounds) {
  EXPECT_EQ(Explain(R"({"minimum":1})", "0"),
            Strings{"$: expected a number of at least 1, got 0"});
  EXPECT_EQ(Explain(R"({"exclusiveMaximum":5})", "5"),
            Strings{"$: expected a number below 5, got 5"});
  EXPECT_EQ(Explain(R"({"minItems":2})", "[1]"),
            Strings{"$: expected at least 2 item(s), got 1"});
  EXPECT_EQ(Explain(R"({"maxLength":1})", "\"\xC3\xA9\xC3\xA9\""),
            Strings{"$: expected at most 1 character(s), got 2"});
  EXPECT_EQ(Explain(R"({"pattern":"^[a-z]+$"})", "\"A\""),
            Strings{"$: expected text that matches ^[a-z]+$, got string "
                    "\"A\""});
}

TEST(ExplainMismatch, PointsIntoArraysAndObjects) {
  EXPECT_EQ(Explain(R"({"properties":{"turns":{"items":{"properties":
                 {"say":{"type":"string"}},"required":["say"]}}}})",
                    R"({"turns":[{"say":"a"},{},{"say":7}]})"),
            (Strings{"$.turns[1]: missing member \"say\"",
                     "$.turns[2].say: expected string, got number 7"}));
  EXPECT_EQ(
      Explain(R"({"additionalProperties":{"type":"string"}})", R"({"a b":1})"),
      Strings{R"($["a b"]: expected string, got number 1)"});
}

TEST(ExplainMismatch, SuggestsTheMemberThatWasMeant) {
  constexpr char kSchema[] = R"({"additionalProperties":false,
    "properties":{"name":{},"turns":{}}})";
  EXPECT_EQ(Explain(kSchema, R"({"nmae":1})"),
            Strings{R"($: unknown member "nmae"; did you mean "name"?)"});
  EXPECT_EQ(Explain(kSchema, R"({"zzzzzz":1})"),
            Strings{R"($: unknown member "zzzzzz"; known are name, turns)"});
}

constexpr char kSteps[] = R"({"oneOf":[
  {"type":"string"},
  {"type":"object","required":["say"],"additionalProperties":false,
   "properties":{"say":{"type":"string"}}},
  {"type":"object","required":["tool"],"additionalProperties":false,
   "properties":{"tool":{"type":"string"},"input":{"type":"object"}}}]})";

TEST(ExplainMismatch, TalksAboutTheFormThatWasMeant) {
  EXPECT_EQ(Explain(kSteps, R"({"tool":"x","input":3})"),
            Strings{"$.input: expected object, got number 3"});
  EXPECT_EQ(Explain(kSteps, R"({"say":"x","inptu":{}})"),
            Strings{R"($: unknown member "inptu")"});
}

TEST(ExplainMismatch, ListsTheFormsWhenNoneStandsOut) {
  EXPECT_EQ(Explain(kSteps, "3"),
            Strings{"$: fits none of the 3 forms allowed here (expected "
                    "string, got number 3; expected object, got number 3)"});
}

TEST(ExplainMismatch, ListsTheMembersOfWhichOneIsNeeded) {
  EXPECT_EQ(
      Explain(R"({"anyOf":[{"required":["a"]},{"required":["b"]}]})", "{}"),
      Strings{R"($: missing one of the members "a" or "b")"});
}

TEST(ExplainMismatch, NoticesAValueThatFitsTooManyForms) {
  EXPECT_EQ(Explain(R"({"oneOf":[{"minimum":1},{"minimum":2}]})", "3"),
            Strings{"$: fits 2 of the forms allowed here, must fit one"});
}

TEST(ExplainMismatch, FollowsReferencesAndConditions) {
  EXPECT_EQ(Explain(R"({"$ref":"#/definitions/n",
                       "definitions":{"n":{"type":"null"}}})",
                    "1"),
            Strings{"$: expected null, got number 1"});
  EXPECT_EQ(Explain(R"({"if":{"minimum":10},"then":{"maximum":20},
                       "else":{"maximum":5}})",
                    "7"),
            Strings{"$: expected a number of at most 5, got 7"});
  EXPECT_EQ(Explain(R"({"not":{"type":"string"}})", "\"x\""),
            Strings{"$: is of a form that is not allowed here: string \"x\""});
}

TEST(ExplainMismatch, ShortensLongValuesBetweenCharacters) {
  const std::string text(100, 'x');
  const Strings lines =
      Explain(R"({"type":"null"})", ("\"" + text + "\"").c_str());
  EXPECT_LT(lines[0].size(), 100u);
  std::string accents;
  for (int i = 0; i < 60; ++i) accents += "\xC3\xA9";
  const auto complaints =
      ExplainMismatch(Json::parse(R"({"type":"null"})"), Json(accents));
  EXPECT_NO_THROW((void)Json(complaints[0].message).dump());
}

}  // namespace
}  // namespace copilot::wire
