// SPDX-License-Identifier: MIT
#include "harness/explain_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kSubscription[] = R"({
  agents: { defaults: { model: "github-copilot/gpt-5.5" },
            list: [ { id: "Main Agent" }, { id: "ops", agentDir: "/srv/ops" } ] },
  models: { providers: { "github-copilot": {
    agentRuntime: { id: "copilot" }, __KEY__ } } } })";

class ExplainTest : public testing::Test {
 protected:
  Json Explained(std::string text, const std::string& agent,
                 const std::string& home = "", const std::string& key = "") {
    if (const size_t at = text.find("__KEY__"); at != std::string::npos) {
      text.replace(at, 7, key);
    }
    const auto configuration =
        ParseConfiguration(text, "c.json5", environment_);
    EXPECT_TRUE(configuration.has_value());
    auto setup = ResolveAgent(*configuration, agent, "", environment_);
    EXPECT_TRUE(setup.has_value()) << (setup ? "" : setup.error().message);
    if (!setup) return nullptr;
    setup->params.copilot_home = home;
    return Explain(*configuration, *setup, environment_);
  }

  FakeEnvironment environment_;
};

TEST_F(ExplainTest, TheFirstTokenOfTheEnvironmentIsNamed) {
  environment_.variables = {{"GH_TOKEN", "token-one"},
                            {"GITHUB_TOKEN", "token-two"},
                            {"OTHER", "token-one"}};
  const Json explained = Explained(kSubscription, "ops");
  const std::string print = wire::Fingerprint("token-one");
  EXPECT_EQ(explained["ok"], true);
  EXPECT_EQ(explained["auth"]["value"], Json({{"mode", "gitHubToken"},
                                              {"profileId", "env:GH_TOKEN"},
                                              {"profileVersion", print},
                                              {"credential", print}}));
  EXPECT_EQ(explained["auth"]["why"], "the variable GH_TOKEN");
  EXPECT_EQ(explained["poolKey"]["value"],
            Json({{"agentId", "ops"},
                  {"authMode", "gitHubToken"},
                  {"authProfileId", "env:GH_TOKEN"},
                  {"authProfileVersion", print},
                  {"copilotHome", "/srv/ops/copilot"}}));
  EXPECT_EQ(explained["copilotHome"]["why"], "$.agents.list[1].agentDir");
  EXPECT_THAT(explained.dump(), Not(HasSubstr("token-one")));
}

TEST_F(ExplainTest, AKeyOfTheConfigurationComesBeforeTheEnvironment) {
  environment_.variables = {{"GH_TOKEN", "token-one"}, {"MINE", "my-token"}};
  const Json explained =
      Explained(kSubscription, "ops", "", "apiKey: '${MINE}'");
  EXPECT_EQ(explained["auth"]["why"],
            "$.models.providers[\"github-copilot\"].apiKey");
  EXPECT_EQ(explained["auth"]["value"]["profileId"], "pi:resolved");
  EXPECT_EQ(explained["auth"]["value"]["credential"],
            wire::Fingerprint("my-token"));
  EXPECT_THAT(explained.dump(), Not(HasSubstr("my-token")));
}

TEST_F(ExplainTest, ASecretIsHiddenWhereverItStands) {
  environment_.variables = {{"MINE", "my-token"}};
  const Json explained = Explained(
      "{agents: {defaults: {model: 'github-copilot/m'}, list: [{id: 'a', "
      "agentDir: '/x/${MINE}'}]}, models: {providers: {'github-copilot': "
      "{apiKey: '${MINE}'}}}}",
      "a");
  EXPECT_EQ(explained["copilotHome"]["value"],
            "/x/" + wire::Fingerprint("my-token") + "/copilot");
  EXPECT_THAT(explained.dump(), Not(HasSubstr("my-token")));
}

