// SPDX-License-Identifier: MIT
//
// The way of a tool call: hooks, permission, run, result.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/permission.h"
#include "fake-cli/tokens.h"
#include "fake-cli/tools/catalogue.h"
#include "fake-cli/turn.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// What a preToolUse hook's refusal tells the model; empty when it is none.
std::string Denial(const Json& output) {
  if (TextOf(output, "permissionDecision") != "deny") return "";
  return "Denied by preToolUse hook: " +
         TextOf(output, "permissionDecisionReason");
}

}  // namespace

std::string Turn::UnknownTool(const std::string& name) const {
  std::string available;
  for (const ToolDefinition& tool : OfferedTools(session_.config, mode_)) {
    if (!available.empty()) available += ", ";
    available += tool.name;
  }
  return fmt::format(
      "Tool '{}' does not exist. Available tools that can be called are {}.",
      name, available);
}

void Turn::AskBeforeTool(size_t index) {
  RunningTool& tool = tools_[index];
  tool.started_ms = NowMs();
  const Json arguments = Json::parse(tool.request.arguments, nullptr, false);
  const std::string id = tool.request.id;
  const Json call = {
      {"id", id}, {"name", tool.request.name}, {"args", arguments}};
  session_.hooks.Invoke(
      {"preToolUse",
       {{"toolName", tool.request.name}, {"toolArgs", arguments}},
       {{"toolCalls", Json::array({call})}},
       [id](const Json& output) {
         const std::string denial = Denial(output);
         return denial.empty() ? Json::object() : Json{{id, denial}};
       }},
      [self = shared_from_this(), index](const Json& output) {
        if (self->live_) self->TakeToolDecision(index, output);
      });
}

void Turn::TakeToolDecision(size_t index, const Json& output) {
  RunningTool& tool = tools_[index];
  if (const std::string denial = Denial(output); !denial.empty()) {
    ToolResult result = Failed(denial, denial, "denied");
    result.members = {{"sessionLog", denial}};
    result.bare = true;
    CompleteTool(index, result);
    return;
  }
  const auto modified = output.find("modifiedArgs");
  if (modified != output.end() && modified->is_object()) {
    tool.request.arguments = Dump(*modified);
    Correct(tool.request);
  }
  const std::string context = TextOf(output, "additionalContext");
  if (!context.empty()) {
    contexts_.push_back("Additional context from preToolUse hook:\n" + context);
  }
  const std::string decision = TextOf(output, "permissionDecision");
  tool.allowed = decision == "allow";
  if (decision == "ask") {
    tool.request.permission = {
        {"kind", "hook"},
        {"toolName", tool.request.name},
        {"toolArgs", Json::parse(tool.request.arguments, nullptr, false)},
        {"hookMessage", TextOf(output, "permissionDecisionReason")}};
  }
  StartTool(index);
}

// The model's memory of a call whose arguments a hook has changed.
void Turn::Correct(const ToolRequest& request) {
  for (Json& call : session_.conversation.back()["tool_calls"]) {
    if (call["id"] == request.id) {
      call["function"]["arguments"] = request.arguments;
    }
  }
}

void Turn::StartTool(size_t index) {
  RunningTool& tool = tools_[index];
  const std::string& name = tool.request.name;
  if (!tool.request.valid) {
    const std::string complaint =
        "The arguments of the tool call are not valid JSON.";
    CompleteTool(index, Failed(complaint, complaint));
    return;
  }
  if (!tool.request.permission.is_null()) {
    AskPermission(index);
    return;
  }
  const ClientTool* client_tool = session_.config.FindTool(name);
  if (client_tool == nullptr && name == "ask_user" &&
      session_.config.request_user_input) {
    AskUser(index);
    return;
  }
  const McpTool* const remote = FindMcpTool(name);
  if (remote != nullptr || (client_tool == nullptr && IsBuiltIn(name))) {
    ToolCall call{session_, tool.request.id, name,
                  Json::parse(tool.request.arguments, nullptr, false)};
    tool.built_in = remote != nullptr ? MakeMcpTool(std::move(call), *remote)
                                      : MakeBuiltInTool(std::move(call));
    if (const auto refusal = tool.built_in->Refusal()) {
      CompleteTool(index, *refusal);
      return;
    }
    tool.request.permission = tool.built_in->Permission();
    if (tool.request.permission.is_null()) {
      RunApproved(index);
    } else {
      AskPermission(index);
    }
    return;
  }
  if (client_tool == nullptr) {
    CompleteTool(index, Failed(UnknownTool(name),
                               fmt::format("Tool '{}' does not exist.", name)));
    return;
  }
  if (client_tool->skip_permission) {
    CallClientTool(index);
    return;
  }
  tool.request.permission = {
      {"kind", "custom-tool"},
      {"toolName", name},
      {"toolDescription", client_tool->description},
      {"args", Json::parse(tool.request.arguments, nullptr, false)}};
  AskPermission(index);
}

