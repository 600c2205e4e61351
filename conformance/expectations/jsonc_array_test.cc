// SPDX-License-Identifier: MIT
#include "conformance/expectations/jsonc_array.h"

#include <gtest/gtest.h>

#include <random>

#include "wire/document.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kText[] = R"({
  "$schema": "x", // a "list": [7]
  "list": [ // of all
    // The first.
    // It has two lines.
    { "a": [1, 2, "]" ] }, // about the first

    /* A heading, and

       a gap in it. */

    // The second.
    { "b": 1 }  , { "c": 1 },
    "d" // about the last
    // At the end.
  ],
  "more": {}
})";

std::string Edited(const std::string& text, const std::set<size_t>& removed,
                   const std::vector<nlohmann::ordered_json>& added = {}) {
  const auto array = JsoncArray::Find(text, "list");
  EXPECT_TRUE(array.has_value());
  return array ? array->Edited(removed, added) : "";
}

TEST(JsoncArray, KnowsTheLinesOfItsElements) {
  const auto array = JsoncArray::Find(kText, "list");
  ASSERT_TRUE(array.has_value());
  ASSERT_EQ(array->size(), 4u);
  EXPECT_EQ(array->LineOf(0), 6);
  EXPECT_EQ(array->LineOf(1), 13);
  EXPECT_EQ(array->LineOf(2), 13);
  EXPECT_EQ(array->LineOf(3), 14);
}

TEST(JsoncArray, FindsNothingWhereNothingIs) {
  for (const char* text : {"[]", "{}", "{\"list\": 7}", "{\"other\": []}", "7",
                           "", "{\"list\"", "{"}) {
    EXPECT_FALSE(JsoncArray::Find(text, "list").has_value()) << text;
  }
}

TEST(JsoncArray, StaysAsItIsWhenNothingIsToBeDone) {
  EXPECT_EQ(Edited(kText, {}), kText);
}

TEST(JsoncArray, AnElementTakesItsCommentsAlong) {
  EXPECT_EQ(Edited(kText, {0}), R"({
  "$schema": "x", // a "list": [7]
  "list": [ // of all

    /* A heading, and

       a gap in it. */

    // The second.
    { "b": 1 }  , { "c": 1 },
    "d" // about the last
    // At the end.
  ],
  "more": {}
})");
}

TEST(JsoncArray, WhatIsLastNowHasNoComma) {
  EXPECT_EQ(Edited(kText, {1, 3}), R"({
  "$schema": "x", // a "list": [7]
  "list": [ // of all
    // The first.
    // It has two lines.
    { "a": [1, 2, "]" ] }, // about the first

    /* A heading, and

       a gap in it. */

    { "c": 1 }
    // At the end.
  ],
  "more": {}
})");
}

TEST(JsoncArray, GrowsBehindTheLastWithItsIndentation) {
  EXPECT_EQ(Edited("{\n  \"list\": [\n      1 // one\n  ]\n}\n", {},
                   {{{"id", "a"}}, 7}),
            "{\n  \"list\": [\n      1, // one\n      {\n        \"id\": "
            "\"a\"\n      },\n      7\n  ]\n}\n");
  EXPECT_EQ(Edited("{\"list\": []}", {}, {7}), "{\"list\": [\n  7\n]}");
  EXPECT_EQ(Edited("{\"list\": [1, 2]}", {1}, {7}), "{\"list\": [1,\n  7\n]}");
  EXPECT_EQ(Edited("{\"list\": [1, 2]}", {1}), "{\"list\": [1]}");
  EXPECT_EQ(Edited("{\"list\": [\r\n  1\r\n]}", {}, {7}),
            "{\"list\": [\r\n  1,\r\n  7\r\n]}");
  EXPECT_EQ(Edited("{\n  \"list\": [\n    // none\n  ]\n}", {}, {7}),
            "{\n  \"list\": [\n    // none\n    7\n  ]\n}");
}

// Any document, any elements: what is left is what shall be left, and comments
// that are no element's are all there.
TEST(JsoncArray, AnyEditLeavesTheRightDocument) {
  std::mt19937 random(7);
  const auto any = [&](size_t below) { return random() % below; };
  const std::string gaps[] = {"", " ", "\n", "\n\n", "\n    ", "\t", "\r\n"};
  const std::string comments[] = {"", "", "/* a, ] */", "// b ] \"\n",
                                  "/* c\n\n d */"};
  const std::string values[] = {"1", "\"x,]\\\"\"", "{\"a\": [1, 2]}",
                                "[ /* , */ ]", "null"};
  const auto gap = [&] {
    return gaps[any(7)] + comments[any(5)] + gaps[any(7)];
  };
  for (int round = 0; round < 3000; ++round) {
    std::string text = gap() + "{" + gap() + "\"list\"" + gap() + ":[" + gap();
    const size_t size = any(5);
    for (size_t i = 0; i < size; ++i) {
      text += (i > 0 ? "," + gap() : "") + values[any(5)] + gap();
    }
    text += "]" + gap() + ", \"z\": 1}" + gap();
    const Json before = Json::parse(text, nullptr, true, true);
    std::set<size_t> removed;
    Json expected = before;
    expected["list"] = Json::array();
    for (size_t i = 0; i < size; ++i) {
      if (any(2) == 0) {
        removed.insert(i);
      } else {
        expected["list"].push_back(before["list"][i]);
      }
    }
    std::vector<nlohmann::ordered_json> added;
    for (size_t i = any(3); i > 0; --i) {
      added.push_back({{"n", i}});
      expected["list"].push_back({{"n", i}});
    }
    const std::string edited = Edited(text, removed, added);
    const auto after = wire::ParseDocument(edited, "edited");
    ASSERT_TRUE(after.has_value()) << text << "\n---\n" << edited;
    ASSERT_EQ(*after, expected) << text << "\n---\n" << edited;
    if (removed.empty() && added.empty()) {
      ASSERT_EQ(edited, text);
    }
  }
}

}  // namespace
}  // namespace copilot::conformance
