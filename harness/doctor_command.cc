// SPDX-License-Identifier: MIT
#include "harness/doctor_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "harness/byok/provider.h"
#include "harness/config/agent.h"
#include "harness/exit_code.h"
#include "harness/plugin.h"
#include "harness/session_event.h"
#include "harness/supports.h"
#include "harness/terminal.h"
#include "harness/text.h"
#include "wire/document.h"

namespace copilot::harness {
namespace {

// Runtimes of the host and of plugins that it comes with.
constexpr std::array<std::string_view, 9> kRuntimes = {
    "acpx",    "auto",    "claude-cli",        "codex",
    kPluginId, "default", "google-gemini-cli", "openclaw",
    "pi"};

// More of a kind, and agents beyond, are not looked at: what a file can hold
// must not take forever.
constexpr int kMostOfAKind = 100;

class Examination {
 public:
  Examination(const Configuration& configuration,
              const Environment& environment)
      : configuration_(configuration), environment_(environment) {}

  std::vector<Finding> Run() {
    const PluginState plugin = StateOfPlugin(configuration_.document);
    if (!plugin.loads) {
      Add(true, "plugin-blocked", plugin.path, plugin.reason);
    }
    PluginSettings();
    Runtimes(configuration_.document, "$");
    if (!opted_in_) {
      Add(false, "runtime-not-opted-in", "$",
          "expected agentRuntime.id \"copilot\" on a model or on a provider; "
          "without it no turn comes to the harness");
    }
    Agents();
    return std::move(findings_);
  }

 private:
  void Add(bool error, std::string code, std::string path,
           const std::string& message) {
    if (++counts_[code] > kMostOfAKind) return;
    findings_.push_back({error, std::move(code), std::move(path),
                         configuration_.Redacted(message)});
  }

  void PluginSettings() {
    const std::string path = "$.plugins.entries.copilot.config";
    const Json& config = PluginConfig(configuration_.document);
    const Json& ttl = MemberOrNull(MemberOrNull(config, "pool"), "idleTtlMs");
    const bool is_default = ttl.is_number() && std::floor(ttl.get<double>()) ==
                                                   kDefaultIdleTtl.count();
    const bool used =
        ttl.is_null() || is_default || IdleTtl(ttl) != kDefaultIdleTtl;
    if (!used) {
      Add(true, "idle-ttl-out-of-range", path + ".pool.idleTtlMs",
          fmt::format("expected a number of at least 1, got {}; {} is used",
                      ttl.is_number() ? ttl.dump() : ttl.type_name(),
                      kDefaultIdleTtl.count()));
    }
    if (config.is_null()) return;
    const wire::Schema schema(Manifest().config_schema.dump());
    for (const auto& error : schema.Validate(config, configuration_.file)) {
      const std::string where = path + error.path.substr(1);
      if (where == path + ".pool.idleTtlMs" && !used) continue;
      Add(true, "plugin-config", where, error.message);
    }
  }

  void Runtimes(const Json& value, const std::string& path) {
    if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) {
        Runtimes(value[i], ElementPath(path, i));
      }
    }
    if (!value.is_object()) return;
    for (const auto& [name, each] : value.items()) {
      const std::string below = MemberPath(path, name);
      if (name == "agentRuntime") {
        Runtime(StringMember(each, "id"), below + ".id");
      } else {
        Runtimes(each, below);
      }
    }
  }

  void Runtime(const std::string& id, const std::string& path) {
    const std::string name = Normalized(id);
    if (name == kPluginId) opted_in_ = true;
    if (name.empty() || std::find(kRuntimes.begin(), kRuntimes.end(), name) !=
                            kRuntimes.end()) {
      return;
    }
    Add(false, "unknown-runtime", path,
        fmt::format("expected a runtime such as \"copilot\", got \"{}\"", id));
  }

  void Agents() {
    const Json& list =
        MemberOrNull(MemberOrNull(configuration_.document, "agents"), "list");
    std::vector<std::string> ids;
    if (list.is_array()) {
      for (const Json& agent : list) {
        const std::string id = StringMember(agent, "id");
        if (!id.empty()) ids.push_back(id);
      }
    }
    if (ids.empty()) ids.emplace_back();  // the default one
    if (ids.size() > kMostOfAKind) ids.resize(kMostOfAKind);
    for (const std::string& id : ids) Agent(id);
  }

