// SPDX-License-Identifier: MIT
#include "harness/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "harness/fake_sdk.h"
#include "wire/document.h"
#include "wire/json_damage.h"

namespace copilot::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A store that is only told apart from others.
class EmptyStore : public BindingStore {
 public:
  Expected<std::optional<StoredBinding>> Lookup(const std::string&) override {
    ++lookups;
    return std::nullopt;
  }
  Status Register(const std::string&, const StoredBinding&) override {
    return {};
  }
  Status Delete(const std::string&) override { return {}; }

  int lookups = 0;
};

class RegisterTest : public testing::Test {
 protected:
  RegisterTest() {
    host_.register_harness = [this](std::shared_ptr<Harness> harness) {
      harnesses_.push_back(std::move(harness));
    };
    host_.register_provider = [this](const Json& provider) {
      providers_.push_back(provider);
    };
    host_.log = [this](const std::string& level, const std::string& message) {
      log_.push_back(level + ": " + message);
    };
  }

  // An attempt that gets as far as to a session.
  AttemptResult Attempt() {
    AttemptParams params;
    params.session_id = "s";
    params.provider = "github-copilot";
    params.model_id = "m";
    params.prompt = "hi";
    const auto result = harnesses_.at(0)->RunAttempt(params, AttemptHost{});
    EXPECT_TRUE(result.has_value());
    return result ? *result : AttemptResult{};
  }
  HarnessOptions Options() {
    const auto client = client_;
    ON_CALL(*client, CreateSession)
        .WillByDefault(
            [](const SessionConfig&) -> Expected<std::shared_ptr<SdkSession>> {
              return std::make_shared<FakeSession>();
            });
    const auto factory = std::make_shared<testing::NiceMock<MockFactory>>();
    ON_CALL(*factory, Create)
        .WillByDefault(
            [client](const ClientOptions&)
                -> Expected<std::shared_ptr<SdkClient>> { return client; });
    HarnessOptions options;
    options.environment = std::make_shared<FakeEnvironment>();
    options.factory = factory;
    return options;
  }

  PluginHost host_;
  std::shared_ptr<testing::NiceMock<MockClient>> client_ =
      std::make_shared<testing::NiceMock<MockClient>>();
  std::vector<std::shared_ptr<Harness>> harnesses_;
  std::vector<Json> providers_;
  std::vector<std::string> log_;
};

TEST_F(RegisterTest, OneHarnessAndNoProviderAreRegistered) {
  host_.open_store = [](const std::string&, size_t, int64_t) {
    return std::make_shared<EmptyStore>();
  };
  Register(host_, nullptr, Options());
  ASSERT_THAT(harnesses_, SizeIs(1));
  EXPECT_EQ(harnesses_[0]->id(), "copilot");
  EXPECT_THAT(providers_, IsEmpty());
  EXPECT_THAT(log_, IsEmpty());
  EXPECT_FALSE(Manifest().activate_on_startup);
  EXPECT_FALSE(Manifest().enabled_by_default);
  EXPECT_THAT(Manifest().providers, IsEmpty());
  EXPECT_THAT(Manifest().activate_on_harness, ElementsAre("copilot"));
}

TEST_F(RegisterTest, TheStoreOfTheHostIsUsed) {
  const auto store = std::make_shared<EmptyStore>();
  Json opened;
  host_.open_store = [&](const std::string& name, size_t most, int64_t ttl) {
    opened = {name, most, ttl};
    return store;
  };
  Register(host_, nullptr, Options());
  EXPECT_EQ(opened, Json({"sdk-sessions", 5000, 7776000000}));
  EXPECT_FALSE(Attempt().prompt_error.has_value());
  EXPECT_GT(store->lookups, 0);
}

TEST_F(RegisterTest, TheIdleTimeOfItsConfigIsUsed) {
  std::promise<void> stopped;
  EXPECT_CALL(*client_, Stop).WillOnce([&stopped] {
    stopped.set_value();
    return std::vector<Error>();
  });
  HarnessOptions options = Options();
  const auto clock = std::make_shared<VirtualClock>();
  options.virtual_clock = clock;
  Register(host_, {{"pool", {{"idleTtlMs", 50}}}}, std::move(options));
  EXPECT_FALSE(Attempt().prompt_error.has_value());
  clock->Advance(Milliseconds(50));
  EXPECT_EQ(stopped.get_future().wait_for(std::chrono::seconds(30)),
            std::future_status::ready);
}

