// SPDX-License-Identifier: MIT
#include "harness/config/json5.h"

#include <gtest/gtest.h>

#include <cmath>

namespace copilot::harness {
namespace {

Json Parsed(std::string_view text) {
  const auto value = ParseJson5(text, "c.json5");
  EXPECT_TRUE(value.has_value()) << text << "\n"
                                 << (value ? "" : value.error().ToString());
  return value ? *value : Json("an error");
}

std::string Complaint(std::string_view text) {
  const auto value = ParseJson5(text, "c.json5");
  return value ? "no error: " + value->dump() : value.error().ToString();
}

constexpr std::string_view kConfiguration = R"(// the host's
{
  agents: {
    'defaults': {
      model: { primary: "github-copilot/gpt-4.1", },
      models: { "github-copilot/gpt-4.1": { agentRuntime: { id: 'copilot' } } },
    },
    list: [ { id: "main", "default": true }, ],
  },
  /* a limit * in ms */
  plugins: { allow: ['copilot'], entries: { copilot: { config: {
    pool: { idleTtlMs: 0x10, }, ratio: +.5, long: 'a\
b', most: -Infinity, $x_1: null, \u0061b: "\uD83D\uDE00\x41\v" } } } },
}
)";

TEST(Json5Test, ReadsWhatPeopleWrite) {
  const Json value = Parsed(kConfiguration);
  const Json config = value["plugins"]["entries"]["copilot"]["config"];
  EXPECT_EQ(value["agents"]["defaults"]["model"]["primary"],
            "github-copilot/gpt-4.1");
  EXPECT_EQ(value["agents"]["list"][0]["default"], true);
  EXPECT_EQ(config["pool"]["idleTtlMs"], 16);
  EXPECT_TRUE(config["pool"]["idleTtlMs"].is_number_integer());
  EXPECT_EQ(config["ratio"], 0.5);
  EXPECT_EQ(config["long"], "ab");
  EXPECT_EQ(config["most"].get<double>(), -INFINITY);
  EXPECT_TRUE(config["$x_1"].is_null());
  EXPECT_EQ(config["ab"], "\U0001F600A\v");
}

TEST(Json5Test, ReadsEachKindOfValue) {
  const std::pair<const char*, Json> cases[] = {
      {"null", nullptr},
      {" true ", true},
      {"false//", false},
      {"{}", Json::object()},
      {"[]", Json::array()},
      {"[1,]", {1}},
      {"{a:1,a:2}", {{"a", 2}}},
      {"{null:1,true:2}", {{"null", 1}, {"true", 2}}},
      {"{\u00e4:1}", {{"\u00e4", 1}}},
      {"''", ""},
      {R"('"')", "\""},
      {R"("\'\"\\\/\a")", "'\"\\/a"},
      {R"("\b\f\n\r\t\v\0")", std::string("\b\f\n\r\t\v\0", 7)},
      {"'a\\\r\nb\\\rc\\\u2028d\\\u2029e'", "abcde"},
      {"'\u2028'", "\u2028"},
      {R"('\uD83Dx')", "\uFFFDx"},
      {R"('\uD83D\u0041')", "\uFFFDA"},
      {R"('\uDE00')", "\uFFFD"},
      {R"('\u00e4\u20AC')", "\u00e4\u20ac"},
      {"5.", 5.0},
      {".25", 0.25},
      {"-.5e1", -5.0},
      {"1E+2", 100.0},
      {"+7", 7},
      {"-0X1f", -31},
      {"0x00000000000000000000ff", 255},
      {"0xffffffffffffffff", 18446744073709551615.0},
      {"9223372036854775807", 9223372036854775807},
      {"9223372036854775808", 9223372036854775808.0},
      {"-9223372036854775808", std::numeric_limits<int64_t>::min()},
      {"\xEF\xBB\xBF\u00a0\u3000[ ]/**/", Json::array()},
  };
  for (const auto& [text, value] : cases) EXPECT_EQ(Parsed(text), value);
  EXPECT_EQ(Parsed("Infinity").get<double>(), INFINITY);
  EXPECT_EQ(Parsed("+Infinity").get<double>(), INFINITY);
  EXPECT_TRUE(std::isnan(Parsed("NaN").get<double>()));
  EXPECT_TRUE(std::isnan(Parsed("-NaN").get<double>()));
}

TEST(Json5Test, AnErrorTellsPlaceAndExpectation) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "c.json5:1:1: expected a value, got the end of the file"},
      {"{\n  a: 1\n  b: 2\n}", "c.json5:3:3: expected ',' or '}', got 'b'"},
      {"{a 1}", "c.json5:1:4: expected ':', got '1'"},
      {"{,}", "c.json5:1:2: expected a key or '}', got ','"},
      {"{1: 2}", "c.json5:1:2: expected a key or '}', got '1'"},
      {"{a:", "c.json5:1:4: expected a value, got the end of the file"},
      {"[1 2]", "c.json5:1:4: expected ',' or ']', got '2'"},
      {"[,]", "c.json5:1:2: expected a value, got ','"},
      {"[1]\r\n]", "c.json5:2:1: expected the end of the file, got ']'"},
      {"tru", "c.json5:1:1: expected a value, got 't'"},
      {"nullx", "c.json5:1:1: expected a value, got 'n'"},
      {"/* x", "c.json5:1:1: expected '*/' to end this comment"},
      {"/x", "c.json5:1:1: expected a value, got '/'"},
      {"\"a\n\"",
       "c.json5:1:1: expected '\"' to end this string before the end of the "
       "line"},
      {"['\u00e4', 'a",
       "c.json5:1:7: expected ''' to end this string before the end of the "
       "file"},
      {"'\\",
       "c.json5:1:1: expected ''' to end this string before the end of the "
       "file"},
      {"'\\1'", "c.json5:1:3: expected an escape, got the digit '1'"},
      {"'\\01'", "c.json5:1:3: expected an escape, got the digit '0'"},
      {"'\\x4'", "c.json5:1:5: expected a hexadecimal digit, got '''"},
      {"'\\u12'", "c.json5:1:6: expected a hexadecimal digit, got '''"},
      {"'\\uD83D\\u12'", "c.json5:1:12: expected a hexadecimal digit, got '''"},
      {"{\\u0020: 1}", "c.json5:1:2: expected a letter or digit, got ' '"},
      {"{\\x: 1}", "c.json5:1:3: expected 'u', got 'x'"},
      {"010", "c.json5:1:1: expected a number without leading zeros"},
      {"1x", "c.json5:1:2: expected the end of the number, got 'x'"},
      {"1.2.3", "c.json5:1:4: expected the end of the number, got '.'"},
      {".", "c.json5:1:2: expected a digit, got the end of the file"},
      {"+", "c.json5:1:2: expected a digit, got the end of the file"},
      {"- 1", "c.json5:1:2: expected a digit, got ' '"},
      {"1e", "c.json5:1:3: expected a digit, got the end of the file"},
      {"0x",
       "c.json5:1:3: expected a hexadecimal digit, got the end of the "
       "file"},
      {"1e999", "c.json5:1:1: expected a number that a double can hold"},
      {"-Infinit", "c.json5:1:2: expected a value, got 'I'"},
      {"\x01", "c.json5:1:1: expected a value, got U+0001"},
      {"{a:\n 'x\xC3('}", "c.json5:2:4: expected UTF-8, got the byte 0xC3"},
      {"'\xED\xA0\x80'", "c.json5:1:2: expected UTF-8, got the byte 0xED"},
      {"'\xC0\x80'", "c.json5:1:2: expected UTF-8, got the byte 0xC0"},
      {"'\xF4\x90\x80\x80'", "c.json5:1:2: expected UTF-8, got the byte 0xF4"},
  };
  for (const auto& [text, complaint] : cases) {
    EXPECT_EQ(Complaint(text), complaint) << text;
  }
}

