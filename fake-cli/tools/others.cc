// SPDX-License-Identifier: MIT
//
// Tools that need no permission: skills, background agents, plan mode.
#include <fmt/format.h>

#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/session.h"
#include "fake-cli/tools/built_in.h"
#include "wire/secret.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

class Skill : public BuiltInTool {
 public:
  explicit Skill(ToolCall call) : call_(std::move(call)) {}

  void Run(Finish finish) override {
    const std::string name = call_.Text("skill");
    ToolResult result =
        Failed(fmt::format("Skill \"{}\" not found. Available skills: "
                           "customize-cloud-agent, github-pr-media",
                           name),
               "Skill not found: " + name);
    result.telemetry = {
        {"properties",
         {{"skillNameHash", wire::Sha256Hex(name)}, {"found", "false"}}},
        {"restrictedProperties", {{"skillName", name}}}};
    finish(std::move(result));
  }

 private:
  const ToolCall call_;
};

// There are no agents in the background.
class Agents : public BuiltInTool {
 public:
  explicit Agents(ToolCall call) : call_(std::move(call)) {}

  void Run(Finish finish) override {
    if (call_.name == "list_agents") {
      ToolResult result = Succeeded("<no background agents>");
      result.telemetry = {{"properties", {{"scope", "default"}}},
                          {"metrics", {{"agent_count", 0}}}};
      finish(std::move(result));
      return;
    }
    const std::string id = call_.Text("agent_id");
    ToolResult result =
        Failed(fmt::format("No agent found with agent_id: {}. The agent may "
                           "have been cleared or never existed.",
                           id),
               "Agent not found");
    result.telemetry = {
        {"properties", {{"agent_id", id}, {"error", "not_found"}}}};
    finish(std::move(result));
  }

 private:
  const ToolCall call_;
};

class ExitPlanMode : public BuiltInTool,
                     public std::enable_shared_from_this<ExitPlanMode> {
 public:
  explicit ExitPlanMode(ToolCall call)
      : call_(std::move(call)),
        request_id_(call_.session.host.ids().Uuid()),
        summary_(call_.Text("summary")),
        recommended_(call_.Text("recommendedAction")) {}

  void Run(Finish finish) override {
    finish_ = std::move(finish);
    constexpr char kActions[] = R"(["autopilot","interactive","exit_only"])";
    JsonObject event;
    event.Text("requestId", request_id_)
        .Text("summary", summary_)
        .Raw("actions", kActions)
        .TextIf("recommendedAction", recommended_)
        .Text("toolCallId", call_.id)
        .Text("model", call_.session.config.model)
        .Text("planContent", "");
    log().Ephemeral("exit_plan_mode.requested", event.str());
    JsonObject params;
    params.Text("sessionId", call_.session.id())
        .Text("summary", summary_)
        .Text("planContent", "")
        .Raw("actions", kActions)
        .TextIf("recommendedAction", recommended_);
    call_.session.host.AskClients(
        call_.session, "exitPlanMode.request", params.str(),
        [self = shared_from_this()](const wire::RawResult& raw) {
          self->OnAnswer(raw ? Json::parse(*raw, nullptr, false) : Json());
        });
  }

  void Cancel() override { finish_ = nullptr; }

 private:
  EventLog& log() { return call_.session.log; }

  void OnAnswer(const Json& answer) {
    const auto finish = std::exchange(finish_, nullptr);
    if (!finish) return;
    const bool approved =
        answer.is_object() && answer.value("approved", Json()) == true;
    const std::string action = answer.is_object() &&
                                       answer.contains("selectedAction") &&
                                       answer["selectedAction"].is_string()
                                   ? answer["selectedAction"].get<std::string>()
                                   : "interactive";
    JsonObject event;
    event.Bool("approved", approved);
    if (approved) event.Text("selectedAction", action);
    log().Ephemeral("exit_plan_mode.completed",
                    event.Text("requestId", request_id_).str());
    if (!approved) {
      ToolResult result = Succeeded(
          "The plan was not approved. Stay in plan mode and ask what to "
          "change.");
      result.members = {{"sessionLog", "Plan not approved"}};
      finish(std::move(result));
      return;
    }
    call_.session.mode = action == "autopilot" ? "autopilot" : "interactive";
    ToolResult result = Succeeded(fmt::format(
        "The plan was approved. You are out of plan mode now ({}). Start with "
        "the work.",
        action));
    result.members = {
        {"sessionLog",
         fmt::format("✅ Plan approved, exited plan mode ({})", action)}};
    finish(std::move(result));
  }

  const ToolCall call_;
  const std::string request_id_;
  const std::string summary_;
  const std::string recommended_;
  Finish finish_;
};

// What the fake knows of and cannot do: the model is told so.
class NotHere : public BuiltInTool {
 public:
  explicit NotHere(ToolCall call) : call_(std::move(call)) {}

  void Run(Finish finish) override {
    const std::string text =
        fmt::format("The fake CLI has no `{}`.", call_.name);
    finish(Failed(text, text));
  }

 private:
  const ToolCall call_;
};

}  // namespace

std::shared_ptr<BuiltInTool> MakeOtherTool(ToolCall call) {
  const std::string& name = call.name;
  if (name == "skill") return std::make_shared<Skill>(std::move(call));
  if (name == "list_agents" || name == "read_agent" || name == "write_agent") {
    return std::make_shared<Agents>(std::move(call));
  }
  if (name == "task") return MakeTask(std::move(call));
  if (name == "exit_plan_mode") {
    return std::make_shared<ExitPlanMode>(std::move(call));
  }
  if (name == "sql" || name == "semantic_code_search" ||
      name == "task_complete") {
    return std::make_shared<NotHere>(std::move(call));
  }
  return nullptr;
}

}  // namespace copilot::fake_cli