TEST_F(RegisterTest, WithoutAStateApiItWorksWithoutStoreAndSaysSo) {
  const std::string warning =
      "warn: [copilot] the host has no state API: sessions are not remembered "
      "across restarts";
  Register(host_, nullptr, Options());
  EXPECT_THAT(log_, ElementsAre(warning));
  const AttemptResult result = Attempt();
  EXPECT_FALSE(result.prompt_error.has_value());
  EXPECT_THAT(result.assistant_texts, ElementsAre("done"));
  host_.open_store = [](const std::string&, size_t, int64_t) {
    return nullptr;
  };
  Register(host_, nullptr, Options());
  EXPECT_THAT(log_, ElementsAre(warning, warning));
}

TEST(PluginStateTest, TheIdIsAllowedAndThePackageIsNot) {
  const auto state = [](Json plugins) {
    const PluginState found = StateOfPlugin({{"plugins", std::move(plugins)}});
    return (found.loads ? "loads" : "blocked") + found.path;
  };
  const Json package = {kPluginPackage};
  const std::pair<Json, const char*> cases[] = {
      {nullptr, "loads"},
      {Json::object(), "loads"},
      {{{"allow", Json::array()}}, "loads"},
      {{{"allow", {"copilot"}}}, "loads$.plugins.allow"},
      {{{"allow", {"other", "copilot"}}}, "loads$.plugins.allow"},
      {{{"allow", package}}, "blocked$.plugins.allow"},
      {{{"allow", {"other"}}}, "blocked$.plugins.allow"},
      {{{"allow", {"Copilot"}}}, "blocked$.plugins.allow"},
      {{{"allow", {"copilot"}}, {"deny", {"copilot"}}},
       "blocked$.plugins.deny"},
      {{{"enabled", false}}, "blocked$.plugins.enabled"},
      {{{"entries", {{"copilot", {{"enabled", false}}}}}},
       "blocked$.plugins.entries.copilot.enabled"},
  };
  for (const auto& [plugins, expected] : cases) {
    EXPECT_EQ(state(plugins), expected) << plugins;
  }
  EXPECT_THAT(StateOfPlugin({{"plugins", {{"allow", package}}}}).reason,
              testing::HasSubstr("`@openclaw/copilot` is the name of the "
                                 "package, which does not count"));
}

TEST(PluginStateTest, DamagedConfigurationsHaveAState) {
  const Json whole = {{"plugins",
                       {{"enabled", true},
                        {"allow", {"copilot"}},
                        {"deny", {"x"}},
                        {"entries",
                         {{"copilot",
                           {{"enabled", true},
                            {"config", {{"pool", {{"idleTtlMs", 5}}}}}}}}}}}};
  EXPECT_EQ(PluginConfig(whole)["pool"]["idleTtlMs"], 5);
  wire::ForEachDamage(whole, [](const Json& damaged) {
    const PluginState state = StateOfPlugin(damaged);
    EXPECT_EQ(state.loads, state.reason.empty());
    (void)PluginConfig(damaged);
  });
}

TEST(PluginManifestTest, TheSchemaOfItsConfigKnowsTheIdleTime) {
  const wire::Schema schema(Manifest().config_schema.dump());
  const auto complaints = [&](const char* config) {
    return schema.Validate(Json::parse(config), "c").size();
  };
  EXPECT_EQ(complaints(R"({})"), 0u);
  EXPECT_EQ(complaints(R"({"pool": {"idleTtlMs": 1}})"), 0u);
  EXPECT_GT(complaints(R"({"pool": {"idleTtlMs": 0.5}})"), 0u);
  EXPECT_GT(complaints(R"({"pool": {"idleTtlMs": "1"}})"), 0u);
  EXPECT_EQ(Manifest().ToJson()["activation"]["onStartup"], false);
}

TEST(DoctorContractTest, ThereAreNoLegacyRules) {
  EXPECT_THAT(DoctorContract::LegacyConfigRules(), IsEmpty());
}

TEST(DoctorContractTest, TheConfigurationIsLeftAsItIs) {
  const Json configuration = {{"plugins", {{"allow", {kPluginPackage}}}}};
  const Json before = configuration;
  const auto normalized =
      DoctorContract::NormalizeCompatibilityConfig(configuration);
  EXPECT_EQ(&normalized.configuration, &configuration);
  EXPECT_EQ(configuration, before);
  EXPECT_THAT(normalized.changes, IsEmpty());
}

TEST(DoctorContractTest, OneOwnerOfSessionRoutesIsNamed) {
  const auto owners = DoctorContract::SessionRouteStateOwners();
  ASSERT_THAT(owners, SizeIs(1));
  EXPECT_EQ(owners[0].ToJson(),
            Json({{"id", "copilot"},
                  {"providerIds", {"github-copilot"}},
                  {"runtimeIds", {"copilot"}},
                  {"cliSessionKeys", {"copilot"}},
                  {"authProfilePrefixes", {"github-copilot:"}}}));
}

}  // namespace
}  // namespace copilot::harness
