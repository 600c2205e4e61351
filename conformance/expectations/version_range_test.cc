// SPDX-License-Identifier: MIT
#include "conformance/expectations/version_range.h"

#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

bool Contains(const std::string& range, const std::string& version) {
  const auto parsed = VersionRange::Parse(range);
  EXPECT_TRUE(parsed.has_value()) << range;
  return parsed && parsed->Contains(version);
}

TEST(VersionRange, KnowsOneVersion) {
  EXPECT_TRUE(Contains("1.2.3", "1.2.3"));
  EXPECT_TRUE(Contains("=1.2", "1.2.0"));
  EXPECT_TRUE(Contains("1.2", "v1.02+build.7"));
  EXPECT_FALSE(Contains("1.2", "1.2.1"));
  EXPECT_FALSE(Contains("1.2", ""));
}

TEST(VersionRange, KnowsBounds) {
  EXPECT_TRUE(Contains(">=1.2 <2", "1.2"));
  EXPECT_TRUE(Contains(">= 1.2 <2", "1.10.0"));
  EXPECT_FALSE(Contains(">=1.2 <2", "2.0.0"));
  EXPECT_FALSE(Contains(">=1.2 <2", "1.1.99"));
  EXPECT_TRUE(Contains(">1.0.9", "1.0.10"));
  EXPECT_FALSE(Contains(">1.0.9", "1.0.9"));
  EXPECT_TRUE(Contains("<=1.0.9", "1.0.9"));
  EXPECT_TRUE(Contains(">1", "99999999999999999999999.0"));
}

TEST(VersionRange, KnowsWhatComesBeforeARelease) {
  EXPECT_TRUE(Contains("<1.2", "1.2.0-rc.1"));
  EXPECT_FALSE(Contains(">=1.2", "1.2.0-rc.1"));
  EXPECT_TRUE(Contains(">1.2.0-rc.2", "1.2.0-rc.10"));
  EXPECT_TRUE(Contains(">1.2.0-rc", "1.2.0-rc.1"));
  EXPECT_TRUE(Contains(">1.2.0-1", "1.2.0-rc"));
  EXPECT_TRUE(Contains("<1.2.0-b", "1.2.0-a"));
}

TEST(VersionRange, AVersionThatCannotBeComparedIsOnlyItself) {
  EXPECT_TRUE(Contains("main", "main"));
  EXPECT_FALSE(Contains("main", "1.0"));
  EXPECT_FALSE(Contains(">=1", "main"));
  EXPECT_FALSE(Contains("<1", "main"));
}

TEST(VersionRange, SaysWhatIsWrongWithIt) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "expected a version or a range such as \">=1.2 <2\""},
      {">=", "expected a version after \">=\", got the end"},
      {">=x", "expected a version such as 1.2.3 after >=, got \"x\""},
      {"=>1", "expected <, <=, >, >= or =, got \"=>\""},
      {"<1..2", "expected a version such as 1.2.3 after <, got \"1..2\""},
  };
  for (const auto& [text, message] : rows) {
    const auto range = VersionRange::Parse(text);
    ASSERT_FALSE(range.has_value()) << text;
    EXPECT_EQ(range.error(), message);
  }
}

}  // namespace
}  // namespace copilot::conformance
