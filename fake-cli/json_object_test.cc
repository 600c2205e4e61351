// SPDX-License-Identifier: MIT
#include "fake-cli/json_object.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace copilot::fake_cli {
namespace {

using namespace std::string_view_literals;

TEST(JsonObjectTest, NoMembersAreAnEmptyObject) {
  EXPECT_EQ(JsonObject().str(), "{}");
}

TEST(JsonObjectTest, MembersStandInTheOrderOfTheCalls) {
  EXPECT_EQ(JsonObject()
                .Text("z", "text")
                .Raw("a", "[1]")
                .Int("i", -7)
                .Bool("t", true)
                .Bool("f", false)
                .Null("n")
                .str(),
            R"({"z":"text","a":[1],"i":-7,"t":true,"f":false,"n":null})");
}

TEST(JsonObjectTest, EmptyOptionalMembersAreLeftOut) {
  EXPECT_EQ(JsonObject()
                .TextIf("a", "")
                .RawIf("b", "")
                .TextIf("c", "x")
                .RawIf("d", "{}")
                .str(),
            R"({"c":"x","d":{}})");
}

TEST(JsonObjectTest, TheWholeRangeOfIntegersFits) {
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(JsonObject().Int("n", least).str(),
            R"({"n":-9223372036854775808})");
}

TEST(QuoteTest, PlainTextIsQuoted) {
  EXPECT_EQ(Quote(""), R"("")");
  EXPECT_EQ(Quote("a/b <c>"), R"("a/b <c>")");
}

TEST(QuoteTest, WhatJsonEscapesIsEscaped) {
  EXPECT_EQ(Quote("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(Quote("a\0b"sv), R"("a\u0000b")");
}

TEST(QuoteTest, OtherScriptsStayRaw) {
  EXPECT_EQ(Quote("\u00e4\u2028"), "\"\u00e4\u2028\"");
}

TEST(QuoteTest, InvalidUtf8BecomesReplacementCharacters) {
  EXPECT_EQ(Quote("a\xff"), "\"a\uFFFD\"");
}

TEST(QuoteTest, EveryByteComesBackFromAParser) {
  std::string text;
  for (char c = 0; c < 0x7F; ++c) text.push_back(c);
  EXPECT_EQ(nlohmann::json::parse(Quote(text)), text);
}

}  // namespace
}  // namespace copilot::fake_cli
