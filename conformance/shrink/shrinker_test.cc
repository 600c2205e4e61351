// SPDX-License-Identifier: MIT
#include "conformance/shrink/shrinker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace copilot::conformance {
namespace {

using Json = Shrinker::Json;

bool Anything(const Json&) { return true; }

// Whether `text` is somewhere in the document.
bool Has(const Json& value, const std::string& text) {
  if (value.is_string()) return value == text;
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(),
                     [&](const Json& part) { return Has(part, text); });
}

TEST(Shrinker, LeavesWhatMatters) {
  const Json document = Json::parse(
      R"({"id": "x", "when": [1, {"a": ["b", {"c": "needle"}]}, 2, 3],
          "given": {"env": {"A": "1"}, "cli": {"turns": []}}})");
  Shrinker shrinker(
      {Anything, [](const Json& each) { return Has(each, "needle"); }}, 1000);
  EXPECT_EQ(shrinker.Shrink(document, {"id"}).dump(),
            R"({"id":"x","when":[{"a":[{"c":"needle"}]}]})");
  EXPECT_FALSE(shrinker.exhausted());
}

TEST(Shrinker, ANeighbourThatIsNeededStays) {
  Shrinker shrinker(
      {Anything,
       [](const Json& each) { return Has(each, "a") && Has(each, "b"); }},
      1000);
  EXPECT_EQ(shrinker.Shrink({"x", "a", "y", "z", "b", "x"}, {}).dump(),
            R"(["a","b"])");
}

TEST(Shrinker, NeverTestsWhatIsNotValid) {
  Shrinker shrinker({[](const Json& each) {
                       return each.contains("then") && each["then"].size() >= 2;
                     },
                     [](const Json& each) {
                       EXPECT_GE(each["then"].size(), 2u);
                       return true;
                     }},
                    1000);
  const Json shrunk =
      shrinker.Shrink({{"then", {1, 2, 3, 4}}, {"given", 7}}, {});
  EXPECT_EQ(shrunk["then"].size(), 2u);
  EXPECT_FALSE(shrunk.contains("given"));
}

TEST(Shrinker, StopsWhenTheBudgetIsUsed) {
  int asked = 0;
  Shrinker shrinker({Anything,
                     [&](const Json& each) {
                       ++asked;
                       return Has(each, "needle");
                     }},
                    2);
  Json document = Json::array();
  for (int i = 0; i < 100; ++i) document.push_back(i);
  document.push_back("needle");
  const Json shrunk = shrinker.Shrink(document, {});
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(shrinker.tests(), 2);
  EXPECT_TRUE(shrinker.exhausted());
  EXPECT_TRUE(Has(shrunk, "needle"));
}

Json AnyDocument(std::mt19937& random, int depth) {
  if (depth == 0 || random() % 4 == 0) {
    return std::string(1, static_cast<char>('a' + random() % 26));
  }
  Json value = random() % 2 == 0 ? Json::array() : Json::object();
  for (size_t i = random() % 5; i > 0; --i) {
    if (value.is_array()) {
      value.push_back(AnyDocument(random, depth - 1));
    } else {
      value["k" + std::to_string(i)] = AnyDocument(random, depth - 1);
    }
  }
  return value;
}

// How many places of `value` can be left out alone without losing what
// `matters` sees.
int Needless(const Json& whole, const Json::json_pointer& path,
             const std::function<bool(const Json&)>& matters) {
  int needless = 0;
  const Json& value = whole[path];
  if (!value.is_structured()) return 0;
  for (const auto& [key, part] : value.items()) {
    Json without = whole;
    if (value.is_array()) {
      without[path].erase(std::stoul(key));
      needless += Needless(whole, path / std::stoul(key), matters);
    } else {
      without[path].erase(key);
      needless += Needless(whole, path / key, matters);
    }
    needless += matters(without) ? 1 : 0;
  }
  return needless;
}

TEST(Shrinker, OfAnyDocumentNothingNeedlessIsLeft) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Json document = AnyDocument(random, 5);
    if (!document.is_structured()) continue;
    const auto matters = [&](const Json& each) {
      return (!Has(document, "a") || Has(each, "a")) &&
             (!Has(document, "b") || Has(each, "b"));
    };
    Shrinker shrinker({Anything, matters}, 100000);
    const Json shrunk = shrinker.Shrink(document, {});
    EXPECT_TRUE(matters(shrunk));
    EXPECT_EQ(Needless(shrunk, Json::json_pointer(), matters), 0)
        << document << "\n"
        << shrunk;
  }
}

}  // namespace
}  // namespace copilot::conformance
