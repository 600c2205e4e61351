// SPDX-License-Identifier: MIT
#include "fake-cli/json_read.h"

#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

TEST(JsonRead, GivesMembersOfTheTypeThatIsAskedFor) {
  const Json value = {{"t", "x"},  {"n", 7},   {"f", 2.9},
                      {"b", true}, {"l", {1}}, {"o", {{"a", 1}}}};
  EXPECT_EQ(TextOf(value, "t"), "x");
  EXPECT_EQ(NumberOf(value, "n"), 7);
  EXPECT_EQ(NumberOf(value, "f"), 2);
  EXPECT_TRUE(FlagOf(value, "b"));
  EXPECT_EQ(ListOf(value, "l"), Json({1}));
  EXPECT_EQ(ObjectOf(value, "o"), Json({{"a", 1}}));
}

TEST(JsonRead, TakesAnotherTypeForNone) {
  for (const Json& value :
       {Json(), Json(7), Json("x"), Json::array({1}), Json::object(),
        Json{{"a", nullptr}}, Json{{"a", Json::array({Json::object()})}}}) {
    EXPECT_EQ(TextOf(value, "a", "y"), "y") << value;
    EXPECT_EQ(NumberOf(value, "a", 3), 3) << value;
    EXPECT_TRUE(FlagOf(value, "a", true)) << value;
    EXPECT_EQ(ObjectOf(value, "a"), Json::object()) << value;
  }
  EXPECT_EQ(ListOf({{"a", "x"}}, "a"), Json::array());
}

TEST(JsonRead, CutsNumbersToTheirType) {
  EXPECT_EQ(NumberOf({{"a", 18446744073709551615ull}}, "a"),
            std::numeric_limits<int64_t>::max());
  EXPECT_GT(NumberOf({{"a", 1e300}}, "a"), 0);
  EXPECT_LT(NumberOf({{"a", -1e300}}, "a"), 0);
}

TEST(JsonRead, DumpsWhatIsNoText) {
  EXPECT_EQ(Dump(Json("\xff")), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace copilot::fake_cli