void Turn::AskPermission(size_t index) {
  RunningTool& tool = tools_[index];
  const PermissionAsked asked =
      MakePermission(tool.request.permission, tool.request.id, session_.id());
  const bool covered = std::any_of(
      session_.rules.begin(), session_.rules.end(),
      [&](const auto& rule) { return rule.Covers(tool.request.permission); });
  if (tool.allowed || covered || session_.approve_all ||
      session_.approvals.contains(asked.approval_key)) {
    RunApproved(index);
    return;
  }
  if (!session_.config.request_permission) {
    OnDecision(index, {{"kind", "user-not-available"}});
    return;
  }
  tool.pending_permission = session_.host.ids().Uuid();
  session_.pending_permissions[tool.pending_permission] = {
      tool.request.id, asked.prompt_request,
      [self = shared_from_this(), index](const Json& decision) {
        if (self->live_) self->OnDecision(index, decision);
      }};
  log().Persist("permission.requested",
                JsonObject()
                    .Text("requestId", tool.pending_permission)
                    .Raw("permissionRequest", asked.request)
                    .Raw("promptRequest", asked.prompt_request)
                    .Text("agentMode", session_.mode)
                    .Text("permissionMode", "manual")
                    .Text("ownerSessionId", session_.id())
                    .str());
}

void Turn::OnDecision(size_t index, const Json& decision) {
  RunningTool& tool = tools_[index];
  tool.pending_permission.clear();
  if (!tool.request.capture.empty()) tool.outcome.captured = decision;
  const Verdict verdict = Judge(decision);
  if (verdict.approved) {
    if (verdict.remember) {
      session_.approvals.insert(MakePermission(tool.request.permission,
                                               tool.request.id, session_.id())
                                    .approval_key);
    }
    RunApproved(index);
    return;
  }
  user_cancelled_ |= verdict.ends_turn;
  if (verdict.code == "failure") {  // the answer was none
    CompleteTool(index, Failed("Error: " + verdict.message, verdict.message));
  } else if (tool.built_in) {
    CompleteTool(index, tool.built_in->Denied(verdict));
  } else {
    ToolResult result = Failed(verdict.message, verdict.error, verdict.code);
    result.members = {{"sessionLog", verdict.error}};
    CompleteTool(index, result);
  }
}

void Turn::RunApproved(size_t index) {
  const std::string& name = tools_[index].request.name;
  if (session_.config.FindTool(name) != nullptr) {
    CallClientTool(index);
  } else if (const auto built_in = tools_[index].built_in) {
    built_in->Run([self = shared_from_this(), index](const ToolResult& result) {
      if (self->live_) self->FinishTool(index, result);
    });
  } else {
    FinishTool(index, Succeeded("done"));
  }
}

void Turn::CallClientTool(size_t index) {
  RunningTool& tool = tools_[index];
  tool.pending_tool = session_.host.ids().Uuid();
  session_.pending_tools[tool.pending_tool] = {
      [self = shared_from_this(), index](const Json& params) {
        if (!self->live_) return;
        RunningTool& done = self->tools_[index];
        done.pending_tool.clear();
        const ToolResult result =
            ReadToolResult(params, done.request.name, done.request.arguments);
        done.outcome.captured = {{"text", result.text},
                                 {"success", result.success}};
        self->user_cancelled_ |= result.ends_turn;
        self->FinishTool(index, result);
      }};
  log().Persist("external_tool.requested",
                JsonObject()
                    .Text("requestId", tool.pending_tool)
                    .Text("sessionId", session_.id())
                    .Text("toolCallId", tool.request.id)
                    .Text("toolName", tool.request.name)
                    .Raw("arguments", tool.request.arguments)
                    .Text("workingDirectory", session_.config.working_directory)
                    .str());
}

