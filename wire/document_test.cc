// SPDX-License-Identifier: MIT
#include "wire/document.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

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

TEST(ParseDocument, NamesTheLineOfASyntaxError) {
  const auto value = ParseDocument("{\n  \"a\": 1,\n  oops\n}", "s.json");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error()[0].line, 3);
  EXPECT_EQ(value.error()[0].ToString().rfind("s.json:3: syntax error", 0), 0u)
      << value.error()[0].ToString();
}

TEST(ParseDocument, RefusesAKeyThatComesTwice) {
  const auto value = ParseDocument("{\n\"a\": 1,\n\"a\": 2}", "s.json");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error()[0].ToString(),
            "s.json:3: the key \"a\" comes twice in one object");
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
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].file, "s.json");
  EXPECT_EQ(errors[0].path, "$.turns[1].say");
  EXPECT_NE(errors[0].message.find("number 7"), std::string::npos)
      << errors[0].message;
}

TEST(Schema, NamesAMemberThatDoesNotBelong) {
  const Schema schema(kSchema);
  const auto errors = schema.Validate({{"nmae", "x"}}, "s.json");
  ASSERT_FALSE(errors.empty());
  EXPECT_NE(errors[0].ToString().find("nmae"), std::string::npos)
      << errors[0].ToString();
}

TEST(Schema, RefusesASchemaThatIsNone) {
  EXPECT_THROW(Schema("{"), std::logic_error);
}

TEST(LoadDocument, NamesAFileThatCannotBeRead) {
  const auto value = LoadDocument("/nowhere/s.json");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error()[0].ToString(),
            "/nowhere/s.json: cannot be read: No such file or directory");
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
