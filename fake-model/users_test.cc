// SPDX-License-Identifier: MIT
#include "fake-model/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(UsersTest, AnyTokenIsOctocatsUnlessAScriptSaysOtherwise) {
  EXPECT_EQ(Users().Find("Bearer tok-a")->login, "octocat");
  EXPECT_EQ(Users().Find("bearer tok-a")->plan, "individual_pro");
  EXPECT_EQ(Users().Find(""), nullptr);
  EXPECT_EQ(Users().Find("Bearer "), nullptr);
}

TEST(UsersTest, OnlyTheTokensOfAScriptAreValid) {
  const Users users(nlohmann::json::parse(
      R"([{"token": "tok-a", "login": "ada"},
          {"token": "tok-b", "login": "bob", "plan": "business"}])"));
  EXPECT_EQ(users.Find("Bearer tok-a")->login, "ada");
  EXPECT_EQ(users.Find("token tok-b")->plan, "business");
  EXPECT_EQ(users.Find("Bearer tok-c"), nullptr);
}

TEST(UsersTest, QuotasAreHeaders) {
  const Users users(nlohmann::json::parse(
      R"([{"token": "t", "quotaResetDate": "2030-01-31", "quota": {
          "premium_interactions": {"entitlement": 300, "remaining": 75}}}])"));
  EXPECT_THAT(
      QuotaHeaders(*users.Find("Bearer t")),
      ElementsAre(Pair("x-quota-snapshot-premium_interactions",
                       "ent=300&ov=0&ovPerm=false&rem=25&rst=2030-01-31")));
}

}  // namespace
}  // namespace copilot::fake_model
