// SPDX-License-Identifier: MIT
//
// What clients change of an open session's configuration: options, reasoning
// effort, permission mode and rules (session.options.*, session.permissions.*).
#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

void ChangeModel(Session& session, const std::string& model,
                 const std::string& effort) {
  SessionConfig& config = session.config;
  JsonObject data;
  data.Text("source", "sdk")
      .Text("previousModel", config.model)
      .Text("newModel", model)
      .TextIf("previousReasoningEffort", config.reasoning_effort)
      .TextIf("reasoningEffort", effort);
  config.model = model;
  config.reasoning_effort = effort;
  session.log.Persist("session.model_change", data.str());
}

// A list, or null for none; anything else is passed over.
void TakeFilter(const Json& params, const char* name, Session& session,
                Json* filter) {
  const auto given = params.find(name);
  if (given == params.end() || !(given->is_array() || given->is_null())) return;
  *filter = *given;
  session.tell_filters = true;
}

void UpdateOptions(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  SessionConfig& config = session->config;
  const Json& params = call.params;
  const std::string model = TextOf(params, "model");
  const std::string effort =
      TextOf(params, "reasoningEffort", config.reasoning_effort);
  if (!model.empty() && model != config.model) {
    ChangeModel(*session, model, effort);
  } else {
    config.reasoning_effort = effort;
  }
  TakeFilter(params, "availableTools", *session, &config.available_tools);
  TakeFilter(params, "excludedTools", *session, &config.excluded_tools);
  const std::string precedence = TextOf(params, "toolFilterPrecedence");
  if (!precedence.empty()) config.exclusion_wins = precedence == "excluded";
  const Json streaming = params.value("enableStreaming", Json());
  if (streaming.is_boolean()) config.streaming = streaming.get<bool>();
  const Json silent = params.value("askUserDisabled", Json());
  if (silent == true) config.request_user_input = false;
  if (params.value("provider", Json()).is_object()) {
    config.provider = params["provider"];
  }
  config.client_name = TextOf(params, "clientName", config.client_name);
  const std::string directory = TextOf(params, "workingDirectory");
  if (!directory.empty()) config.working_directory = directory;
  call.Result(R"({"success":true,"pluginHookCount":0})");
}

void SetReasoningEffort(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string effort = TextOf(call.params, "reasoningEffort");
  if (effort.empty()) {
    call.Fail("missing string parameter 'reasoningEffort'");
    return;
  }
  ChangeModel(*session, session->config.model, effort);
  call.Result(JsonObject().Text("reasoningEffort", effort).str());
}

const char* ModeOf(const Session& session) {
  return session.approve_all ? "allow-all" : "manual";
}

void GetMode(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject().Text("mode", ModeOf(*session)).str());
  }
}

void SetMode(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string mode = TextOf(call.params, "mode");
  if (mode.empty()) return call.Fail("setMode requires `mode`.");
  if (mode != "manual" && mode != "allow-all") {
    return call.Fail(fmt::format("Unsupported permission mode `{}`.", mode));
  }
  const std::string previous = ModeOf(*session);
  session->approve_all = mode == "allow-all";
  if (mode != previous) {
    session->log.Persist(
        "session.permissions_changed",
        JsonObject().Text("previousMode", previous).Text("mode", mode).str());
  }
  call.Result(JsonObject().Bool("success", true).Text("mode", mode).str());
}

PermissionRule ReadRule(const Json& rule) {
  PermissionRule read;
  read.kind = TextOf(rule, "kind");
  for (char& c : read.kind) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  read.argument = TextOf(rule, "argument");
  return read;
}

std::vector<PermissionRule> ReadRules(const Json& params, const char* name) {
  std::vector<PermissionRule> rules;
  const Json list = params.value(name, Json());
  if (!list.is_array()) return rules;
  for (const Json& rule : list) {
    if (rule.is_object()) rules.push_back(ReadRule(rule));
  }
  return rules;
}

void ModifyRules(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  auto& rules = session->rules;
  for (auto& rule : ReadRules(call.params, "add")) {
    rules.push_back(std::move(rule));
  }
  for (const auto& gone : ReadRules(call.params, "remove")) {
    std::erase(rules, gone);
  }
  if (call.params.value("removeAll", Json()) == true) rules.clear();
  call.Result(kSuccess);
}

}  // namespace

void AddOptionMethods(MethodTable& table) {
  table["session.options.update"] = UpdateOptions;
  table["session.model.setReasoningEffort"] = SetReasoningEffort;
  table["session.permissions.getMode"] = GetMode;
  table["session.permissions.setMode"] = SetMode;
  table["session.permissions.modifyRules"] = ModifyRules;
}

}  // namespace copilot::fake_cli
