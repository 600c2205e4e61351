// SPDX-License-Identifier: MIT
//
// A sub-agent (the tool `task`): a session inside the session. What it does is
// told by the outer session, with the agent's id.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/identity.h"
#include "fake-cli/json_object.h"
#include "fake-cli/session.h"
#include "fake-cli/tools/built_in.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// Of the inner session nobody is told these; of the events of model calls only
// those in kTold.
constexpr const char* kUntold[] = {"assistant.idle",
                                   "pending_messages.modified",
                                   "session.mcp_servers_loaded",
                                   "session.skills_loaded",
                                   "session.title_changed",
                                   "session.usage_checkpoint"};
constexpr const char* kTold[] = {"model.call_start", "model.call_finished",
                                 "model.call_final_result",
                                 "model.call_failure"};
// Those that name the tool call which the agent runs for.
constexpr const char* kOfTheCall[] = {
    "assistant.turn_start", "assistant.turn_end",      "assistant.message",
    "assistant.usage",      "assistant.message_delta", "model.call_start",
    "tool.execution_start", "tool.execution_complete"};
constexpr const char* kStreamed[] = {
    "assistant.streaming_delta", "assistant.message_start",
    "assistant.message_delta", "assistant.reasoning_delta",
    "assistant.tool_call_delta"};

template <size_t kSize>
bool Contains(const char* const (&list)[kSize], std::string_view type) {
  return std::any_of(std::begin(list), std::end(list),
                     [&](const char* each) { return type == each; });
}

class Task : public BuiltInTool, public std::enable_shared_from_this<Task> {
 public:
  explicit Task(ToolCall call)
      : call_(std::move(call)),
        agent_id_(call_.session.host.ids().Uuid()),
        inner_id_(call_.session.host.ids().Uuid()),
        kind_(call_.Text("agent_type")),
        name_(call_.Text("name")) {}

  std::optional<ToolResult> Refusal() override {
    for (const char* needed : {"description", "prompt", "agent_type", "name"}) {
      if (!call_.Text(needed).empty()) continue;
      const std::string complaint = fmt::format("\"{}\": Required", needed);
      return Failed(complaint, complaint);
    }
    if (call_.session.host.UsesProvider(call_.session)) return std::nullopt;
    const std::string text = "There is no model for a sub-agent.";
    return Failed(text, text);
  }

  void Run(Finish finish) override {
    finish_ = std::move(finish);
    began_ms_ = NowMs();
    const std::string& model = outer().config.model;
    Tell("subagent.started",
         Facts()
             .Text("taskModelSource", "unset")
             .Text("agentDescription", call_.Text("description"))
             .Bool("resumable", false)
             .Text("agentType", kind_)
             .Text("executionMode", "sync")
             .str());
    outer().TellTask("started",
                     JsonObject()
                         .Text("id", agent_id_)
                         .Text("type", "agent")
                         .Text("status", "running")
                         .Text("description", call_.Text("description"))
                         .str());
    Changed();
    const std::string configured =
        JsonObject().Text("model", model).Bool("multiTurn", true).str();
    if (inherits()) Tell("subagent.configured", configured);
    Tell("session.model_change", JsonObject()
                                     .Text("source", "agent")
                                     .Null("contextTier")
                                     .Text("newModel", model)
                                     .Null("reasoningEffort")
                                     .str());
    if (!inherits()) Tell("subagent.configured", configured);
    Open();
  }

  void Cancel() override {
    finish_ = nullptr;
    LetGo();
  }

 private:
  Session& outer() { return call_.session; }
  // The one kind of agent without a model of its own.
  bool inherits() const { return kind_ == "general-purpose"; }

  JsonObject Facts() const {
    JsonObject facts;
    facts.Text("toolCallId", call_.id)
        .Text("agentName", kind_)
        .Text("agentDisplayName", name_)
        .Text("model", call_.session.config.model)
        .Text("modelSelectionSource",
              inherits() ? "session_inheritance" : "agent_definition_default");
    return facts;
  }

  void Tell(std::string_view type, const std::string& data) {
    EventOptions options;
    options.agent_id = agent_id_;
    outer().log.Emit(type, data, options);
  }

  void Changed() {
    outer().TellTask("change");
    outer().log.Ephemeral("session.background_tasks_changed");
  }

  void Open() {
    SessionConfig config = outer().config;
    config.sub_agent = true;
    config.hooks = false;  // they do not see what an agent does
    config.mcp_servers = nullptr;
    Workspace workspace = outer().workspace;
    workspace.name = name_;
    inner_ = std::make_shared<Session>(outer().host, std::move(workspace),
                                       std::move(config));
    inner_->attached = outer().attached;
    inner_->approvals = outer().approvals;
    inner_->rules = outer().rules;
    inner_->approve_all = outer().approve_all;
    inner_->announced_skills = true;
    inner_->log.Forward([weak = weak_from_this()](std::string_view type,
                                                  std::string_view data,
                                                  const EventOptions& options) {
      const auto self = weak.lock();
      return self && self->finish_ ? self->Pass(type, data, options) : "";
    });
    outer().agents.push_back(inner_);
    QueuedMessage message;
    message.id = outer().host.ids().Uuid();
    message.prompt = message.display = call_.Text("prompt");
    inner_->queue.Add(std::move(message));
    inner_->StartNext();
  }

