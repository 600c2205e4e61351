// SPDX-License-Identifier: MIT
#include "harness/auth.h"

#include <gtest/gtest.h>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using wire::Secret;

class AuthTest : public testing::Test {
 protected:
  ResolvedAuth Resolve() {
    const auto auth = ResolveAuth(input_, environment_);
    EXPECT_TRUE(auth.has_value());
    return auth ? *auth : ResolvedAuth{};
  }
  std::string Home(const std::string& home, const std::string& agent_dir,
                   const std::string& agent) {
    return ResolveCopilotHome(home, agent_dir, agent, environment_);
  }

  AuthInput input_;
  FakeEnvironment environment_;
};

TEST_F(AuthTest, NothingAtAllMeansTheLoggedInUser) {
  EXPECT_EQ(Resolve().mode, AuthMode::kUseLoggedInUser);
}

TEST_F(AuthTest, TheLoggedInUserWinsOverEveryToken) {
  input_.use_logged_in_user = true;
  input_.github_token = Secret("tok-a");
  input_.resolved_api_key = Secret("tok-b");
  environment_.variables["GH_TOKEN"] = "tok-c";
  EXPECT_EQ(Resolve(), ResolvedAuth{});
}

TEST_F(AuthTest, AnExplicitTokenCarriesItsProfile) {
  input_.github_token = Secret("tok-a");
  input_.profile_id = "work";
  input_.profile_version = "v1";
  input_.resolved_api_key = Secret("tok-b");
  const ResolvedAuth auth = Resolve();
  EXPECT_EQ(auth.mode, AuthMode::kGitHubToken);
  EXPECT_EQ(auth.token.Reveal(), "tok-a");
  EXPECT_EQ(auth.profile_id, "work");
  EXPECT_EQ(auth.profile_version, "v1");
}

TEST_F(AuthTest, AnExplicitTokenTakesItsProfileFromTheTopLevel) {
  input_.github_token = Secret("tok-a");
  input_.auth_profile_id = "top";
  input_.top_level_profile_version = "v2";
  EXPECT_EQ(Resolve().profile_id, "top");
  EXPECT_EQ(Resolve().profile_version, "v2");
}

TEST_F(AuthTest, AnExplicitTokenWithoutProfileIsRefused) {
  input_.github_token = Secret("tok-a");
  for (const char* id : {"", "work"}) {
    input_.profile_id = id;
    const auto auth = ResolveAuth(input_, environment_);
    ASSERT_FALSE(auth.has_value());
    EXPECT_EQ(auth.error().message,
              "[copilot-attempt] gitHubToken auth requires "
              "profileId+profileVersion (pool keying safety; per Q5/Q1 "
              "decisions)");
  }
}

TEST_F(AuthTest, AResolvedKeyIsVersionedByItsFingerprint) {
  input_.resolved_api_key = Secret("tok-b");
  environment_.variables["GH_TOKEN"] = "tok-c";
  const ResolvedAuth auth = Resolve();
  EXPECT_EQ(auth.token.Reveal(), "tok-b");
  EXPECT_EQ(auth.profile_id, "pi:resolved");
  EXPECT_EQ(auth.profile_version, wire::Fingerprint("tok-b"));
  input_.auth_profile_id = "p1";
  EXPECT_EQ(Resolve().profile_id, "p1");
}

TEST_F(AuthTest, TheVariablesAreTriedInOrder) {
  const std::vector<std::string> order = {"OPENCLAW_GITHUB_TOKEN",
                                          "COPILOT_GITHUB_TOKEN", "GH_TOKEN",
                                          "GITHUB_TOKEN"};
  for (const auto& name : order) environment_.variables[name] = "of-" + name;
  for (const auto& name : order) {
    EXPECT_EQ(Resolve().profile_id, "env:" + name);
    EXPECT_EQ(Resolve().token.Reveal(), "of-" + name);
    environment_.variables[name] = "";
  }
  EXPECT_EQ(Resolve().mode, AuthMode::kUseLoggedInUser);
}

TEST_F(AuthTest, ABlankVariableIsATokenAndStaysAsItIs) {
  environment_.variables["OPENCLAW_GITHUB_TOKEN"] = "  ";
  environment_.variables["GH_TOKEN"] = "tok";
  EXPECT_EQ(Resolve().token.Reveal(), "  ");
}

TEST_F(AuthTest, ARotatedVariableChangesTheVersion) {
  environment_.variables["GH_TOKEN"] = "tok-1";
  const std::string before = Resolve().profile_version;
  environment_.variables["GH_TOKEN"] = "tok-2";
  EXPECT_NE(Resolve().profile_version, before);
}

