// SPDX-License-Identifier: MIT
#include "harness/explain_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "harness/byok/provider.h"
#include "harness/exit_code.h"
#include "harness/plugin.h"
#include "harness/session_event.h"
#include "harness/supports.h"
#include "harness/terminal.h"

namespace copilot::harness {
namespace {

// Another environment without one of its variables.
class WithoutVariable : public Environment {
 public:
  WithoutVariable(const Environment& base, std::string hidden)
      : base_(base), hidden_(std::move(hidden)) {}

  std::optional<std::string> Get(const std::string& name) const override {
    return name == hidden_ ? std::nullopt : base_.Get(name);
  }
  Variables All() const override {
    Variables all = base_.All();
    all.erase(hidden_);
    return all;
  }
  std::string HomeDirectory() const override { return base_.HomeDirectory(); }
  std::string CurrentDirectory() const override {
    return base_.CurrentDirectory();
  }

 private:
  const Environment& base_;
  const std::string hidden_;
};

Json Member(Json value, std::string why) {
  return {{"value", std::move(value)}, {"why", std::move(why)}};
}

class Explanation {
 public:
  Explanation(const Configuration& configuration, const AgentSetup& setup,
              const Environment& environment)
      : configuration_(configuration),
        setup_(setup),
        params_(setup.params),
        environment_(environment) {}

  Json Run() {
    out_ = {{"agent", Member(setup_.agent.value, setup_.agent.from)},
            {"model", Member(setup_.model.value, setup_.model.from)}};
    Runtime();
    const auto byok = ResolveByok(params_);
    if (!byok) {
      Refuse("endpoint", nullptr, byok.error().message);
    } else {
      Identity(*byok);
    }
    out_["ok"] = ok_;
    Redact(&out_);
    return std::move(out_);
  }

 private:
  void Refuse(const char* name, Json value, std::string why) {
    out_[name] = Member(std::move(value), std::move(why));
    ok_ = false;
  }

  void Runtime() {
    const PluginState plugin = StateOfPlugin(configuration_.document);
    if (plugin.loads) {
      out_["plugin"] =
          Member("loads", plugin.path.empty() ? "nothing in $.plugins blocks it"
                                              : plugin.path);
    } else {
      Refuse("plugin", "blocked", plugin.path + ": " + plugin.reason);
    }
    const Setting& runtime = setup_.runtime;
    out_["runtime"] =
        runtime.from.empty()
            ? Member(nullptr, "no agentRuntime.id on the model or its provider")
            : Member(runtime.value, runtime.from);
    const Json supports = Supports(setup_.supports);
    if (supports["supported"] == true) {
      out_["supported"] = Member(
          true, fmt::format("priority {}", supports["priority"].get<int>()));
    } else {
      Refuse("supported", false, StringMember(supports, "reason"));
    }
  }

  void Identity(const std::optional<ByokProvider>& byok) {
    if (byok) {
      out_["endpoint"] =
          Member({{"type", byok->type},
                  {"wireApi", byok->wire_api},
                  {"baseUrl", wire::Fingerprint(params_.model_base_url)}},
                 "the provider's api is " + ApiText());
    }
    const auto auth = byok ? Expected<ResolvedAuth>(AuthOf(*byok))
                           : ResolveAuth(params_.auth, environment_);
    if (!auth) return Refuse("auth", nullptr, auth.error().message);
    Json shown = {{"mode", ToString(auth->mode)}};
    if (auth->mode != AuthMode::kUseLoggedInUser) {
      shown["profileId"] = auth->profile_id;
      shown["profileVersion"] = auth->profile_version;
    }
    const wire::Secret& secret = byok ? byok->key : auth->token;
    if (!secret.empty()) shown["credential"] = secret.fingerprint();
    out_["auth"] = Member(std::move(shown), WhyAuth(*auth));

    const std::string home = Home(params_, environment_);
    out_["copilotHome"] = Member(home, WhyHome(home));
    const AcquireSpec spec = MakeAcquireSpec(*auth, params_.agent_id, home);
    out_["poolKey"] = Member(Json::parse(spec.key.ToString()),
                             spec.key.agent_id == params_.agent_id
                                 ? "agent, home and auth"
                                 : "agent (as a valid id), home and auth");
  }

