// SPDX-License-Identifier: MIT
#include "harness/tool_context.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

class ToolContextTest : public testing::Test {
 protected:
  Json Fields() {
    return ToolContextFields(AttemptParams::FromJson(given_), workspace_,
                             session_key_);
  }

  Json given_ = {{"provider", "github-copilot"}};
  Workspace workspace_;
  std::string session_key_;
};

TEST_F(ToolContextTest, WhatTheAttemptKnowsIsPassedOnUnchanged) {
  const Json known = {{"senderId", "u1"},
                      {"senderIsOwner", true},
                      {"memberRoleIds", {"r1", "r2"}},
                      {"groupId", "g"},
                      {"replyToMode", "first"},
                      {"chatType", "group"},
                      {"runId", "run-1"},
                      {"config", {{"a", {1, nullptr}}}},
                      {"trigger", "cron"},
                      {"jobId", "job"},
                      {"memoryFlushWritePath", "m.md"},
                      {"spawnedBy", "agent:main"}};
  given_.update(known);
  given_["thinkLevel"] = "high";
  const Json fields = Fields();
  for (const auto& [name, value] : known.items()) {
    EXPECT_EQ(fields.value(name, Json()), value) << name;
  }
  EXPECT_EQ(fields["requesterThinkingLevel"], "high");
}

TEST_F(ToolContextTest, WhatIsNotKnownIsAbsent) {
  EXPECT_EQ(Fields(), Json({{"agentId", "copilot"},
                            {"sessionId", "copilot-session"},
                            {"requireExplicitMessageTarget", false},
                            {"modelHasVision", true},
                            {"workspaceDir", ""},
                            {"cwd", ""}}));
}

TEST_F(ToolContextTest, NoTokenIsPassedOn) {
  given_["auth"] = {{"gitHubToken", "tok-1"}, {"profileId", "p"}};
  given_["resolvedApiKey"] = "tok-2";
  EXPECT_EQ(Fields().dump().find("tok-"), std::string::npos);
}

TEST_F(ToolContextTest, TheChannelStandsInForAMissingProvider) {
  given_["messageChannel"] = "chat";
  EXPECT_EQ(Fields()["messageProvider"], "chat");
}

TEST_F(ToolContextTest, ProviderAndChannelAreBothPassedOn) {
  given_["messageChannel"] = "chat";
  given_["messageProvider"] = "mail";
  EXPECT_EQ(Fields()["messageProvider"], "mail");
  EXPECT_EQ(Fields()["messageChannel"], "chat");
}

TEST_F(ToolContextTest, AProfileStoreForToolsWins) {
  given_["authProfileStore"] = "general";
  EXPECT_EQ(Fields()["authProfileStore"], "general");
  given_["toolAuthProfileStore"] = "tools";
  EXPECT_EQ(Fields()["authProfileStore"], "tools");
}

TEST_F(ToolContextTest, ToolsRunUnderTheSandboxsKeyAndKnowTheRealOne) {
  given_["sessionKey"] = "agent:main:real";
  given_["sandboxSessionKey"] = "agent:main:box";
  EXPECT_EQ(Fields()["sessionKey"], "agent:main:box");
  EXPECT_EQ(Fields()["runSessionKey"], "agent:main:real");
}

TEST_F(ToolContextTest, EqualKeysArePassedOnOnce) {
  given_["sessionKey"] = given_["sandboxSessionKey"] = "agent:main:real";
  EXPECT_EQ(Fields()["sessionKey"], "agent:main:real");
  EXPECT_FALSE(Fields().contains("runSessionKey"));
}

TEST_F(ToolContextTest, AKeyOfTheBridgesOwnIsTheLastResort) {
  session_key_ = "bridge";
  EXPECT_EQ(Fields()["sessionKey"], "bridge");
  given_["sessionKey"] = "real";
  EXPECT_EQ(Fields()["sessionKey"], "real");
}

TEST_F(ToolContextTest, TheBudgetWinsOverTheContextWindow) {
  given_["model"] = {{"id", "m"}, {"contextWindow", 128000}};
  EXPECT_EQ(Fields()["modelContextWindowTokens"], 128000);
  given_["contextTokenBudget"] = 8000;
  EXPECT_EQ(Fields()["modelContextWindowTokens"], 8000);
}

TEST_F(ToolContextTest, ToolsKnowWhetherTheModelSeesImages) {
  given_["model"] = {{"id", "m"}, {"input", {"text"}}};
  EXPECT_EQ(Fields()["modelHasVision"], false);
  given_["model"]["input"] = {"text", "image"};
  EXPECT_EQ(Fields()["modelHasVision"], true);
}

TEST_F(ToolContextTest, OverridesAndElevationAreOneObject) {
  given_["execOverrides"] = {{"host", "node"}};
  given_["bashElevated"] = {{"enabled", true}};
  EXPECT_EQ(Fields()["exec"],
            Json({{"host", "node"}, {"elevated", {{"enabled", true}}}}));
}

TEST_F(ToolContextTest, TheAllowlistIsPassedOn) {
  given_["toolsAllow"] = {"read", "web_*"};
  EXPECT_EQ(Fields()["runtimeToolAllowlist"], Json({"read", "web_*"}));
}

TEST_F(ToolContextTest, SubAgentsMustNameTheirTarget) {
  given_["sessionKey"] = "agent:main:subagent:42";
  EXPECT_EQ(Fields()["requireExplicitMessageTarget"], true);
  given_["requireExplicitMessageTarget"] = false;
  EXPECT_EQ(Fields()["requireExplicitMessageTarget"], false);
}

TEST_F(ToolContextTest, ASandboxAndTheOriginalWorkspaceArePassedOn) {
  workspace_.effective = workspace_.cwd = "/box";
  workspace_.spawn = "/work";
  workspace_.sandbox = {{"enabled", true}, {"anything", {1, 2}}};
  EXPECT_EQ(Fields()["sandbox"], workspace_.sandbox);
  EXPECT_EQ(Fields()["spawnWorkspaceDir"], "/work");
  EXPECT_EQ(Fields()["workspaceDir"], "/box");
}

}  // namespace
}  // namespace copilot::harness