void Turn::AskUser(size_t index) {
  RunningTool& tool = tools_[index];
  const Json arguments = Json::parse(tool.request.arguments, nullptr, false);
  const std::string request_id = session_.host.ids().Uuid();
  const std::string question = TextOf(arguments, "question");
  const Json choices = MemberOf(arguments, "choices");
  const bool freeform = FlagOf(arguments, "allowFreeform", true);
  log().Ephemeral("user_input.requested",
                  JsonObject()
                      .Text("requestId", request_id)
                      .Text("question", question)
                      .Raw("choices", choices.dump())
                      .Bool("allowFreeform", freeform)
                      .Text("toolCallId", tool.request.id)
                      .str());
  JsonObject params;
  params.Text("sessionId", session_.id()).Text("question", question);
  if (!choices.is_null()) params.Raw("choices", choices.dump());
  params.Bool("allowFreeform", freeform);
  session_.host.AskClients(
      session_, "userInput.request", params.str(),
      [self = shared_from_this(), index, request_id, question,
       choices](const wire::RawResult& raw) {
        if (!self->live_ || self->tools_[index].done) return;
        const UserAnswer answer = ReadUserAnswer(raw);
        self->log().Ephemeral("user_input.completed",
                              JsonObject()
                                  .Text("answer", answer.answer)
                                  .Bool("wasFreeform", answer.was_freeform)
                                  .Text("requestId", request_id)
                                  .str());
        self->tools_[index].outcome.captured = {
            {"answer", answer.answer}, {"wasFreeform", answer.was_freeform}};
        ToolResult result = Succeeded(answer.text);
        result.telemetry = {
            {"properties",
             {{"outcome", "answered"},
              {"had_choices", choices.is_array()},
              {"was_freeform", answer.was_freeform}}},
            {"restrictedProperties",
             {{"question", question}, {"answer", answer.answer}}}};
        if (choices.is_array()) {
          result.telemetry["restrictedProperties"]["choices"] = choices.dump();
        }
        self->FinishTool(index, result);
      });
}

Json Turn::Telemetry(const ToolResult& result) const {
  Json telemetry =
      result.telemetry.is_object() ? result.telemetry : Json::object();
  if (result.bare) return telemetry;
  Json& metrics = telemetry["metrics"];
  metrics["context_token_limit"] = PromptLimit(session_.config);
  metrics["context_current_tokens"] = session_.context_tokens();
  if (!result.untruncated) metrics["large_output_threshold_bytes"] = 20480;
  return telemetry;
}

void Turn::FinishTool(size_t index, const ToolResult& result) {
  RunningTool& tool = tools_[index];
  Json input = {
      {"toolName", tool.request.name},
      {"toolArgs", Json::parse(tool.request.arguments, nullptr, false)}};
  if (result.success) {
    input["toolResult"] = ResultForHooks(result);
  } else {
    input["error"] = result.error;
  }
  const auto shown = [](const Json& output) {
    Json told = output;
    if (told.contains("modifiedResult")) told["modifiedResult"] = true;
    return told;
  };
  session_.hooks.Invoke(
      {result.success ? "postToolUse" : "postToolUseFailure", std::move(input),
       nullptr, shown},
      [self = shared_from_this(), index, result](const Json& output) {
        if (self->live_) self->TakeToolReview(index, result, output);
      });
}

void Turn::TakeToolReview(size_t index, ToolResult result, const Json& output) {
  const std::string& name = tools_[index].request.name;
  const auto modified = output.find("modifiedResult");
  if (modified != output.end() && modified->is_object()) {
    result.text = TextOf(*modified, "textResultForLlm");
    result.members = nullptr;
  }
  const std::string context = TextOf(output, "additionalContext");
  if (!context.empty() && result.success) {
    result.text += fmt::format(
        "\n\nTool \"{}\" succeeded. Additional guidance from postToolUse "
        "hooks:\n{}",
        name, context);
  } else if (!context.empty()) {
    contexts_.push_back(
        fmt::format("Tool \"{}\" failed. Additional guidance from "
                    "postToolUseFailure hooks:\n{}",
                    name, context));
  }
  CompleteTool(index, result);
}

// The result as model.tool_execution and the hooks tell it.
Json Turn::ResultForHooks(const ToolResult& done) const {
  Json result = done.members.is_object() ? done.members : Json::object();
  result["textResultForLlm"] = done.text;
  result["resultType"] = done.success ? "success" : done.code;
  if (!done.success) result["error"] = done.error;
  result["toolTelemetry"] = Telemetry(done);
  return result;
}

