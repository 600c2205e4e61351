// SPDX-License-Identifier: MIT
#include "fake-cli/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace copilot::fake_cli {
namespace {

using ::testing::MatchesRegex;

constexpr char kUuid[] =
    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

TEST(IdSourceTest, UuidsAreOfVersionFour) {
  IdSource ids(1);
  for (int i = 0; i < 100; ++i) EXPECT_THAT(ids.Uuid(), MatchesRegex(kUuid));
}

TEST(IdSourceTest, UuidsDiffer) {
  IdSource ids(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(ids.Uuid());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(IdSourceTest, TheSameSeedGivesTheSameSequence) {
  IdSource one(7);
  IdSource two(7);
  IdSource other(8);
  const std::string first = one.Uuid();
  EXPECT_EQ(first, two.Uuid());
  EXPECT_NE(first, other.Uuid());
  EXPECT_EQ(one.Fraction(), two.Fraction());
  EXPECT_EQ(one.Uuid(), two.Uuid());
}

TEST(IdSourceTest, FractionsAreFromZeroUpToOne) {
  IdSource ids(3);
  for (int i = 0; i < 1000; ++i) {
    const double fraction = ids.Fraction();
    EXPECT_GE(fraction, 0);
    EXPECT_LT(fraction, 1);
  }
}

TEST(IsoTimeTest, IsUtcWithMilliseconds) {
  EXPECT_EQ(IsoTime(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(IsoTime(1763672486886), "2025-11-20T21:01:26.886Z");
  EXPECT_EQ(IsoTime(1709164800007), "2024-02-29T00:00:00.007Z");
}

TEST(IsoTimeTest, NowIsAfterThisWasWritten) {
  EXPECT_GT(NowMs(), 1700000000000);
}

}  // namespace
}  // namespace copilot::fake_cli
