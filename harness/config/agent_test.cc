// SPDX-License-Identifier: MIT
#include "harness/config/agent.h"

#include <gtest/gtest.h>

#include "harness/byok/provider.h"
#include "harness/fake_sdk.h"
#include "harness/supports.h"
#include "wire/json_damage.h"

namespace copilot::harness {
namespace {

constexpr char kByok[] = R"({
  agents: {
    defaults: {
      model: { primary: "my-proxy/llama-3.1-8b" },
      models: { "my-proxy/llama-3.1-8b": { alias: "Llama" } },
      workspace: "~/work",
    },
    list: [
      { id: "main" },
      { id: "ops", default: true, agentDir: "~/ops", workspace: "/srv",
        model: "github-copilot/gpt-5.5",
        models: { "GitHub-Copilot/gpt-5.5": { agentRuntime: { id: "copilot" } } },
      },
    ],
  },
  models: { providers: { "My-Proxy": {
    baseUrl: "https://llm.example.com/v1", apiKey: "${MY_KEY}",
    api: "openai-completions", authHeader: true, contextWindow: 1000,
    headers: { a: "1", b: "1" }, agentRuntime: { id: "copilot" },
    models: [ { id: "other" },
      { id: "llama-3.1-8b", maxTokens: 50, headers: { b: "2" } } ],
  } } },
})";

class AgentTest : public testing::Test {
 protected:
  AgentTest() { environment_.variables = {{"MY_KEY", "key-of-mine"}}; }

  Expected<AgentSetup> Resolve(const std::string& text,
                               const std::string& agent = "",
                               const std::string& model = "") {
    const auto configuration =
        ParseConfiguration(text, "c.json5", environment_);
    if (!configuration) return Fail(configuration.error());
    return ResolveAgent(*configuration, agent, model, environment_);
  }
  AgentSetup Resolved(const std::string& text, const std::string& agent = "",
                      const std::string& model = "") {
    const auto setup = Resolve(text, agent, model);
    EXPECT_TRUE(setup.has_value()) << (setup ? "" : setup.error().message);
    return setup ? *setup : AgentSetup{};
  }
  std::string Complaint(const std::string& text, const std::string& agent = "",
                        const std::string& model = "") {
    const auto setup = Resolve(text, agent, model);
    if (setup) return "no error";
    EXPECT_EQ(setup.error().code, "CONFIG");
    return setup.error().message;
  }

  FakeEnvironment environment_;
};

TEST_F(AgentTest, TheAgentsOwnSettingsComeFirst) {
  const AgentSetup setup = Resolved(kByok, "OPS ");
  EXPECT_EQ(setup.agent.value, "ops");
  EXPECT_EQ(setup.agent.from, "$.agents.list[1].id");
  EXPECT_EQ(setup.model.value, "github-copilot/gpt-5.5");
  EXPECT_EQ(setup.model.from, "$.agents.list[1].model");
  EXPECT_EQ(setup.runtime.value, "copilot");
  EXPECT_EQ(setup.runtime.from,
            "$.agents.list[1].models[\"GitHub-Copilot/gpt-5.5\"]"
            ".agentRuntime.id");
  EXPECT_EQ(setup.params.agent_id, "ops");
  EXPECT_EQ(setup.params.agent_dir, "/home/ada/ops");
  EXPECT_EQ(setup.agent_dir.from, "$.agents.list[1].agentDir");
  EXPECT_EQ(setup.params.workspace_dir, "/srv");
  EXPECT_EQ(setup.params.provider, "github-copilot");
  EXPECT_EQ(setup.params.model_id, "gpt-5.5");
  EXPECT_TRUE(setup.key_path.empty());
}

TEST_F(AgentTest, WithoutANameTheDefaultAgentIsMeant) {
  EXPECT_EQ(Resolved(kByok).agent.value, "ops");
  EXPECT_EQ(Resolved("{agents: {list: [{id: 'a'}, {id: 'b'}], "
                     "defaults: {model: 'p/m'}}}")
                .agent.value,
            "a");
  const AgentSetup setup = Resolved("{agents: {defaults: {model: 'p/m'}}}");
  EXPECT_EQ(setup.agent.value, "main");
  EXPECT_EQ(setup.agent.from, "the host's default agent");
}

