// SPDX-License-Identifier: MIT
#include "harness/config/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr char kDefaultAgent[] = "main";

// Providers that parts of the host bring along. Whose a provider is decides the
// host at run time; from a file it can only be told by name.
constexpr std::array<std::string_view, 13> kNativeProviders = {
    "amazon-bedrock",
    "anthropic",
    "azure-openai-responses",
    "deepinfra",
    "fireworks",
    "github",
    "google",
    "ollama",
    "openai",
    "openclaw",
    "sglang",
    "together",
    "vllm"};

const Json& Null() {
  static const Json null;
  return null;
}

// A value of the document and where it stands. Null when it is not there.
struct Node {
  const Json* value = &Null();
  std::string path;

  bool exists() const { return !value->is_null(); }
};

// An entry of `models` of an agent or of the defaults.
struct ModelEntry {
  std::string reference;  // provider/id
  Node node;
};

class Resolution {
 public:
  Resolution(const Configuration& configuration, const Environment& environment)
      : configuration_(configuration), environment_(environment) {}

  Expected<AgentSetup> Run(const std::string& agent, const std::string& model) {
    const Node root{&configuration_.document, "$"};
    const Node agents = Object(root, "agents");
    defaults_ = Object(agents, "defaults");
    FindAgent(Array(agents, "list"), agent);
    providers_ = Object(Object(root, "models"), "providers");
    FindModel(model);
    if (!error_.empty()) return Failure();
    FindRuntime();
    Fill();
    if (!error_.empty()) return Failure();
    return std::move(setup_);
  }

 private:
  tl::unexpected<Error> Failure() const {
    return Fail(configuration_.Redacted(error_), "CONFIG");
  }
  void Complain(const std::string& text) {
    if (error_.empty()) error_ = configuration_.file + ": " + text;
  }
  Node Member(const Node& parent, const std::string& name,
              bool (Json::*is)() const noexcept, const char* type) {
    Node node{&MemberOrNull(*parent.value, name.c_str()),
              MemberPath(parent.path, name)};
    if (node.exists() && !(node.value->*is)()) {
      Complain(fmt::format("{}: expected {}, got {}", node.path, type,
                           node.value->type_name()));
      node.value = &Null();
    }
    return node;
  }
  Node Object(const Node& parent, const std::string& name) {
    return Member(parent, name, &Json::is_object, "an object");
  }
  Node Array(const Node& parent, const std::string& name) {
    return Member(parent, name, &Json::is_array, "an array");
  }
  // A string that is there and not blank.
  std::optional<Setting> Text(const Node& parent, const std::string& name) {
    const Node node = Member(parent, name, &Json::is_string, "a string");
    if (!node.exists()) return std::nullopt;
    Setting setting{node.value->get<std::string>(), node.path};
    if (IsBlank(setting.value)) return std::nullopt;
    return setting;
  }
  // The elements that are objects; others are complained about.
  std::vector<Node> Elements(const Node& array) {
    std::vector<Node> nodes;
    for (size_t i = 0; i < array.value->size(); ++i) {
      Node node{&(*array.value)[i], ElementPath(array.path, i)};
      if (node.value->is_object()) {
        nodes.push_back(std::move(node));
      } else {
        Complain(fmt::format("{}: expected an object, got {}", node.path,
                             node.value->type_name()));
      }
    }
    return nodes;
  }

  void FindAgent(const Node& list, const std::string& wanted) {
    const std::vector<Node> agents = Elements(list);
    std::string known;
    for (const Node& each : agents) {
      const auto id = Text(each, "id");
      if (!id) {
        Complain(each.path + ".id: expected the agent's id, got nothing");
        return;
      }
      known += (known.empty() ? "" : ", ") + id->value;
      const bool is_default = MemberOrNull(*each.value, "default") == true;
      const bool chosen =
          wanted.empty()
              ? is_default || !agent_.exists()
              : Normalized(id->value) == Normalized(wanted) && !agent_.exists();
      if (!chosen || found_default_) continue;
      found_default_ = wanted.empty() && is_default;
      agent_ = each;
      setup_.agent = *id;
    }
    if (agent_.exists()) return;
    if (agents.empty() &&
        (wanted.empty() || Normalized(wanted) == kDefaultAgent)) {
      setup_.agent = {kDefaultAgent, "the host's default agent"};
    } else {
      Complain(fmt::format("{}: expected one of {}, got the agent `{}`",
                           list.path, known.empty() ? kDefaultAgent : known,
                           wanted));
    }
  }

  // `model` of an agent or of the defaults: a string, or {primary}.
  std::optional<Setting> ModelOf(const Node& parent) {
    if (MemberOrNull(*parent.value, "model").is_object()) {
      return Text(Object(parent, "model"), "primary");
    }
    return Text(parent, "model");
  }

  void FindModel(const std::string& wanted) {
    std::optional<Setting> model;
    if (!wanted.empty()) model = Setting{wanted, "--model"};
    if (!model) model = ModelOf(agent_);
    if (!model) model = ModelOf(defaults_);
    if (!model) {
      Complain(
          "$.agents.defaults.model: expected a model as \"provider/id\", got "
          "nothing");
      return;
    }
    setup_.model = *model;
    std::string reference = Alias(model->value).value_or(model->value);
    reference = std::string(Trim(reference));
    const size_t slash = reference.find('/');
    if (slash == std::string::npos || slash == 0 ||
        slash + 1 == reference.size()) {
      Complain(
          fmt::format("{}: expected \"provider/id\" or an alias, got \"{}\"",
                      model->from, reference));
      return;
    }
    setup_.model.value = reference;
    setup_.params.provider = Normalized(reference.substr(0, slash));
    setup_.params.model_id = reference.substr(slash + 1);
  }

