// SPDX-License-Identifier: MIT
//
// Scenarios for harnesses: an adapter, with the fake CLI behind it (or a real
// one, in live scenarios).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "conformance/adapter/adapter.h"
#include "conformance/run/target.h"
#include "conformance/stage/server_process.h"
#include "conformance/stage/wrapped_cli.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// No capability of adapters: a scenario that only a rehearsal can run.
constexpr char kRehearsal[] = "rehearsal";

class HarnessTarget : public Target {
 public:
  explicit HarnessTarget(Stage& stage) : stage_(stage) {}

  void SetUp() override {
    for (const auto& [path, text] : Section(stage_.given, "files").items()) {
      stage_.sandbox.Write(path, text);
      stage_.evidence.own_files.insert(path);
    }
    cli_ = live() ? stage_.settings.cli
                  : WrapFakeCli(stage_.loop, stage_.sandbox,
                                stage_.settings.fake_cli,
                                stage_.given.value("cli", Json::object()));
    if (stage_.settings.rehearse && live()) {
      model_ =
          std::make_unique<ModelProcess>(stage_, stage_.given["rehearsal"]);
    }
    StartAdapter();
  }

  void Step(const Json& step) override {
    if (step.contains("attempt")) return Attempt(step);
    if (step.contains("await")) return Await(step["await"]);
    if (step.contains("abort")) {
      Require("attempt.abort", {{"attempt", step["abort"]}});
      return;
    }
    if (step.contains("steer")) {
      return Keep(step, "steer", Call("attempt.steer", step["steer"]));
    }
    if (step.contains("answer")) {
      return Keep(step, "answer", Call("question.answer", step["answer"]));
    }
    if (step.contains("compact")) return Compact(step);
    if (step.contains("supports")) {
      return Keep(step, "supports",
                  Call("harness.supports", {{"harness", HarnessOf(step)},
                                            {"context", step["supports"]}}));
    }
    if (step.contains("reset")) {
      Json params = step["reset"];
      params["harness"] = HarnessOf(step);
      return Keep(step, "reset", Call("harness.reset", params));
    }
    if (step.contains("dispose")) {
      return Keep(step, "dispose",
                  Call("harness.dispose", {{"harness", HarnessOf(step)}}));
    }
    if (step.contains("createHarness")) {
      return Keep(
          step, "createHarness",
          Call("harness.create", {{"harness", step.value("as", "other")},
                                  {"options", step["createHarness"]}}));
    }
    if (step.contains("setEnv")) {
      Require("environment.set", {{"variables", step["setEnv"]}});
      return;
    }
    if (step.contains("advanceClock")) {
      Require("clock.advance", {{"ms", step["advanceClock"]}});
      return;
    }
    if (step.contains("restart")) {
      EndAdapter();
      StartAdapter();
      return;
    }
    if (step.contains("waitFor")) {
      stage_.loop.RunUntil(Shown(step["waitFor"]), [&] {
        adapter_->CheckAlive();
        return stage_.Fulfilled(step["waitFor"]);
      });
      return;
    }
    throw StepFailed("this step is not for a harness");
  }

  void TearDown() override {
    if (adapter_ && Reusable()) GiveBack();
    EndAdapter();
    if (model_) model_->End();
  }

 private:
  bool live() const { return stage_.scenario.target == "live"; }

  static std::string HarnessOf(const Json& step) {
    return step.value("harness", "default");
  }

  void StartAdapter() {
    HostBehaviour behaviour;
    behaviour.tools = stage_.given.value("tools", Json::object());
    behaviour.policy = stage_.given.value("policy", Json());
    behaviour.hooks = stage_.given.value("hooks", Json::object());
    behaviour.native_hooks = stage_.given.value("nativeHooks", Json::object());
    std::unique_ptr<AdapterProcess> process;
    if (MayReuse()) process = stage_.keeper.Take();
    const bool used = process != nullptr;
    if (!used) {
      process = std::make_unique<AdapterProcess>(
          stage_.loop.io(), stage_.settings.adapter, AdapterEnvironment(),
          stage_.sandbox.workspace());
      stage_.evidence.log.Started(
          kHarness, fmt::format("{}", fmt::join(stage_.settings.adapter, " ")));
    }
    adapter_ = std::make_unique<Adapter>(stage_.loop, std::move(process),
                                         std::move(behaviour), stage_.evidence);
    if (used) {
      CheckCapabilities();
      Require("scenario.begin", Surroundings());
      begun_ = true;
    } else {
      Initialize();
      begun_ = true;
      CheckCapabilities();
    }
    Keep(Json::object(), "default",
         Call("harness.create",
              {{"harness", "default"},
               {"options", stage_.given.value("harness", Json::object())}}));
  }