TEST_F(AuthTest, AProfileWithoutTokenLeavesTheVariablesInPlay) {
  input_.auth_profile_id = "p1";
  environment_.variables["GH_TOKEN"] = "tok";
  EXPECT_EQ(Resolve().profile_id, "env:GH_TOKEN");
}

TEST_F(AuthTest, AgentIdsAreTrimmedAndLowercased) {
  EXPECT_EQ(SanitizeAgentId(" Main "), "main");
  EXPECT_EQ(SanitizeAgentId("a_b-9"), "a_b-9");
  EXPECT_EQ(SanitizeAgentId(std::string(64, 'a')), std::string(64, 'a'));
}

TEST_F(AuthTest, AgentIdsThatAreNoneBecomeCopilot) {
  using namespace std::string_literals;
  for (const std::string& id : {""s, "  "s, "../x"s, "a/b"s, "a\\b"s, "a\0b"s,
                                "-a"s, "_a"s, std::string(65, 'a')}) {
    EXPECT_EQ(SanitizeAgentId(id), "copilot") << id;
  }
}

TEST_F(AuthTest, AnExplicitHomeIsMadeAbsolute) {
  EXPECT_EQ(Home("my/./home/", "/agent", "main"), "/work/my/home");
  EXPECT_EQ(Home("/x/../y", "", ""), "/y");
}

TEST_F(AuthTest, TheAgentDirectoryHoldsAHome) {
  EXPECT_EQ(Home("", "/agent", "main"), "/agent/copilot");
}

TEST_F(AuthTest, TheDefaultHomeNamesTheAgent) {
  EXPECT_EQ(Home("", "", " Main "), "/home/ada/.openclaw/agents/main/copilot");
  environment_.variables["OPENCLAW_HOME"] = "base";
  EXPECT_EQ(Home("", "", ""), "/work/base/.openclaw/agents/copilot/copilot");
}

TEST_F(AuthTest, WithoutHomeDirectoryTheCurrentOneIsTheBase) {
  environment_.home = "";
  EXPECT_EQ(Home("", "", "main"), "/work/.openclaw/agents/main/copilot");
}

TEST_F(AuthTest, TheAcquireSpecOfATokenHasTokenAndProfile) {
  input_.resolved_api_key = Secret("tok-b");
  const AcquireSpec spec = MakeAcquireSpec(Resolve(), "Main", "/h");
  EXPECT_EQ(spec.key.agent_id, "main");
  EXPECT_EQ(spec.options.github_token.Reveal(), "tok-b");
  EXPECT_FALSE(spec.options.use_logged_in_user);
  EXPECT_EQ(spec.options.base_directory, "/h");
}

TEST_F(AuthTest, TheAcquireSpecOfTheLoggedInUserHasNoToken) {
  const AcquireSpec spec = MakeAcquireSpec(Resolve(), "main", "/h");
  EXPECT_TRUE(spec.options.github_token.empty());
  EXPECT_TRUE(spec.options.use_logged_in_user);
}

TEST_F(AuthTest, PoolKeysNeverHoldTheToken) {
  input_.resolved_api_key = Secret("tok-secret");
  const AcquireSpec spec = MakeAcquireSpec(Resolve(), "main", "/h");
  EXPECT_EQ(spec.key.ToString().find("tok-secret"), std::string::npos);
}

TEST_F(AuthTest, EachPartOfThePoolKeyDistinguishes) {
  const PoolKey key{"main", "/h", AuthMode::kGitHubToken, "p", "v", ""};
  std::vector<PoolKey> others(6, key);
  others[0].agent_id = "work";
  others[1].copilot_home = "/i";
  others[2].auth_mode = AuthMode::kUseLoggedInUser;
  others[3].auth_profile_id = "q";
  others[4].auth_profile_version = "w";
  others[5].client_mode = "empty";
  for (const PoolKey& other : others) {
    EXPECT_NE(other.ToString(), key.ToString());
  }
}

TEST_F(AuthTest, TheOrdinaryModeIsNotInThePoolKey) {
  PoolKey key{"main", "/h", AuthMode::kUseLoggedInUser, "", "", ""};
  const std::string text =
      R"({"agentId":"main","copilotHome":"/h","authMode":"useLoggedInUser"})";
  EXPECT_EQ(key.ToString(), text);
  key.client_mode = "copilot-cli";
  EXPECT_EQ(key.ToString(), text);
}

TEST(AuthModeTest, NamesAreRead) {
  EXPECT_EQ(ParseAuthMode("byok"), AuthMode::kByok);
  EXPECT_EQ(ParseAuthMode("gitHubToken"), AuthMode::kGitHubToken);
  EXPECT_EQ(ParseAuthMode("other"), std::nullopt);
}

}  // namespace
}  // namespace copilot::harness
