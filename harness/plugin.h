// SPDX-License-Identifier: MIT
//
// The harness as a plugin of its host: what the plugin declares, when the host
// loads it, what it registers, and what it tells the host's doctor (harness
// spec 15.1, 15.2). Facts and pure functions, but for Register().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/binding_store.h"
#include "harness/error.h"
#include "harness/harness.h"

namespace copilot::harness {

inline constexpr char kPluginId[] = "copilot";
inline constexpr char kPluginPackage[] = "@openclaw/copilot";

struct PluginManifest {
  std::string id = kPluginId;
  std::string package = kPluginPackage;
  bool activate_on_startup = false;
  std::vector<std::string> activate_on_harness = {kPluginId};
  bool enabled_by_default = false;
  std::vector<std::string> providers;  // of models: none
  Json config_schema;  // of plugins.entries.copilot.config (JSON Schema)

  Json ToJson() const;
};

const PluginManifest& Manifest();

// What a host offers to a plugin that it loads.
struct PluginHost {
  // Takes the harness; called once by Register().
  std::function<void(std::shared_ptr<Harness>)> register_harness;
  // Takes a model provider. The plugin has none.
  std::function<void(const Json& provider)> register_provider;
  // Opens a store of the host's state API; empty when the host has none. May
  // give null.
  std::function<std::shared_ptr<BindingStore>(
      const std::string& name, size_t most_entries, int64_t ttl_ms)>
      open_store;
  std::function<void(const std::string& level, const std::string& message)> log;
};

// Makes the harness and registers it. `config` is
// plugins.entries.copilot.config of the host; of `options` the idle time and
// the store are replaced. A host without a state API is told that nothing will
// be remembered.
void Register(const PluginHost& host, const Json& config,
              HarnessOptions options);

struct PluginState {
  bool loads = false;
  std::string path;    // the setting that decides; empty: the default
  std::string reason;  // why it is blocked; empty when it loads
};

// Whether a host with this configuration loads the plugin: its id must be
// allowed where `plugins.allow` is not empty, the name of the package is none.
PluginState StateOfPlugin(const Json& configuration);

// plugins.entries.copilot.config, or null.
const Json& PluginConfig(const Json& configuration);

// Who keeps what routes of sessions are stored under.
struct RouteStateOwner {
  std::string id;
  std::vector<std::string> provider_ids;
  std::vector<std::string> runtime_ids;
  std::vector<std::string> cli_session_keys;
  std::vector<std::string> auth_profile_prefixes;

  Json ToJson() const;
};

// A configuration after the doctor's repair, and what was changed.
struct NormalizedConfiguration {
  const Json& configuration;  // the very object that was given
  std::vector<std::string> changes;
};

// What the plugin says to the host's doctor. It looks at its arguments only:
// neither at the CLI nor at the environment.
struct DoctorContract {
  static std::vector<Json> LegacyConfigRules();
  static NormalizedConfiguration NormalizeCompatibilityConfig(
      const Json& configuration);
  static std::vector<RouteStateOwner> SessionRouteStateOwners();
};

}  // namespace copilot::harness