TEST_F(AgentTest, AModelOfTheHostsOwnIsReadyForTheHarness) {
  const AgentSetup setup = Resolved(kByok, "main");
  EXPECT_EQ(setup.model.from, "$.agents.defaults.model.primary");
  EXPECT_EQ(setup.runtime.from,
            "$.models.providers[\"My-Proxy\"].agentRuntime.id");
  EXPECT_EQ(setup.params.workspace_dir, "/home/ada/work");
  EXPECT_EQ(setup.key_path, "$.models.providers[\"My-Proxy\"].apiKey");
  EXPECT_EQ(Supports(setup.supports)["supported"], true);
  const auto byok = ResolveByok(setup.params);
  ASSERT_TRUE(byok.has_value() && byok->has_value());
  EXPECT_EQ((*byok)->wire_api, "completions");
  EXPECT_EQ((*byok)->key.Reveal(), "key-of-mine");
  EXPECT_TRUE((*byok)->bearer);
  EXPECT_EQ((*byok)->max_prompt_tokens, 1000);
  EXPECT_EQ((*byok)->max_output_tokens, 50);
  EXPECT_EQ((*byok)->headers.at("a").Reveal(), "1");
  EXPECT_EQ((*byok)->headers.at("b").Reveal(), "2");
}

TEST_F(AgentTest, TheModelCanBeNamedByOptionAndByAlias) {
  const AgentSetup given = Resolved(kByok, "main", "github-copilot/o/p");
  EXPECT_EQ(given.model.from, "--model");
  EXPECT_EQ(given.params.model_id, "o/p");
  EXPECT_TRUE(given.runtime.value.empty());
  EXPECT_EQ(Resolved(kByok, "ops", "llama").model.value,
            "my-proxy/llama-3.1-8b");
}

// MISC-30: both places mean the same, and the harness takes the model.
TEST_F(AgentTest, ARuntimeOnAModelOrOnAProviderLeadsToTheHarness) {
  const char* const places[] = {
      "agents: {defaults: {model: 'github-copilot/m', models: "
      "{'github-copilot/m': {agentRuntime: {id: 'copilot'}}}}}",
      "agents: {defaults: {model: 'github-copilot/m'}}, models: {providers: "
      "{'github-copilot': {agentRuntime: {id: 'copilot'}}}}",
      "agents: {defaults: {model: 'github-copilot/m'}}, models: {providers: "
      "{'github-copilot': {models: [{id: 'm', agentRuntime: {id: "
      "'copilot'}}]}}}"};
  for (const char* place : places) {
    const AgentSetup setup = Resolved("{" + std::string(place) + "}");
    EXPECT_EQ(Supports(setup.supports),
              Json({{"supported", true}, {"priority", 100}}))
        << place;
  }
  const AgentSetup without =
      Resolved("{agents: {defaults: {model: 'github-copilot/m'}}}");
  EXPECT_EQ(Supports(without.supports)["reason"], "copilot is opt-in only");
}

TEST_F(AgentTest, ARuntimeOnTheModelCountsBeforeOneOnTheProvider) {
  const AgentSetup setup = Resolved(
      "{agents: {defaults: {model: 'p/m', models: {'p/m': {agentRuntime: {id: "
      "'pi'}}}}}, models: {providers: {p: {agentRuntime: {id: 'copilot'}}}}}");
  EXPECT_EQ(setup.runtime.value, "pi");
}

TEST_F(AgentTest, AProviderOfThePartsOfTheHostIsOwned) {
  const AgentSetup setup = Resolved(
      "{agents: {defaults: {model: 'openai/m'}}, models: {providers: {openai: "
      "{baseUrl: 'https://x.example/v1', api: 'openai-responses', "
      "agentRuntime: {id: 'copilot'}}}}}");
  EXPECT_EQ(Supports(setup.supports)["reason"],
            "provider is not one of: github-copilot");
}

