// SPDX-License-Identifier: MIT
#include "harness/cli_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace copilot::harness {

// Ends once: by idle, error, timeout or the end of the CLI.
struct CliSession::Turn {
  std::mutex mutex;
  std::condition_variable ended_changed;
  bool ended = false;
  std::optional<Error> failure;
  std::optional<Json> last_message;

  void End(std::optional<Error> error) {
    {
      const std::lock_guard lock(mutex);
      if (ended) return;
      ended = true;
      failure = std::move(error);
    }
    ended_changed.notify_all();
  }
};

std::shared_ptr<CliSession> CliSession::Make(
    std::shared_ptr<CliConnection> connection, std::shared_ptr<Clock> clock,
    std::shared_ptr<Executor> executor, std::string id,
    const SessionConfig& config) {
  std::shared_ptr<CliSession> session(
      new CliSession(std::move(connection), std::move(clock),
                     std::move(executor), std::move(id), config));
  session->connection_->Register(session->id_, session);
  return session;
}

CliSession::CliSession(std::shared_ptr<CliConnection> connection,
                       std::shared_ptr<Clock> clock,
                       std::shared_ptr<Executor> executor, std::string id,
                       const SessionConfig& config)
    : connection_(std::move(connection)),
      clock_(std::move(clock)),
      executor_(std::move(executor)),
      id_(std::move(id)),
      tools_(config.tools),
      on_permission_request_(config.on_permission_request),
      on_user_input_request_(config.on_user_input_request),
      hooks_(config.hooks) {}

CliSession::~CliSession() = default;

void CliSession::Forget() { connection_->Unregister(id_, this); }

SdkSession::ListenerId CliSession::On(std::string type, Listener listener) {
  const std::lock_guard lock(mutex_);
  const ListenerId id = next_listener_++;
  listeners_[std::move(type)][id] = std::move(listener);
  return id;
}

void CliSession::Off(ListenerId id) {
  const std::lock_guard lock(mutex_);
  for (auto& [type, listeners] : listeners_) {
    if (listeners.erase(id) != 0) return;
  }
}

Status CliSession::CallVoid(const char* method, Json params,
                            Milliseconds limit) {
  const auto answer = connection_->Call(method, params, limit);
  if (!answer) return Fail(answer.error());
  return {};
}

Json CliSession::SendParams(const MessageOptions& message) const {
  Json params = Params();
  params["prompt"] = message.prompt;
  if (!message.display_prompt.empty()) {
    params["displayPrompt"] = message.display_prompt;
  }
  if (!message.attachments.is_null()) {
    params["attachments"] = message.attachments;
  }
  if (!message.request_headers.is_null()) {
    params["requestHeaders"] = message.request_headers;
  }
  return params;
}

Status CliSession::Send(const MessageOptions& message) {
  return CallVoid("session.send", SendParams(message));
}

Expected<std::optional<Json>> CliSession::SendAndWait(
    const MessageOptions& message, Milliseconds timeout) {
  const auto turn = std::make_shared<Turn>();
  {
    const std::lock_guard lock(mutex_);
    if (end_) return Fail(*end_);
    turns_.push_back(turn);
  }
  // Before sending, so that a virtual clock that moves as soon as the CLI has
  // the message ends the turn.
  const Clock::TimerId timer = clock_->After(timeout, [turn, timeout] {
    turn->End(Error{fmt::format("Timeout after {}ms waiting for session.idle",
                                timeout.count()),
                    "", 0, 0});
  });
  connection_->Post("session.send", SendParams(message),
                    [turn](Error error) { turn->End(std::move(error)); });
  std::unique_lock lock(turn->mutex);
  turn->ended_changed.wait(lock, [&] { return turn->ended; });
  lock.unlock();
  clock_->Cancel(timer);
  {
    const std::lock_guard session_lock(mutex_);
    std::erase(turns_, turn);
  }
  lock.lock();
  if (turn->failure) return Fail(*turn->failure);
  return turn->last_message;
}

Status CliSession::Abort() { return CallVoid("session.abort", Params()); }