  // The entries about models that an agent or the defaults hold.
  std::vector<ModelEntry> ModelEntries(const Node& parent) {
    std::vector<ModelEntry> entries;
    const Node models = Object(parent, "models");
    if (!models.exists()) return entries;
    for (const auto& [name, value] : models.value->items()) {
      ModelEntry entry{name, {&value, MemberPath(models.path, name)}};
      if (value.is_object()) {
        entries.push_back(std::move(entry));
      } else {
        Complain(fmt::format("{}: expected an object, got {}", entry.node.path,
                             value.type_name()));
      }
    }
    return entries;
  }
  std::optional<std::string> Alias(const std::string& name) {
    for (const Node* parent : {&agent_, &defaults_}) {
      for (const ModelEntry& each : ModelEntries(*parent)) {
        const auto alias = Text(each.node, "alias");
        if (alias && Normalized(alias->value) == Normalized(name)) {
          return each.reference;
        }
      }
    }
    return std::nullopt;
  }

  bool NamesTheModel(const std::string& reference) const {
    const size_t slash = reference.find('/');
    return slash != std::string::npos &&
           Normalized(reference.substr(0, slash)) == setup_.params.provider &&
           Trim(reference.substr(slash + 1)) == setup_.params.model_id;
  }

  void FindProvider() {
    if (!providers_.exists()) return;
    for (const auto& [name, value] : providers_.value->items()) {
      if (Normalized(name) != setup_.params.provider) continue;
      provider_ = Object(providers_, name);
      for (const Node& each : Elements(Array(provider_, "models"))) {
        if (StringMember(*each.value, "id") == setup_.params.model_id) {
          model_ = each;
        }
      }
    }
  }

  void FindRuntime() {
    FindProvider();
    std::vector<Node> places;
    for (const Node* parent : {&agent_, &defaults_}) {
      for (const ModelEntry& each : ModelEntries(*parent)) {
        if (NamesTheModel(each.reference)) places.push_back(each.node);
      }
    }
    places.push_back(model_);
    places.push_back(provider_);
    for (const Node& place : places) {
      const auto runtime = Text(Object(place, "agentRuntime"), "id");
      if (!runtime) continue;
      setup_.runtime = *runtime;
      return;
    }
  }

  Setting Directory(const char* name, bool in_defaults) {
    auto directory = Text(agent_, name);
    if (!directory && in_defaults) directory = Text(defaults_, name);
    if (!directory) return {};
    std::string& path = directory->value;
    if (path == "~" || path.rfind("~/", 0) == 0) {
      path = environment_.HomeDirectory() + path.substr(1);
    }
    return *directory;
  }

  // The model as the host hands it to a harness: what the model entry says,
  // else the provider's entry.
  Json Model() {
    Json model = {{"id", setup_.params.model_id},
                  {"provider", setup_.params.provider}};
    for (const char* name : {"api", "baseUrl", "azureApiVersion"}) {
      auto text = Text(model_, name);
      if (!text) text = Text(provider_, name);
      if (text) model[name] = text->value;
    }
    for (const char* name :
         {"authHeader", "contextWindow", "contextTokens", "maxTokens"}) {
      for (const Node* from : {&model_, &provider_}) {
        const Json& value = MemberOrNull(*from->value, name);
        if (!value.is_null() && !model.contains(name)) model[name] = value;
      }
    }
    for (const char* name : {"headers", "request"}) {
      for (const Node* from : {&provider_, &model_}) {
        const Node node = Object(*from, name);
        if (!node.exists()) continue;
        if (!model.contains(name)) model[name] = Json::object();
        model[name].update(*node.value);
      }
    }
    return model;
  }

  std::string Key() {
    const Node key{&MemberOrNull(*provider_.value, "apiKey"),
                   MemberPath(provider_.path, "apiKey")};
    if (!key.exists()) return "";
    setup_.key_path = key.path;
    if (key.value->is_string()) return key.value->get<std::string>();
    Complain(key.path +
             ": expected a string or {source: \"env\", id: NAME}; other "
             "sources of secrets are the host's");
    return "";
  }

  void Fill() {
    setup_.agent_dir = Directory("agentDir", false);
    setup_.workspace = Directory("workspace", true);
    const Json model = Model();
    setup_.params =
        AttemptParams::FromJson({{"model", model},
                                 {"agentId", setup_.agent.value},
                                 {"agentDir", setup_.agent_dir.value},
                                 {"workspaceDir", setup_.workspace.value},
                                 {"resolvedApiKey", Key()}});
    const bool native =
        std::find(kNativeProviders.begin(), kNativeProviders.end(),
                  setup_.params.provider) != kNativeProviders.end();
    setup_.supports = {{"runtime", setup_.runtime.value},
                       {"provider", setup_.params.provider},
                       {"ownerStatus", native ? "owned" : "unowned"},
                       {"owners", Json::array()},
                       {"model", model}};
    if (native) setup_.supports["owners"] = {setup_.params.provider};
  }

  const Configuration& configuration_;
  const Environment& environment_;
  std::string error_;
  AgentSetup setup_;
  Node defaults_, agent_, providers_, provider_, model_;
  bool found_default_ = false;
};

}  // namespace

Expected<AgentSetup> ResolveAgent(const Configuration& configuration,
                                  const std::string& agent,
                                  const std::string& model,
                                  const Environment& environment) {
  return Resolution(configuration, environment).Run(agent, model);
}

}  // namespace copilot::harness
