// SPDX-License-Identifier: MIT
#include "wire/json_scan.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace copilot::wire {
namespace {

using Json = nlohmann::json;

std::string ErrorOf(std::string_view text) {
  const auto value = ScanJson(text);
  return value ? "none" : value.error().message;
}

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// Each was sent to the real CLI.
TEST(ScanJson, HasTheRealCliTextsForBadJson) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "EOF while parsing a value at line 1 column 0"},
      {"\n\n", "EOF while parsing a value at line 3 column 0"},
      {"\n x", "expected value at line 2 column 2"},
      {"{\"a\": x}", "expected value at line 1 column 7"},
      {"\xFF", "expected value at line 1 column 1"},
      {"nul", "EOF while parsing a value at line 1 column 3"},
      {"nulx", "expected ident at line 1 column 4"},
      {"{", "EOF while parsing an object at line 1 column 1"},
      {"{\"a\"", "EOF while parsing an object at line 1 column 4"},
      {"{\"a\":", "EOF while parsing a value at line 1 column 5"},
      {"{\"jsonrpc\"", "EOF while parsing an object at line 1 column 10"},
      {"{\"a\":1,", "EOF while parsing a value at line 1 column 7"},
      {"{a:1}", "key must be a string at line 1 column 2"},
      {"{,}", "key must be a string at line 1 column 2"},
      {"{\"a\" 1}", "expected `:` at line 1 column 6"},
      {"{\"a\":1 \"b\":2}", "expected `,` or `}` at line 1 column 8"},
      {"{\"a\":1]", "expected `,` or `}` at line 1 column 7"},
      {"{\"a\":1,}", "trailing comma at line 1 column 8"},
      {"[", "EOF while parsing a list at line 1 column 1"},
      {"[1,", "EOF while parsing a value at line 1 column 3"},
      {"[1,]", "trailing comma at line 1 column 4"},
      {"[,]", "expected value at line 1 column 2"},
      {"[1 2]", "expected `,` or `]` at line 1 column 4"},
      {"{} x", "trailing characters at line 1 column 4"},
      {"{}\n\n }", "trailing characters at line 3 column 2"},
      {"\"a", "EOF while parsing a string at line 1 column 2"},
      {"\"\\", "EOF while parsing a string at line 1 column 2"},
      {"\"\\q\"", "invalid escape at line 1 column 3"},
      {"\"\\u1", "EOF while parsing a string at line 1 column 4"},
      {"\"\\u1g", "EOF while parsing a string at line 1 column 5"},
      {"\"\\uzzzz\"", "invalid escape at line 1 column 7"},
      {"\"\\ud800\"", "unexpected end of hex escape at line 1 column 8"},
      {"\"\\ud800\\n\"", "unexpected end of hex escape at line 1 column 9"},
      {"\"\\udc00\"",
       "lone leading surrogate in hex escape at line 1 column 7"},
      {"\"\\ud800\\u0041\"",
       "lone leading surrogate in hex escape at line 1 column 13"},
      {"{\"a\":\"\xFF\"}", "invalid unicode code point at line 1 column 7"},
      {"{\"a\":\"x\xFFyz\"}", "invalid unicode code point at line 1 column 8"},
      // Behind the place that is named, an escape counts as what it means.
      {"{\"a\":\"x\xFFyz\\n\\n\"}",
       "invalid unicode code point at line 1 column 10"},
      {"{\"a\":\"\xFF\\q\"}", "invalid escape at line 1 column 9"},
      {"\"x\ny\"",
       "control character (\\u0000-\\u001F) found while parsing a string at "
       "line 2 column 0"},
      {"\"\x01\"",
       "control character (\\u0000-\\u001F) found while parsing a string at "
       "line 1 column 2"},
      {"-", "EOF while parsing a value at line 1 column 1"},
      {"-x", "invalid number at line 1 column 2"},
      {"01", "invalid number at line 1 column 2"},
      {"1.x", "invalid number at line 1 column 3"},
      {"1e+", "EOF while parsing a value at line 1 column 3"},
      {"1e999", "number out of range at line 1 column 5"},
      {"[-1e999]", "number out of range at line 1 column 7"},
      {"1" + Repeat("0", 400), "number out of range at line 1 column 401"},
      {"1e-999", "none"},
      {"0e99999999999", "none"},
      {"0." + Repeat("1", 400), "none"},
      {Repeat("[", 127) + Repeat("]", 127), "none"},
      {Repeat("[", 128) + Repeat("]", 128),
       "recursion limit exceeded at line 1 column 128"},
      {Repeat("{\"a\":", 128), "recursion limit exceeded at line 1 column 636"},
      {Repeat("[", 1000000), "recursion limit exceeded at line 1 column 128"},
  };
  for (const auto& [text, error] : rows) {
    EXPECT_EQ(ErrorOf(text), error) << text.substr(0, 80);
  }
}