TEST_F(AgentTest, WhatIsMissingOrWrongIsNamed) {
  const struct {
    const char* text;
    const char* agent;
    const char* model;
    const char* complaint;
  } cases[] = {
      {"{}", "", "",
       "c.json5: $.agents.defaults.model: expected a model as "
       "\"provider/id\", got nothing"},
      {"{agents: []}", "", "",
       "c.json5: $.agents: expected an object, got array"},
      {"{agents: {list: {}}}", "", "",
       "c.json5: $.agents.list: expected an array, got object"},
      {"{agents: {list: [7]}}", "", "",
       "c.json5: $.agents.list[0]: expected an object, got number"},
      {"{agents: {list: [{id: ' '}]}}", "", "",
       "c.json5: $.agents.list[0].id: expected the agent's id, got nothing"},
      {"{agents: {list: [{id: 'a'}, {id: 'b'}]}}", "c", "p/m",
       "c.json5: $.agents.list: expected one of a, b, got the agent `c`"},
      {"{}", "c", "p/m",
       "c.json5: $.agents.list: expected one of main, got the agent `c`"},
      {"{}", "", "m",
       "c.json5: --model: expected \"provider/id\" or an alias, got \"m\""},
      {"{}", "", "/m",
       "c.json5: --model: expected \"provider/id\" or an alias, got \"/m\""},
      {"{}", "", "p/",
       "c.json5: --model: expected \"provider/id\" or an alias, got \"p/\""},
      {"{agents: {defaults: {model: 7}}}", "", "",
       "c.json5: $.agents.defaults.model: expected a string, got number"},
      {"{agents: {defaults: {models: {'p/m': 7}}}}", "", "p/m",
       "c.json5: $.agents.defaults.models[\"p/m\"]: expected an object, got "
       "number"},
      {"{models: {providers: {p: 7}}}", "", "p/m",
       "c.json5: $.models.providers.p: expected an object, got number"},
      {"{models: {providers: {p: {agentRuntime: 'copilot'}}}}", "", "p/m",
       "c.json5: $.models.providers.p.agentRuntime: expected an object, got "
       "string"},
      {"{models: {providers: {p: {apiKey: {source: 'file', id: 'x'}}}}}", "",
       "p/m",
       "c.json5: $.models.providers.p.apiKey: expected a string or {source: "
       "\"env\", id: NAME}; other sources of secrets are the host's"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(Complaint(each.text, each.agent, each.model), each.complaint)
        << each.text;
  }
}

TEST_F(AgentTest, ErrorsHoldNoSecrets) {
  EXPECT_EQ(Complaint("{agents: {defaults: {model: '${MY_KEY}'}}, models: "
                      "{providers: {p: {apiKey: '${MY_KEY}'}}}}"),
            "c.json5: $.agents.defaults.model: expected \"provider/id\" or an "
            "alias, got \"" +
                wire::Fingerprint("key-of-mine") + "\"");
}

// Whatever stands in whatever place: a setup or an error.
TEST_F(AgentTest, DamagedConfigurationsEndInASetupOrAnError) {
  const auto whole = ParseConfiguration(kByok, "c.json5", environment_);
  ASSERT_TRUE(whole.has_value());
  int refused = 0;
  wire::ForEachDamage(whole->document, [&](const Json& damaged) {
    for (const char* agent : {"main", "ops"}) {
      const Configuration configuration{"c.json5", damaged, {}};
      const auto setup = ResolveAgent(configuration, agent, "", environment_);
      if (setup) {
        EXPECT_FALSE(setup->model.value.empty());
        (void)ResolveByok(setup->params);
        (void)Supports(setup->supports);
      } else {
        ++refused;
        EXPECT_EQ(setup.error().code, "CONFIG");
      }
    }
  });
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace copilot::harness