  void Agent(const std::string& id) {
    const auto setup = ResolveAgent(configuration_, id, "", environment_);
    if (!setup) {
      const std::string prefix = configuration_.file + ": ";
      Add(true, "agent-unusable",
          id.empty() ? "$.agents" : "the agent `" + id + "`",
          setup.error().message.substr(prefix.size()));
      return;
    }
    if (Normalized(setup->runtime.value) != kPluginId) return;
    const Json supports = Supports(setup->supports);
    const auto byok = ResolveByok(setup->params);
    if (supports["supported"] != true) {
      Add(true, "model-unsupported", setup->model.from,
          StringMember(supports, "reason"));
    } else if (!byok) {
      Add(true, "model-unsupported", setup->model.from, byok.error().message);
    }
  }

  const Configuration& configuration_;
  const Environment& environment_;
  std::vector<Finding> findings_;
  std::map<std::string, int> counts_;  // of findings, by code
  bool opted_in_ = false;
};

template <typename T>
Json List(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(value.ToJson());
  return list;
}

std::string Joined(const Json& list) {
  std::string text;
  for (const Json& each : list) {
    text += (text.empty() ? "" : ", ") + each.get<std::string>();
  }
  return text.empty() ? "none" : text;
}

void Print(const Json& report, bool colour) {
  for (const Json& owner : report["sessionRouteStateOwners"]) {
    std::printf(
        "session routes  owner %s: providers %s; runtimes %s; CLI session "
        "keys %s; auth profiles %s\n",
        StringMember(owner, "id").c_str(), Joined(owner["providerIds"]).c_str(),
        Joined(owner["runtimeIds"]).c_str(),
        Joined(owner["cliSessionKeys"]).c_str(),
        Joined(owner["authProfilePrefixes"]).c_str());
  }
  std::printf("legacy rules    %zu\n", report["legacyConfigRules"].size());
  if (!report.contains("findings")) return;
  std::printf("changes         %zu\n", report["changes"].size());
  for (const Json& finding : report["findings"]) {
    const bool error = finding["severity"] == "error";
    std::printf("%s %s: %s [%s]\n",
                Styled(error ? Style::kError : Style::kWarning,
                       error ? "error" : "warning", colour)
                    .c_str(),
                TerminalSafe(StringMember(finding, "path")).c_str(),
                TerminalSafe(StringMember(finding, "message")).c_str(),
                StringMember(finding, "code").c_str());
  }
  if (report["findings"].empty()) std::puts("nothing to complain about");
}

}  // namespace

Json Finding::ToJson() const {
  return {{"severity", error ? "error" : "warning"},
          {"code", code},
          {"path", path},
          {"message", message}};
}

std::vector<Finding> Examine(const Configuration& configuration,
                             const Environment& environment) {
  return Examination(configuration, environment).Run();
}

Json DoctorReport(const std::optional<Configuration>& configuration,
                  const Environment& environment) {
  Json report = {{"plugin", Manifest().ToJson()},
                 {"legacyConfigRules", DoctorContract::LegacyConfigRules()},
                 {"sessionRouteStateOwners",
                  List(DoctorContract::SessionRouteStateOwners())}};
  if (!configuration) return report;
  report["changes"] =
      DoctorContract::NormalizeCompatibilityConfig(configuration->document)
          .changes;
  report["findings"] = List(Examine(*configuration, environment));
  return report;
}

int DoctorCommand(const DoctorOptions& options) {
  const ProcessEnvironment environment;
  std::optional<Configuration> configuration;
  if (!options.config.empty()) {
    auto loaded = LoadConfiguration(options.config, environment);
    if (!loaded) {
      Complain(loaded.error().message);
      return kUsage;
    }
    configuration = *std::move(loaded);
  }
  const Json report = DoctorReport(configuration, environment);
  if (options.json) {
    std::puts(
        report.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    Print(report, ColourOn(stdout));
  }
  const Json& findings = MemberOrNull(report, "findings");
  return std::any_of(
             findings.begin(), findings.end(),
             [](const Json& finding) { return finding["severity"] == "error"; })
             ? kTurnFailed
             : kOk;
}

}  // namespace copilot::harness