TEST(ScanJson, ReportsTheMembersOfTheOutermostObject) {
  std::vector<std::pair<std::string, std::string>> members;
  const auto value =
      ScanJson(" {\"a\" : 1 , \"b\\n\":{\"c\":[2]},\"d\":\"}\" } ",
               [&](std::string_view key, std::string_view raw) {
                 members.emplace_back(key, raw);
               });
  EXPECT_EQ(value->front(), '{');
  EXPECT_EQ(value->back(), '}');
  const decltype(members) expected = {
      {"a", "1"}, {"b\\n", "{\"c\":[2]}"}, {"d", "\"}\""}};
  EXPECT_EQ(members, expected);
}

// A string ends, or is wrong, at every distance from where it began.
TEST(ScanJson, FindsTheEndOfAStringWhereverItIs) {
  for (int length = 0; length < 40; ++length) {
    const std::string body = Repeat("x", length);
    const std::string column = std::to_string(length + 2);
    EXPECT_EQ(ErrorOf("\"" + body + "\""), "none");
    EXPECT_EQ(ErrorOf("\"" + body + "\\n\""), "none");
    EXPECT_EQ(ErrorOf("\"" + body + "\xC3\xA9\x7F~ \""), "none");
    EXPECT_EQ(ErrorOf("\"" + body + "\x1F\""),
              "control character (\\u0000-\\u001F) found while parsing a "
              "string at line 1 column " +
                  column);
    EXPECT_EQ(ErrorOf("\"" + body + "\x80\""),
              "invalid unicode code point at line 1 column " + column);
  }
}

TEST(ScanJson, JudgesEveryUtf8SequenceAsADocumentParserDoes) {
  const char bytes[] = {'\x7F', '\x80', '\x8F', '\x90', '\x9F', '\xA0',
                        '\xBF', '\xC0', '\xC1', '\xC2', '\xDF', '\xE0',
                        '\xE1', '\xED', '\xEE', '\xEF', '\xF0', '\xF1',
                        '\xF3', '\xF4', '\xF5', '\xFF', 'x'};
  for (const char a : bytes) {
    for (const char b : bytes) {
      for (const char c : bytes) {
        for (const char d : {'\x80', 'x'}) {
          const std::string text = {'"', a, b, c, d, '"'};
          ASSERT_EQ(ScanJson(text).has_value(), Json::accept(text))
              << testing::PrintToString(text);
        }
      }
    }
  }
}

// What only the two parsers' limits tell apart.
bool IsBeyondALimit(const std::string& error) {
  return error.rfind("recursion limit", 0) == 0;
}

TEST(ScanJson, AgreesWithADocumentParserOnRandomDamage) {
  const std::string seeds[] = {
      R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"m":"h\u00e9\ud83d\ude00"}})",
      R"([1,-2.5e+3,0,0.5,true,false,null,{"a":[]},{}," \\ \" \/ "])",
      "{\n \"k\" : [ 1 , \"\xC3\xA9\xF0\x9F\x98\x80\" ]\t}\r\n", "-0.5E2",
      "\"\""};
  const std::string pieces[] = {"\"",
                                "\\",
                                "\\u",
                                "\\ud800",
                                "\\udc00",
                                "{",
                                "}",
                                "[",
                                "]",
                                ",",
                                ":",
                                "0",
                                "-",
                                ".",
                                "e",
                                "1e999",
                                "\x01",
                                "\n",
                                "\t",
                                " ",
                                "\xFF",
                                "\xC3",
                                "\xED\xA0\x80",
                                "null",
                                "true",
                                "[[[[",
                                "\"a\":1"};
  std::mt19937 random(20261120);
  const auto below = [&](size_t bound) { return random() % bound; };
  int valid = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = seeds[below(std::size(seeds))];
    for (size_t damage = below(3); damage > 0; --damage) {
      const size_t at = below(text.size() + 1);
      text.replace(at, below(4), pieces[below(std::size(pieces))]);
    }
    const std::string error = ErrorOf(text);
    if (IsBeyondALimit(error)) continue;
    valid += error == "none";
    ASSERT_EQ(error == "none", Json::accept(text)) << text << "\n" << error;
  }
  EXPECT_GT(valid, 5000);
}

TEST(ScanJson, SurvivesEveryTruncation) {
  const std::string text =
      R"({"a":["x\u00e9\n",-1.5e+7,true,{"b":null}],"c":"\ud83d\ude00"})";
  for (size_t size = 0; size < text.size(); ++size) {
    // A copy, so that reading beyond its end is noticed by a sanitizer.
    const std::vector<char> exact(text.begin(),
                                  text.begin() + static_cast<long>(size));
    const std::string error =
        ErrorOf(std::string_view(exact.data(), exact.size()));
    EXPECT_EQ(error.rfind("EOF while parsing", 0), 0u) << size << error;
  }
}

TEST(UnescapeJson, UnderstandsEveryEscape) {
  for (const char* raw :
       {R"(a\"\\\/\b\f\n\r\t)", R"(\u00e9\u20ac\ud83d\ude00)", "plain"}) {
    EXPECT_EQ(UnescapeJson(raw),
              Json::parse("\"" + std::string(raw) + "\"").get<std::string>());
  }
  EXPECT_EQ(UnescapeJson(R"(\ud83d)"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace copilot::wire
