// SPDX-License-Identifier: MIT
#include "conformance/evidence/scrubber.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;

TEST(CollectCredentials, FindsThemInsideOfTextsAtAnyDepth) {
  std::set<std::string> found;
  CollectCredentials(Json::parse(R"({"a": ["x tok-a.", {"b": "tok-b-2-"}],
                                     "c": "tok-", "d": 7})"),
                     &found);
  EXPECT_THAT(found, ElementsAre("tok-a", "tok-b-2"));
}

TEST(Scrubber, PutsFingerprintsInTheirPlaceTheLongestFirst) {
  Scrubber scrubber;
  scrubber.Learn(wire::Secret(""));
  scrubber.Learn(wire::Secret("tok-a"));
  scrubber.Learn(wire::Secret("tok-a-longer"));
  std::string text = "tok-a, tok-a-longer, tok-a";
  scrubber.Clean(&text);
  const std::string one = wire::Fingerprint("tok-a");
  EXPECT_EQ(text, one + ", " + wire::Fingerprint("tok-a-longer") + ", " + one);
}

}  // namespace
}  // namespace copilot::conformance
