// SPDX-License-Identifier: MIT
#include "harness/doctor_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/fake_sdk.h"
#include "wire/json_damage.h"

namespace copilot::harness {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Remembers which variables were asked for.
class WatchedEnvironment : public FakeEnvironment {
 public:
  std::optional<std::string> Get(const std::string& name) const override {
    asked.insert(name);
    return FakeEnvironment::Get(name);
  }
  Variables All() const override {
    asked.insert("*");
    return FakeEnvironment::All();
  }
  mutable std::set<std::string> asked;
};

class DoctorTest : public testing::Test {
 protected:
  Configuration Parsed(const std::string& text) {
    const auto parsed = ParseConfiguration(text, "c.json5", environment_);
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message);
    return parsed ? *parsed : Configuration{};
  }
  // "code path" of each finding, those that are errors with `!`.
  std::string Found(const std::string& text) {
    std::string found;
    for (const Finding& each : Examine(Parsed(text), environment_)) {
      if (!found.empty()) found += "; ";
      found += (each.error ? "!" : "") + each.code + " " + each.path;
    }
    return found;
  }

  WatchedEnvironment environment_;
};

constexpr char kSound[] = R"({
  agents: { defaults: { model: "github-copilot/m" } },
  models: { providers: { "github-copilot": {
    apiKey: "${MY_TOKEN}", agentRuntime: { id: "copilot" } } } },
  plugins: { allow: [ "copilot" ],
             entries: { copilot: { config: { pool: { idleTtlMs: 60000 } } } } },
})";

TEST_F(DoctorTest, ASoundConfigurationHasNoFindings) {
  environment_.variables = {{"MY_TOKEN", "token"}};
  EXPECT_EQ(Found(kSound), "");
}

TEST_F(DoctorTest, OnlyReferredVariablesAreLookedAt) {
  environment_.variables = {{"MY_TOKEN", "token"},
                            {"COPILOT_CLI_PATH", "/nowhere"}};
  const auto report = DoctorReport(Parsed(kSound), environment_);
  EXPECT_THAT(report["findings"], IsEmpty());
  EXPECT_EQ(environment_.asked, std::set<std::string>{"MY_TOKEN"});
}

TEST_F(DoctorTest, EachFindingNamesItsPlace) {
  const std::string model = "agents: {defaults: {model: 'github-copilot/m'}}";
  const std::string runtime =
      "models: {providers: {'github-copilot': {agentRuntime: {id: "
      "'copilot'}}}}";
  const auto idle = [&](const std::string& value) {
    return "{" + model + ", " + runtime +
           ", plugins: {entries: {copilot: {config: {pool: {idleTtlMs: " +
           value + "}}}}}}";
  };
  const std::string out_of_range =
      "!idle-ttl-out-of-range "
      "$.plugins.entries.copilot.config.pool.idleTtlMs";
  const std::pair<std::string, std::string> cases[] = {
      {"{" + model + ", " + runtime +
           ", plugins: {allow: ['@openclaw/copilot']}}",
       "!plugin-blocked $.plugins.allow"},
      {"{" + model + "}", "runtime-not-opted-in $"},
      {"{" + model +
           ", models: {providers: {x: {agentRuntime: {id: 'copilto'}}}}}",
       "unknown-runtime $.models.providers.x.agentRuntime.id; "
       "runtime-not-opted-in $"},
      {idle("1"), ""},
      {idle("300000"), ""},
      {idle("300000.5"), ""},
      {idle("0"), out_of_range},
      {idle("-1"), out_of_range},
      {idle("'60'"), out_of_range},
      {idle("Infinity"), out_of_range},
      {idle("NaN"), out_of_range},
      {"{" + model + ", " + runtime +
           ", plugins: {entries: {copilot: {config: {pol: 1}}}}}",
       "!plugin-config $.plugins.entries.copilot.config"},
      {"{" + runtime + "}", "!agent-unusable $.agents"},
      {"{agents: {list: [{id: 'a', model: 'openai/m'}, {id: 'b', model: 'm'}]},"
       " models: {providers: {openai: {agentRuntime: {id: 'Copilot'}}}}}",
       "!model-unsupported $.agents.list[0].model; !agent-unusable the agent "
       "`b`"},
      {"{agents: {defaults: {model: 'p/m'}}, models: {providers: {p: {api: "
       "'ollama', baseUrl: 'http://localhost:1/v1', agentRuntime: {id: "
       "'copilot'}}}}}",
       "!model-unsupported $.agents.defaults.model"},
  };
  for (const auto& [text, found] : cases) EXPECT_EQ(Found(text), found) << text;
}

TEST_F(DoctorTest, ThePackageNameIsExplained) {
  const auto findings = Examine(
      Parsed("{plugins: {allow: ['@openclaw/copilot']}}"), environment_);
  ASSERT_FALSE(findings.empty());
  EXPECT_THAT(findings[0].message, HasSubstr("name of the package"));
}

TEST_F(DoctorTest, FindingsHoldNoSecrets) {
  environment_.variables = {{"MY_TOKEN", "token-of-mine"}, {"PIN", "7531"}};
  const auto report = DoctorReport(
      Parsed("{agents: {defaults: {model: '${MY_TOKEN}'}}, plugins: {entries: "
             "{copilot: {config: {pool: {idleTtlMs: '${PIN}'}, more: "
             "'${MY_TOKEN}'}}}}, models: {providers: {x: {apiKey: "
             "'${MY_TOKEN}', agentRuntime: {id: '${MY_TOKEN}x'}}}}}"),
      environment_);
  EXPECT_THAT(report["findings"], testing::SizeIs(testing::Ge(4u)));
  EXPECT_THAT(report.dump(), Not(HasSubstr("token-of-mine")));
  EXPECT_THAT(report.dump(), Not(HasSubstr("7531")));
}

TEST_F(DoctorTest, AFullConfigurationIsExaminedInTime) {
  std::string text = "{agents: {list: [";
  for (int i = 0; i < 5000; ++i) text += "{id: 'a'}, ";
  text += "]}, models: {providers: {";
  for (int i = 0; i < 5000; ++i) {
    text += "p" + std::to_string(i) + ": {apiKey: 'key-" + std::to_string(i) +
            "', agentRuntime: {id: 'x'}}, ";
  }
  const auto findings = Examine(Parsed(text + "}}}"), environment_);
  EXPECT_THAT(findings, testing::SizeIs(201));
  EXPECT_TRUE(findings.back().error);
}

TEST_F(DoctorTest, TheReportHasTheContract) {
  const Json report = DoctorReport(std::nullopt, environment_);
  EXPECT_EQ(report["legacyConfigRules"], Json::array());
  EXPECT_EQ(report["sessionRouteStateOwners"].size(), 1u);
  EXPECT_EQ(report["plugin"]["id"], "copilot");
  EXPECT_FALSE(report.contains("findings"));
  EXPECT_THAT(environment_.asked, IsEmpty());
  EXPECT_EQ(DoctorReport(Parsed("{}"), environment_)["changes"], Json::array());
}

TEST_F(DoctorTest, DamagedConfigurationsAreExamined) {
  environment_.variables = {{"MY_TOKEN", "token"}};
  const Configuration sound = Parsed(kSound);
  wire::ForEachDamage(sound.document, [&](const Json& damaged) {
    const auto report =
        DoctorReport(Configuration{"c.json5", damaged, {}}, environment_);
    EXPECT_TRUE(report["findings"].is_array());
  });
}

}  // namespace
}  // namespace copilot::harness
