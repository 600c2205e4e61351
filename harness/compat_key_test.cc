// SPDX-License-Identifier: MIT
#include "harness/compat_key.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

AttemptParams Params(const Json& more = Json::object()) {
  Json json = {{"provider", "github-copilot"},
               {"model", "gpt-4.1"},
               {"workspaceDir", "/work"}};
  json.update(more);
  return AttemptParams::FromJson(json);
}

CompatKeys Keys(const Json& more = Json::object(),
                const ResolvedAuth& auth = {}) {
  return MakeCompatKeys(Params(more), "/home", &auth);
}

TEST(CompatKeyTest, ListsItsPartsInOrder) {
  EXPECT_EQ(Keys().compat,
            "provider=github-copilot|model=gpt-4.1|api=|baseUrlFingerprint=|"
            "cwd=/work|agentId=|agentDir=|copilotHome=|"
            "resolvedCopilotHome=/home|auth.mode=useLoggedInUser|"
            "auth.profileId=|auth.profileVersion=");
  EXPECT_EQ(Keys().compact,
            "provider=github-copilot|model=gpt-4.1|cwd=/work|agentId=|"
            "agentDir=|copilotHome=|resolvedCopilotHome=/home");
}

TEST(CompatKeyTest, EachOfThesePartsMakesAnotherKey) {
  const std::string before = Keys().compat;
  for (const Json& change :
       {Json{{"model", "gpt-5"}},
        Json{{"model", {{"id", "gpt-4.1"}, {"api", "ollama"}}}},
        Json{{"model", {{"id", "gpt-4.1"}, {"baseUrl", "https://x/v1"}}}},
        Json{{"cwd", "/work/sub"}}, Json{{"agentId", "work"}},
        Json{{"agentDir", "/agent"}}, Json{{"copilotHome", "/h"}}}) {
    EXPECT_NE(Keys(change).compat, before) << change;
  }
}

TEST(CompatKeyTest, AuthModeProfileAndVersionMakeAnotherKey) {
  const ResolvedAuth auth{AuthMode::kGitHubToken, wire::Secret("tok"), "p",
                          "v1"};
  ResolvedAuth profile = auth;
  profile.profile_id = "q";
  ResolvedAuth version = auth;
  version.profile_version = "v2";
  const std::string key = Keys(Json::object(), auth).compat;
  EXPECT_NE(key, Keys().compat);
  EXPECT_NE(key, Keys(Json::object(), profile).compat);
  EXPECT_NE(key, Keys(Json::object(), version).compat);
  EXPECT_EQ(key.find("tok"), std::string::npos);
}

TEST(CompatKeyTest, ABaseUrlIsFingerprinted) {
  const std::string key =
      Keys({{"model", {{"id", "m"}, {"baseUrl", "https://host.example/?k=1"}}}})
          .compat;
  EXPECT_NE(key.find("baseUrlFingerprint=sha256:"), std::string::npos);
  EXPECT_EQ(key.find("host.example"), std::string::npos);
  EXPECT_EQ(key.find("k=1"), std::string::npos);
}

TEST(CompatKeyTest, TheAgentComesFromTheSessionKeyWhenNotGiven) {
  EXPECT_EQ(Keys({{"sessionKey", "agent:ada:main"}}).compat,
            Keys({{"agentId", "ada"}}).compat);
  EXPECT_EQ(Keys({{"sessionKey", "cron:ada:main"}}).compat, Keys().compat);
}

TEST(CompatKeyTest, AStringModelCompactsASessionOfAnObjectModel) {
  EXPECT_EQ(Keys({{"model", "gpt-4.1"}}).compact,
            Keys({{"model", {{"id", "gpt-4.1"}, {"api", "x"}}}}).compact);
}

TEST(CompatKeyTest, UnresolvableAuthIsAStableKey) {
  const CompatKeys keys = MakeCompatKeys(Params(), "/home", nullptr);
  EXPECT_NE(keys.compat.find("|auth=unresolvable"), std::string::npos);
}

}  // namespace
}  // namespace copilot::harness