TEST_F(ExplainTest, WithoutAnyTokenTheUserIsWhoIsLoggedIn) {
  const Json explained = Explained(kSubscription, "ops");
  EXPECT_EQ(explained["auth"]["value"], Json({{"mode", "useLoggedInUser"}}));
  EXPECT_THAT(explained["auth"]["why"].get<std::string>(),
              HasSubstr("whoever is logged in"));
}

TEST_F(ExplainTest, WhatDecidesTheHomeIsNamed) {
  Json explained = Explained(kSubscription, "ops", "/elsewhere");
  EXPECT_EQ(explained["copilotHome"]["value"], "/elsewhere");
  EXPECT_EQ(explained["copilotHome"]["why"], "--home");
  explained = Explained(kSubscription, "main agent");
  EXPECT_EQ(explained["copilotHome"]["value"],
            "/home/ada/.openclaw/agents/copilot/copilot");
  EXPECT_EQ(explained["copilotHome"]["why"],
            "the home directory, since nothing else is given");
  EXPECT_EQ(explained["poolKey"]["why"],
            "agent (as a valid id), home and auth");
  environment_.variables["OPENCLAW_HOME"] = "/data";
  explained = Explained(kSubscription, "main agent");
  EXPECT_EQ(explained["copilotHome"]["why"], "the variable OPENCLAW_HOME");
}

TEST_F(ExplainTest, AModelOfTheHostsOwnLeavesNoRoomForGitHub) {
  environment_.variables = {{"GH_TOKEN", "token-one"}, {"MINE", "my-own-key"}};
  const Json explained = Explained(
      "{agents: {defaults: {model: 'p/m'}}, models: {providers: {p: {baseUrl: "
      "'https://llm.example.com/v1', api: 'anthropic-messages', apiKey: "
      "'${MINE}', agentRuntime: {id: 'copilot'}}}}}",
      "");
  EXPECT_EQ(explained["ok"], true);
  EXPECT_EQ(explained["auth"]["value"]["mode"], "byok");
  EXPECT_EQ(explained["auth"]["value"]["profileId"], "byok:p");
  EXPECT_EQ(explained["auth"]["value"]["credential"],
            wire::Fingerprint("my-own-key"));
  EXPECT_EQ(explained["auth"]["why"],
            "$.models.providers.p.apiKey: GitHub's auth is ignored");
  EXPECT_EQ(explained["endpoint"]["value"]["type"], "anthropic");
  EXPECT_EQ(explained["endpoint"]["value"]["baseUrl"],
            wire::Fingerprint("https://llm.example.com/v1"));
  EXPECT_THAT(explained.dump(), Not(HasSubstr("my-own-key")));
  EXPECT_THAT(explained.dump(), Not(HasSubstr("token-one")));
}

TEST_F(ExplainTest, WhatKeepsAnAttemptFromTheCliIsTold) {
  const Json local = Explained(
      "{agents: {defaults: {model: 'p/m'}}, plugins: {allow: ['x']}, models: "
      "{providers: {p: {baseUrl: 'http://localhost/v1', api: "
      "'openai-responses'}}}}",
      "");
  EXPECT_EQ(local["ok"], false);
  EXPECT_EQ(local["plugin"]["value"], "blocked");
  EXPECT_EQ(local["runtime"]["value"], nullptr);
  EXPECT_EQ(local["supported"]["value"], false);
  EXPECT_EQ(local["supported"]["why"], "copilot is opt-in only");
  EXPECT_THAT(local["endpoint"]["why"].get<std::string>(),
              HasSubstr("SSRF policy"));
}

TEST_F(ExplainTest, TheTextHasEveryMember) {
  const Json explained = Explained(kSubscription, "ops");
  const std::string text = ExplanationText(explained);
  for (const auto& [name, member] : explained.items()) {
    if (name == "ok") continue;
    EXPECT_THAT(text, HasSubstr(name));
    EXPECT_THAT(
        text, HasSubstr("because: " + member["why"].get<std::string>() + "\n"));
  }
}

}  // namespace
}  // namespace copilot::harness