  std::string ApiText() const {
    return params_.model_api.empty() ? "not given: the default is used"
                                     : params_.model_api;
  }

  static std::string Home(const AttemptParams& params,
                          const Environment& environment) {
    return ResolveCopilotHome(params.copilot_home, params.agent_dir,
                              params.agent_id, environment);
  }

  // What decides is what makes a difference when it is missing: no rule of
  // precedence is written down a second time.
  std::string WhyAuth(const ResolvedAuth& auth) const {
    if (auth.mode == AuthMode::kByok) {
      return setup_.key_path.empty()
                 ? "a model of the host's own, without a key: GitHub's auth is "
                   "ignored"
                 : setup_.key_path + ": GitHub's auth is ignored";
    }
    AttemptParams keyless = params_;
    keyless.auth.resolved_api_key = {};
    if (Differs(auth, keyless, environment_)) return setup_.key_path;
    for (const auto& [name, value] : environment_.All()) {
      if (Differs(auth, params_, WithoutVariable(environment_, name))) {
        return "the variable " + name;
      }
    }
    return "no token in the configuration or in the environment: whoever is "
           "logged in";
  }
  static bool Differs(const ResolvedAuth& auth, const AttemptParams& params,
                      const Environment& environment) {
    const auto other = ResolveAuth(params.auth, environment);
    return !other || !(*other == auth);
  }

  std::string WhyHome(const std::string& home) const {
    AttemptParams without = params_;
    without.copilot_home.clear();
    if (Home(without, environment_) != home) return "--home";
    without = params_;
    without.agent_dir.clear();
    if (Home(without, environment_) != home) return setup_.agent_dir.from;
    for (const auto& [name, value] : environment_.All()) {
      if (Home(params_, WithoutVariable(environment_, name)) != home) {
        return "the variable " + name;
      }
    }
    return "the home directory, since nothing else is given";
  }

  void Redact(Json* value) const {
    if (value->is_string()) {
      *value = configuration_.Redacted(value->get<std::string>());
    }
    if (!value->is_structured()) return;
    for (Json& each : *value) Redact(&each);
  }

  const Configuration& configuration_;
  const AgentSetup& setup_;
  const AttemptParams& params_;
  const Environment& environment_;
  Json out_;
  bool ok_ = true;
};

std::string ValueText(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  for (const auto& [name, each] : value.items()) {
    if (!text.empty()) text += ", ";
    text +=
        name + " " + (each.is_string() ? each.get<std::string>() : each.dump());
  }
  return text;
}

}  // namespace

Json Explain(const Configuration& configuration, const AgentSetup& setup,
             const Environment& environment) {
  return Explanation(configuration, setup, environment).Run();
}

std::string ExplanationText(const Json& explanation) {
  std::string text;
  for (const char* name : {"agent", "model", "plugin", "runtime", "supported",
                           "endpoint", "auth", "copilotHome", "poolKey"}) {
    const Json& member = MemberOrNull(explanation, name);
    if (member.is_null()) continue;
    text += fmt::format("{:<12} {}\n{:<12}   because: {}\n", name,
                        ValueText(member["value"]), "",
                        StringMember(member, "why"));
  }
  return text;
}

int ExplainCommand(const ExplainOptions& options) {
  const ProcessEnvironment environment;
  const auto configuration = LoadConfiguration(options.config, environment);
  auto setup = configuration
                   ? ResolveAgent(*configuration, options.agent, options.model,
                                  environment)
                   : Expected<AgentSetup>(Fail(configuration.error()));
  if (!setup) {
    Complain(setup.error().message);
    return kUsage;
  }
  setup->params.copilot_home = options.home;
  const Json explanation = Explain(*configuration, *setup, environment);
  const std::string text =
      options.json
          ? explanation.dump(2, ' ', false, Json::error_handler_t::replace) +
                "\n"
          : ExplanationText(explanation);
  std::fputs(text.c_str(), stdout);
  return explanation["ok"] == true ? kOk : kTurnFailed;
}

}  // namespace copilot::harness