TEST(Json5Test, NestingIsBounded) {
  const auto nested = [](int depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Parsed(nested(kMostJson5Depth)).is_array());
  EXPECT_EQ(Complaint(nested(kMostJson5Depth + 1)),
            "c.json5:1:201: expected at most 200 levels of nesting");
  std::string objects;
  for (int i = 0; i < 1000000; ++i) objects += "{a:";
  EXPECT_EQ(Complaint(objects),
            "c.json5:1:601: expected at most 200 levels of nesting");
}

TEST(Json5Test, HugeHexadecimalNumbersEnd) {
  EXPECT_EQ(Complaint("0x" + std::string(100000, 'f')),
            "c.json5:1:1: expected a number that a double can hold");
}

// Every beginning, every byte left out, and every byte replaced by each of some
// others: a value or an error with a place, and values can be printed.
TEST(Json5Test, DamagedTextEndsInAValueOrAnError) {
  const std::string whole(kConfiguration);
  const auto check = [](const std::string& text) {
    const auto value = ParseJson5(text, "f");
    if (value) {
      EXPECT_FALSE(value->dump().empty());
    } else {
      EXPECT_GE(value.error().line, 1);
      EXPECT_GE(value.error().column, 1);
      EXPECT_FALSE(value.error().message.empty());
    }
  };
  for (size_t i = 0; i < whole.size(); ++i) {
    check(whole.substr(0, i));
    check(whole.substr(0, i) + whole.substr(i + 1));
    for (const char other :
         std::string("\0\n\\\"'{}[]/*,:u0xeE+-.\xC3\xF4", 23)) {
      std::string text = whole;
      text[i] = other;
      check(text);
    }
  }
}

}  // namespace
}  // namespace copilot::harness