Status CliSession::Disconnect() {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return {};
  }
  Expected<std::string> answer = "";
  for (int attempt = 0; attempt < 2; ++attempt) {
    answer = connection_->Call("session.detach", Params());
    if (!answer || wire::RawMember(*answer, "success") == "true") break;
  }
  // CLIs before 1.0.80 have destroy only.
  if (!answer && answer.error().rpc_code == wire::kMethodNotFound) {
    answer = connection_->Call("session.destroy", Params());
  }
  if (!answer) return Fail(answer.error());
  if (wire::RawMember(*answer, "success") == "false") {
    return Fail("Failed to disconnect session " + id_ + ": Unknown error");
  }
  connection_->Unregister(id_, this);
  EndPending(Error{"Session was disconnected: " + id_, "", 0, 0});
  return {};
}

Expected<Json> CliSession::CompactHistory(
    const std::optional<std::string>& custom_instructions) {
  Json params = Params();
  if (custom_instructions) params["customInstructions"] = *custom_instructions;
  // The summary is written by a model; the caller bounds it.
  const auto answer =
      connection_->Call("session.history.compact", params, Milliseconds(0));
  if (!answer) return Fail(answer.error());
  Json result = Json::parse(*answer, nullptr, false);
  if (!result.is_object()) {
    return Fail("session.history.compact answered without a result");
  }
  return result;
}

Status CliSession::AbortManualCompaction() {
  return CallVoid("session.history.abortManualCompaction", Params());
}

Status CliSession::CancelBackgroundCompaction(Milliseconds bound) {
  return CallVoid("session.history.cancelBackgroundCompaction", Params(),
                  bound);
}

void CliSession::EndPending(const Error& error) {
  std::map<std::string, AbortController> tools;
  std::vector<std::shared_ptr<Turn>> turns;
  {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = error;
    tools.swap(pending_tools_);
    turns.swap(turns_);
  }
  for (const auto& [id, controller] : tools) controller.Abort();
  for (const auto& turn : turns) turn->End(error);
}

void CliSession::OnConnectionEnded(const Error& error) { EndPending(error); }

std::vector<SdkSession::Listener> CliSession::ListenersFor(
    const std::string& type) const {
  std::vector<Listener> found;
  const std::lock_guard lock(mutex_);
  const auto it = listeners_.find(type);
  if (it == listeners_.end()) return found;
  for (const auto& [id, listener] : it->second) found.push_back(listener);
  return found;
}

void CliSession::OnEvent(std::string_view raw_event) {
  const SessionEvent event(raw_event);
  HandleRequestEvent(event);
  for (const Listener& listener : ListenersFor(event.type())) listener(event);
  AdvanceTurn(event);
}

void CliSession::AdvanceTurn(const SessionEvent& event) {
  const std::string& type = event.type();
  const bool message = type == "assistant.message";
  const bool idle = type == "session.idle";
  const bool error = type == "session.error";
  if (!message && !idle && !error) return;
  std::vector<std::shared_ptr<Turn>> turns;
  {
    const std::lock_guard lock(mutex_);
    turns = turns_;
  }
  // Events of sub-agents end nothing (harness spec 6.2).
  if (turns.empty() || !event.is_root()) return;
  for (const auto& turn : turns) {
    if (message && !event.is_ephemeral()) {
      const std::lock_guard lock(turn->mutex);
      turn->last_message = event.json();
    } else if (idle && event.Text("mode") != "autopilot") {
      turn->End(std::nullopt);
    } else if (error) {
      turn->End(Error{event.Text("message"), "", 0, 0});
    }
  }
}

void CliSession::HandleRequestEvent(const SessionEvent& event) {
  if (event.type() == "external_tool.requested") {
    StartTool(event);
  } else if (event.type() == "external_tool.completed") {
    AbortController controller;
    {
      const std::lock_guard lock(mutex_);
      const auto it = pending_tools_.find(event.Text("requestId"));
      if (it == pending_tools_.end()) return;
      controller = it->second;
      pending_tools_.erase(it);
    }
    controller.Abort();
  } else if (event.type() == "permission.requested") {
    StartPermission(event);
  }
}

