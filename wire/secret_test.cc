// SPDX-License-Identifier: MIT
#include "wire/secret.h"

#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>

namespace copilot::wire {
namespace {

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!Streamable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<std::string, Secret>);

TEST(Fingerprint, IsTheFirstTwelveHexCharactersOfSha256) {
  EXPECT_EQ(Fingerprint(""), "sha256:e3b0c44298fc");
  EXPECT_EQ(Fingerprint("abc"), "sha256:ba7816bf8f01");
}

TEST(Fingerprint, DiffersBetweenSecrets) {
  EXPECT_EQ(Fingerprint("tok-a"), Secret("tok-a").fingerprint());
  EXPECT_NE(Fingerprint("tok-a"), Fingerprint("tok-b"));
}

TEST(Sha256Hex, GivesAsManyCharactersAsAsked) {
  EXPECT_EQ(Sha256Hex("abc", 16), "ba7816bf8f01cfea");
  EXPECT_EQ(Sha256Hex("abc").size(), 64u);
}

}  // namespace
}  // namespace copilot::wire
