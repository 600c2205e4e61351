// SPDX-License-Identifier: MIT
#include "harness/plugin.h"

#include <algorithm>
#include <utility>

#include "harness/session_event.h"

namespace copilot::harness {
namespace {

constexpr char kStoreName[] = "sdk-sessions";  // harness spec 2.4

bool Contains(const Json& list, const std::string& text) {
  return std::find(list.begin(), list.end(), Json(text)) != list.end();
}

}  // namespace

Json PluginManifest::ToJson() const {
  return {{"id", id},
          {"package", package},
          {"activation",
           {{"onStartup", activate_on_startup},
            {"onAgentHarnesses", activate_on_harness}}},
          {"enabledByDefault", enabled_by_default},
          {"providers", providers},
          {"configSchema", config_schema}};
}

const PluginManifest& Manifest() {
  static const auto* const manifest = [] {
    auto* made = new PluginManifest;
    const Json idle_ttl = {{"type", "number"},
                           {"minimum", 1},
                           {"default", kDefaultIdleTtl.count()}};
    const Json pool = {{"type", "object"},
                       {"additionalProperties", false},
                       {"properties", {{"idleTtlMs", idle_ttl}}}};
    made->config_schema = {{"type", "object"},
                           {"additionalProperties", false},
                           {"properties", {{"pool", pool}}}};
    return made;
  }();
  return *manifest;
}

void Register(const PluginHost& host, const Json& config,
              HarnessOptions options) {
  options.idle_ttl =
      IdleTtl(MemberOrNull(MemberOrNull(config, "pool"), "idleTtlMs"));
  options.store = host.open_store ? host.open_store(kStoreName, kMostBindings,
                                                    kBindingTtlMs)
                                  : nullptr;
  if (!options.store && host.log) {
    host.log("warn",
             "[copilot] the host has no state API: sessions are not remembered "
             "across restarts");
  }
  host.register_harness(std::make_shared<Harness>(std::move(options)));
}

PluginState StateOfPlugin(const Json& configuration) {
  const Json& plugins = MemberOrNull(configuration, "plugins");
  if (MemberOrNull(plugins, "enabled") == false) {
    return {false, "$.plugins.enabled", "plugins are switched off"};
  }
  const Json& deny = MemberOrNull(plugins, "deny");
  if (deny.is_array() && Contains(deny, kPluginId)) {
    return {false, "$.plugins.deny", "`copilot` is denied"};
  }
  const Json& allow = MemberOrNull(plugins, "allow");
  if (allow.is_array() && !allow.empty() && !Contains(allow, kPluginId)) {
    std::string reason = "expected `copilot` among the allowed plugins";
    if (Contains(allow, kPluginPackage)) {
      reason += std::string("; `") + kPluginPackage +
                "` is the name of the package, which does not count";
    }
    return {false, "$.plugins.allow", reason};
  }
  const Json& entry = MemberOrNull(MemberOrNull(plugins, "entries"), kPluginId);
  if (MemberOrNull(entry, "enabled") == false) {
    return {false, "$.plugins.entries.copilot.enabled",
            "the plugin is switched off"};
  }
  return {true, allow.is_array() && !allow.empty() ? "$.plugins.allow" : "",
          ""};
}

const Json& PluginConfig(const Json& configuration) {
  const Json& entries =
      MemberOrNull(MemberOrNull(configuration, "plugins"), "entries");
  return MemberOrNull(MemberOrNull(entries, kPluginId), "config");
}

Json RouteStateOwner::ToJson() const {
  return {{"id", id},
          {"providerIds", provider_ids},
          {"runtimeIds", runtime_ids},
          {"cliSessionKeys", cli_session_keys},
          {"authProfilePrefixes", auth_profile_prefixes}};
}

std::vector<Json> DoctorContract::LegacyConfigRules() { return {}; }

NormalizedConfiguration DoctorContract::NormalizeCompatibilityConfig(
    const Json& configuration) {
  return {configuration, {}};
}

std::vector<RouteStateOwner> DoctorContract::SessionRouteStateOwners() {
  return {{"copilot",
           {"github-copilot"},
           {"copilot"},
           {"copilot"},
           {"github-copilot:"}}};
}

}  // namespace copilot::harness