void CliSession::StartTool(const SessionEvent& event) {
  const std::string name = event.Text("toolName");
  const auto tool =
      std::find_if(tools_.begin(), tools_.end(),
                   [&](const SdkTool& each) { return each.name == name; });
  if (tool == tools_.end() || !tool->handler) return;
  const std::string request_id = event.Text("requestId");
  ToolInvocation invocation;
  invocation.session_id = id_;
  invocation.tool_call_id = event.Text("toolCallId");
  invocation.tool_name = name;
  invocation.arguments = MemberOrNull(event.data(), "arguments");
  {
    const std::lock_guard lock(mutex_);
    if (end_ || pending_tools_.count(request_id) != 0) return;
    invocation.signal = pending_tools_[request_id].signal();
  }
  if (tool->line_up) invocation.place = tool->line_up();
  executor_->Run([self = shared_from_this(), request_id, tool = *tool,
                  invocation] { self->RunTool(request_id, tool, invocation); });
}

void CliSession::RunTool(const std::string& request_id, const SdkTool& tool,
                         const ToolInvocation& invocation) {
  const Json result = tool.handler(invocation);
  {
    // The CLI no longer waits when somebody else answered, or it was aborted.
    const std::lock_guard lock(mutex_);
    if (end_ || pending_tools_.erase(request_id) == 0) return;
  }
  Json params = Params();
  params["requestId"] = request_id;
  params["result"] = result;
  connection_->Post("session.tools.handlePendingToolCall", params);
}

void CliSession::StartPermission(const SessionEvent& event) {
  const Json& resolved = MemberOrNull(event.data(), "resolvedByHook");
  if (resolved.is_boolean() && resolved.get<bool>()) return;
  if (!on_permission_request_) return;
  executor_->Run([self = shared_from_this(),
                  request_id = event.Text("requestId"),
                  request = MemberOrNull(event.data(), "permissionRequest")] {
    const Json decision = self->on_permission_request_(request, self->id_);
    {
      const std::lock_guard lock(self->mutex_);
      if (self->end_) return;
    }
    Json params = self->Params();
    params["requestId"] = request_id;
    params["result"] = decision;
    self->connection_->Post(
        "session.permissions.handlePendingPermissionRequest", params);
  });
}

void CliSession::OnUserInput(std::string_view raw_params,
                             wire::Responder responder) {
  const Json params =
      Json::parse(raw_params.begin(), raw_params.end(), nullptr, false);
  if (!on_user_input_request_) {
    responder.Error({wire::kInternalError,
                     "User input requested but no handler registered",
                     {}});
    return;
  }
  UserInputRequest request;
  request.question = StringMember(params, "question");
  for (const Json& choice : MemberOrNull(params, "choices")) {
    if (choice.is_string()) request.choices.push_back(choice);
  }
  const Json& freeform = MemberOrNull(params, "allowFreeform");
  request.allow_freeform = !(freeform.is_boolean() && !freeform.get<bool>());
  on_user_input_request_(request, [responder](const UserInputAnswer& answer) {
    responder.Result(
        Json{{"answer", answer.answer}, {"wasFreeform", answer.was_freeform}});
  });
}

void CliSession::OnHook(std::string_view raw_params,
                        wire::Responder responder) {
  const Json params =
      Json::parse(raw_params.begin(), raw_params.end(), nullptr, false);
  const auto hook = hooks_.find(StringMember(params, "hookType"));
  if (hook == hooks_.end()) {
    responder.Result("{}");  // no opinion (protocol 14)
    return;
  }
  executor_->Run([self = shared_from_this(), run = hook->second,
                  input = MemberOrNull(params, "input"),
                  responder = std::move(responder)] {
    const Json output = run(input, self->id_);
    responder.Result(output.is_null() ? Json::object()
                                      : Json{{"output", output}});
  });
}

}  // namespace copilot::harness