void Turn::CompleteTool(size_t index, const ToolResult& done) {
  const auto self = shared_from_this();
  RunningTool& tool = tools_[index];
  tool.done = true;
  // It may be the one that calls: it goes later.
  session_.host.After(1, [gone = std::move(tool.built_in)] {});
  tool.outcome.call_id = tool.request.id;
  tool.outcome.name = tool.request.name;
  tool.outcome.capture = tool.request.capture;
  tool.outcome.success = done.success;
  tool.outcome.text = done.text;
  log().Ephemeral("model.message",
                  MessageEvent(Scope(), answer_,
                               {{"role", "tool"},
                                {"tool_call_id", tool.request.id},
                                {"content", done.text}}));
  JsonObject data;
  data.Text("toolCallId", tool.request.id)
      .Text("model", session_.config.model)
      .Text("interactionId", interaction_id_)
      .Text("turnId", std::to_string(call_index_))
      .Bool("rte", false);
  if (done.event.is_object()) {
    for (const auto& [name, value] : done.event.items()) {
      data.Raw(name, value.dump());
    }
  }
  data.Bool("success", tool.outcome.success);
  if (done.success) {
    data.Raw("result", Dump(done.Content()));
  } else {
    data.Raw("error", JsonObject()
                          .Text("message", done.ErrorMessage())
                          .Text("code", done.code)
                          .str());
    if (done.told_of_failure) data.Raw("result", Dump(done.Content()));
  }
  Json counted = Telemetry(done);
  const bool binary = done.members.is_object() &&
                      done.members.contains("binaryResultsForLlm") &&
                      !done.members["binaryResultsForLlm"].empty();
  if (done.success && !binary) {
    counted["metrics"]["result_token_count"] = CountTokens(tool.outcome.text);
  }
  data.Raw("toolTelemetry", Dump(counted));
  if (binary) log().Hide("session.binary_asset", "{}");
  log().Persist("tool.execution_complete", data.str());
  std::string edits;
  if (done.event.is_object() && done.event.contains("fileEdits")) {
    edits = Dump(done.event["fileEdits"]);
    const Json metrics = done.telemetry.value("metrics", Json::object());
    session_.usage.AddEdit(done.event["fileEdits"][0].value("path", ""),
                           metrics.value("linesAdded", int64_t{0}),
                           metrics.value("linesRemoved", int64_t{0}));
  }
  log().Ephemeral("model.tool_execution",
                  JsonObject()
                      .Text("kind", "tool_execution")
                      .Int("turn", call_index_)
                      .Text("toolCallId", tool.request.id)
                      .Raw("toolResult", Dump(ResultForHooks(done)))
                      .RawIf("fileEdits", edits)
                      .Int("durationMs", NowMs() - tool.started_ms)
                      .Bool("rte", false)
                      .str());

  if (--tools_left_ == 0) OnToolsDone();
}

void Turn::OnToolsDone() {
  std::vector<ToolOutcome> outcomes;
  for (RunningTool& tool : tools_) {
    const Json message = {{"role", "tool"},
                          {"tool_call_id", tool.request.id},
                          {"content", tool.outcome.text}};
    session_.tokens += MessageTokens(message);
    session_.conversation.push_back(message);
    outcomes.push_back(std::move(tool.outcome));
  }
  for (const std::string& context : std::exchange(contexts_, {})) {
    const Json message = {{"role", "user"}, {"content", context}};
    log().Ephemeral("model.message",
                    MessageEvent(Scope(), answer_, message, "system"));
    session_.conversation.push_back(message);
  }
  tools_.clear();
  EndCall();
  if (user_cancelled_) {
    CancelByUser();
    return;
  }
  for (const QueuedMessage& message : session_.queue.TakeSteering()) {
    log().Persist("user.message",
                  JsonObject()
                      .Text("content", message.display)
                      .Text("messageId", message.id)
                      .Text("delivery", "steering")
                      .Text("interactionId", interaction_id_)
                      .Text("turnId", std::to_string(call_index_ + 1))
                      .str());
    session_.conversation.push_back(
        {{"role", "user"}, {"content", message.prompt}});
  }
  player_->OnOutcomes(outcomes);
  Next();
}

}  // namespace copilot::fake_cli