  // An event of the inner session, as the outer one tells it.
  std::string Pass(std::string_view type, std::string_view data,
                   EventOptions options) {
    if (type == "session.idle") {
      Complete();
      return "";
    }
    if (options.hidden) {
      outer().log.Hide(type, data, options.chain);
      return "";
    }
    const bool of_model = type.rfind("model.", 0) == 0;
    if (Contains(kUntold, type) || (of_model && !Contains(kTold, type)) ||
        (Contains(kStreamed, type) && !outer().config.sub_agent_streaming)) {
      return "";
    }
    Json document = Json::parse(data, nullptr, false);
    if (!document.is_object()) document = Json::object();
    Adapt(type, &document);
    const bool plain = type == "session.tools_updated" ||
                       type == "session.background_tasks_changed" ||
                       type == "external_tool.completed";
    if (!plain) options.agent_id = agent_id_;
    const std::string id = outer().log.Emit(
        type, document.dump(-1, ' ', false, Json::error_handler_t::replace),
        options);
    if (type == "model.call_start") Changed();
    if (type == "model.call_finished") outer().TellTask("change");
    if (type == "assistant.message") {
      outer().log.Ephemeral("session.background_tasks_changed");
    }
    return id;
  }

  void Adapt(std::string_view type, Json* data) {
    if (Contains(kOfTheCall, type)) (*data)["parentToolCallId"] = call_.id;
    if (type == "external_tool.requested") {
      (*data)["ownerNativeSessionId"] = inner_id_;
      (*data)["providerId"] = nullptr;
    }
    if (type == "user.message") (*data)["source"] = "agent-" + outer().id();
    if (type == "tool.execution_start") ++tool_calls_;
    if (type == "session.error") error_ = data->value("message", "");
    if (type == "assistant.message") text_ = data->value("content", "");
    if (type == "assistant.usage") {
      tokens_ += data->value("inputTokens", int64_t{0}) +
                 data->value("outputTokens", int64_t{0});
      if (data->contains("accounting")) {
        (*data)["accounting"]["sourceSessionId"] = inner_id_;
      }
    }
  }

  void Complete() {
    Tell(error_.empty() ? "subagent.completed" : "subagent.failed",
         Facts()
             .Text("firstDispatchedModel", outer().config.model)
             .TextIf("error", error_)
             .Int("totalToolCalls", tool_calls_)
             .Int("totalTokens", tokens_)
             .Int("durationMs", NowMs() - began_ms_)
             .str());
    outer().TellTask("change");
    const auto finish = std::exchange(finish_, nullptr);
    LetGo();
    finish(error_.empty() ? Result() : Failed(error_, error_));
  }

  ToolResult Result() const {
    const auto size = [](const std::string& text) {
      return std::to_string(text.size());
    };
    ToolResult result = Succeeded(text_);
    result.telemetry = {{"properties",
                         {{"prompt_length", size(call_.Text("prompt"))},
                          {"response_length", size(text_)},
                          {"agent_name", kind_},
                          {"agent_type", kind_},
                          {"execution_mode", "sync"},
                          {"resolved_model", call_.session.config.model}}},
                        {"restrictedProperties",
                         {{"agent_name", kind_}, {"agent_id", agent_id_}}},
                        {"metrics",
                         {{"numberOfToolCallsMadeByAgent", tool_calls_},
                          {"response_length", text_.size()}}}};
    return result;
  }

  // Its turn may be the one that calls: it goes later.
  void LetGo() {
    if (inner_ == nullptr) return;
    std::erase_if(outer().agents,
                  [&](const auto& each) { return each.lock() == inner_; });
    outer().host.After(
        1, [gone = std::exchange(inner_, nullptr)] { gone->Drop(); });
  }

  const ToolCall call_;
  const std::string agent_id_;
  const std::string inner_id_;
  const std::string kind_;
  const std::string name_;
  Finish finish_;
  std::shared_ptr<Session> inner_;
  int64_t began_ms_ = 0;
  int64_t tool_calls_ = 0;
  int64_t tokens_ = 0;
  std::string text_;
  std::string error_;
};

}  // namespace

std::shared_ptr<BuiltInTool> MakeTask(ToolCall call) {
  return std::make_shared<Task>(std::move(call));
}

}  // namespace copilot::fake_cli
