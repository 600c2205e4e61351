// SPDX-License-Identifier: MIT
#include "wire/document.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

namespace copilot::wire {
namespace {

constexpr char kSchema[] = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "name": {"type": "string"},
    "turns": {"type": "array", "items": {
      "type": "object", "required": ["say"],
      "properties": {"say": {"type": "string"}}}}}})";

TEST(ParseDocument, TakesComments) {
  const auto value = ParseDocument("// hi\n{\"a\": /* one */ 1}", "f");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ((*value)["a"], 1);
}

TEST(ParseDocument, SaysInWhichLineWhatWasFoundAndExpected) {
  const std::pair<const char*, const char*> rows[] = {
      {"{\n  \"a\": 1,\n  oops\n}",
       "s.json:3: found 'oops', expected string literal"},
      {"[\"a\nb\"]",
       "s.json:1: invalid string: control character U+000A (LF) must be"},
      {"[1,\n2", "s.json:2: found the end of the file, expected ']'"},
      {"[1 2]", "s.json:1: found number literal, expected ']'"},
      {"{\"a\"\n1}", "s.json:2: found number literal, expected ':'"},
      {"", "s.json:1: found the end of the file"},
      {"[1, }", "s.json:1: found '}'"},
      {"[?]", "s.json:1: found '?'"},
      {"[1e999]", "s.json:1: number overflow parsing '1e999'"},
  };
  for (const auto& [text, message] : rows) {
    const auto value = ParseDocument(text, "s.json");
    ASSERT_FALSE(value.has_value());
    EXPECT_EQ(value.error()[0].ToString().rfind(message, 0), 0u)
        << value.error()[0].ToString();
  }
}

TEST(ParseDocument, RefusesAKeyThatComesTwice) {
  // The key is a value, a comment and part of another object, too.
  const auto value = ParseDocument(
      "{\n\"a\": \"a\",\n\"b\": 1, // \"a\"\n\"\\u0061\": 2,\n"
      "\"c\": {\"a\": 1}}",
      "s.json");
  ASSERT_FALSE(value.has_value());
  ASSERT_EQ(value.error().size(), 1u);
  EXPECT_EQ(value.error()[0].ToString(),
            "s.json:4: the key \"a\" comes twice in one object, first in line "
            "2");
}

TEST(ParseDocument, TakesTheSameKeyInDifferentObjects) {
  EXPECT_TRUE(
      ParseDocument(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "f").has_value());
}

TEST(Schema, AcceptsWhatConforms) {
  const Schema schema(kSchema);
  EXPECT_TRUE(schema.Validate({{"turns", {{{"say", "hi"}}}}}, "f").empty());
}

TEST(Schema, NamesPathValueAndExpectation) {
  const Schema schema(kSchema);
  const auto errors = schema.Validate(
      nlohmann::json::parse(R"({"turns":[{"say":"a"},{"say":7}]})"), "s.json");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].ToString(),
            "s.json: $.turns[1].say: expected string, got number 7");
}

TEST(Schema, NamesAMemberThatDoesNotBelong) {
  const Schema schema(kSchema);
  const auto errors = schema.Validate({{"nmae", "x"}}, "s.json");
  ASSERT_FALSE(errors.empty());
  EXPECT_NE(errors[0].ToString().find("nmae"), std::string::npos)
      << errors[0].ToString();
}

TEST(Schema, ReportsEveryMistakeNotOnlyTheDeepest) {
  const Schema schema(kSchema);
  const auto errors = schema.Validate(
      nlohmann::json::parse(R"({"name":3,"turns":[{"say":7}]})"), "f");
  EXPECT_EQ(errors.size(), 2u);
}

// What only the validator understands is told in its words.
TEST(Schema, FallsBackToTheValidatorsWords) {
  const Schema schema(R"({"properties":{"a":{"dependencies":{"x":["y"]}}}})");
  const auto errors =
      schema.Validate(nlohmann::json::parse(R"({"a":{"x":1}})"), "f");
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].path, "$.a");
  EXPECT_FALSE(errors[0].message.empty());
}

TEST(Schema, RefusesASchemaThatIsNone) {
  EXPECT_THROW(Schema("{"), std::logic_error);
}

TEST(LoadDocument, NamesAFileThatCannotBeRead) {
  const auto value = LoadDocument("/nowhere/s.json");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error()[0].ToString(),
            "/nowhere/s.json: cannot be read: No such file or directory");
  const auto directory = LoadDocument("/");
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error()[0].ToString(),
            "/: cannot be read: Is a directory");
}

TEST(LoadDocument, AnEmptyFileIsNoDocument) {
  const auto value = LoadDocument("/dev/null");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error()[0].line, 1);
}

TEST(LoadDocument, ReadsParsesAndValidates) {
  const std::string path = testing::TempDir() + "document_test.json";
  std::ofstream(path) << "{\"name\": 3}";
  const Schema schema(kSchema);
  EXPECT_TRUE(LoadDocument(path).has_value());
  EXPECT_FALSE(LoadDocument(path, &schema).has_value());
  std::remove(path.c_str());
}

}  // namespace
}  // namespace copilot::wire