  std::vector<std::string> AdapterEnvironment() const {
    std::vector<std::string> environment = stage_.Environment();
    if (live() && !stage_.settings.cache.empty()) {
      environment.push_back("XDG_CACHE_HOME=" + stage_.settings.cache);
    }
    // Where a real CLI looks for GitHub (protocol 27).
    if (model_) {
      environment.push_back("COPILOT_API_URL=" + model_->origin());
      environment.push_back("COPILOT_DEBUG_GITHUB_API_URL=" + model_->origin());
    }
    return environment;
  }

  // What the scenario runs in, for the adapter.
  Json Surroundings() const {
    const Sandbox& sandbox = stage_.sandbox;
    Json variables = Json::object();
    for (const std::string& entry : AdapterEnvironment()) {
      const size_t equals = entry.find('=');
      variables[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
    return {{"cli", {{"path", cli_}}},
            {"dirs",
             {{"home", sandbox.home()},
              {"workspace", sandbox.workspace()},
              {"state", sandbox.state()},
              {"temp", sandbox.temp()}}},
            {"environment", std::move(variables)},
            {"clock", stage_.given.value("clock", "real")}};
  }

  void Initialize() {
    Json params = Surroundings();
    params["protocolVersion"] = 1;
    Outcome hello;
    try {
      hello = adapter_->CallAndWait("initialize", params);
    } catch (const StepFailed& failure) {
      throw EnvironmentFailed(failure.what());
    }
    if (!hello.ok || !hello.value.is_object()) {
      throw EnvironmentFailed("the adapter refused initialize: " +
                              Shown(hello.value));
    }
    stage_.evidence.implementation = StringMember(hello.value, "name");
    stage_.evidence.implementation_version =
        StringMember(hello.value, "version");
    if (hello.value.value("protocolVersion", Json()) != 1) {
      throw EnvironmentFailed(
          fmt::format("the adapter speaks protocol version {}, not 1",
                      hello.value.value("protocolVersion", Json()).dump()));
    }
    adapter_->process().hello = std::move(hello.value);
  }

  void CheckCapabilities() {
    const Json has =
        adapter_->process().hello.value("capabilities", Json::array());
    for (const std::string& wanted : stage_.scenario.requires_capabilities) {
      if (wanted == kRehearsal) continue;
      if (std::find(has.begin(), has.end(), wanted) == has.end()) {
        throw Skipped{"the adapter lacks the capability \"" + wanted + "\""};
      }
    }
  }

  // A scenario that starts its adapter again, or that gives variables which
  // count when a program starts, has processes of its own.
  bool MayReuse() const {
    if (stage_.keeper.reuse() == AdapterReuse::kNever) return false;
    for (const Json& step : stage_.scenario.when) {
      if (step.contains("restart")) return false;
    }
    for (const auto& [name, value] : Section(stage_.given, "env").items()) {
      for (const char* of_start : {"LANG", "LC_", "LD_", "TZ"}) {
        if (name.rfind(of_start, 0) == 0) return false;
      }
    }
    return true;
  }

  bool Reusable() {
    return MayReuse() && adapter_->process().persistent() &&
           !adapter_->process().conversation().lost_an_answer();
  }

  // Makes the adapter ready for the next scenario, if that is possible.
  void GiveBack() {
    auto process = begun_ ? adapter_->EndScenario([this] {
      stage_.journal.Refresh();
      return !stage_.journal.Running().empty();
    })
                          : adapter_->Release();
    if (process == nullptr) return;
    TakeFaults(*process);
    stage_.keeper.Keep(std::move(process));
    adapter_.reset();
  }

  void TakeFaults(AdapterProcess& process) {
    for (ProtocolFault& fault : process.conversation().TakeFaults()) {
      stage_.protocol_faults.push_back(std::move(fault));
    }
  }

  void EndAdapter() {
    if (!adapter_) return;
    adapter_->Shutdown();
    TakeFaults(adapter_->process());
    adapter_.reset();
  }

  Outcome Call(const std::string& method, const Json& params) {
    return adapter_->CallAndWait(method, params);
  }

  // For steps that have no result to check.
  void Require(const std::string& method, const Json& params) {
    const Outcome outcome = Call(method, params);
    if (!outcome.ok) {
      throw StepFailed(method + " failed: " + Shown(outcome.value));
    }
  }

  void Keep(const Json& step, const std::string& kind, Outcome outcome) {
    stage_.KeepOutcome(step, kind, std::move(outcome));
  }

  // Defaults, then given.attempt, then the step's own; null removes.
  Json Params(const Json& own) {
    Json params = {{"sessionId", "session-1"},
                   {"sessionKey", "agent:main:main"},
                   {"runId", fmt::format("run-{}", attempts_)},
                   {"provider", "github-copilot"},
                   {"model", "gpt-4.1"},
                   {"workspaceDir", stage_.sandbox.workspace()},
                   {"timeoutMs", 20000}};
    for (const Json& layer :
         {stage_.given.value("attempt", Json::object()), own}) {
      for (const auto& [name, value] : layer.items()) {
        if (value.is_null()) {
          params.erase(name);
        } else {
          params[name] = value;
        }
      }
    }
    return params;
  }

  // "hooks" or "nativeHooks".
  Json HookNames(const char* kind) const {
    Json names = Json::array();
    for (const auto& [name, contribution] :
         Section(stage_.given, kind).items()) {
      names.push_back(name);
    }
    return names;
  }

  Json ToolList(const Json& step) const {
    Json list = Json::array();
    const Json tools = stage_.given.value("tools", Json::object());
    const auto add = [&](const std::string& name) {
      Json tool = tools.value(name, Json::object());
      for (const char* own : {"result", "error", "stall"}) tool.erase(own);
      tool["name"] = name;
      list.push_back(std::move(tool));
    };
    if (step.contains("tools")) {
      for (const Json& name : step["tools"]) add(name);
    } else {
      for (const auto& [name, tool] : tools.items()) add(name);
    }
    return list;
  }

  void Attempt(const Json& step) {
    ++attempts_;
    const std::string name =
        step.value("as", fmt::format("attempt-{}", attempts_));
    const Json call = {
        {"harness", HarnessOf(step)},
        {"attempt", name},
        {"params", Params(step["attempt"])},
        {"tools", ToolList(step)},
        {"permissionPolicy", stage_.given.contains("policy") ? "host" : "none"},
        {"hooks", HookNames("hooks")},
        {"nativeHooks", HookNames("nativeHooks")}};
    if (!step.value("background", false)) {
      stage_.evidence.outcomes[name] = Call("attempt.run", call);
      return;
    }
    running_.insert(name);
    adapter_->Call("attempt.run", call, [this, name](Outcome outcome) {
      running_.erase(name);
      stage_.evidence.outcomes[name] = std::move(outcome);
    });
  }

  void Await(const std::string& name) {
    stage_.loop.RunUntil("the end of " + name, [&] {
      adapter_->CheckAlive();
      return !running_.contains(name);
    });
  }

  void Compact(const Json& step) {
    Json params = Params(step["compact"]);
    Keep(step, "compact",
         Call("session.compact", {{"harness", HarnessOf(step)},
                                  {"params", std::move(params)},
                                  {"hooks", HookNames("hooks")}}));
  }

  Stage& stage_;
  std::string cli_;
  std::unique_ptr<ModelProcess> model_;  // of a rehearsal
  std::unique_ptr<Adapter> adapter_;
  bool begun_ = false;  // the adapter knows of this scenario
  std::set<std::string> running_;
  int attempts_ = 0;
};

}  // namespace

std::unique_ptr<Target> MakeHarnessTarget(Stage& stage) {
  if (stage.scenario.target == "live") {
    const auto& wanted = stage.scenario.requires_capabilities;
    const bool only_rehearsed =
        std::find(wanted.begin(), wanted.end(), kRehearsal) != wanted.end();
    if (stage.settings.rehearse && !stage.given.contains("rehearsal")) {
      throw Skipped{"no rehearsal is written for it"};
    }
    if (!stage.settings.rehearse && only_rehearsed) {
      throw Skipped{"only a rehearsal knows what the model says: --rehearse"};
    }
    if (stage.settings.live_token.empty()) {
      throw Skipped{"OPENCLAW_COPILOT_AGENT_LIVE_TOKEN is not set"};
    }
    if (stage.settings.cli.empty()) {
      throw Skipped{
          "no real CLI: pass --cli or set COPILOT_CLI_PATH for live runs"};
    }
  }
  return std::make_unique<HarnessTarget>(stage);
}

}  // namespace copilot::conformance
