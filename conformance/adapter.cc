// SPDX-License-Identifier: MIT
#include "conformance/adapter.h"

#include <fmt/format.h>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kShutdownLimit(3000);

Outcome ToOutcome(const wire::RawResult& raw) {
  if (!raw) {
    return {false,
            {{"code", raw.error().code}, {"message", raw.error().message}}};
  }
  return {true, Json::parse(*raw, nullptr, false)};
}

Json Parse(std::string_view params) {
  Json value = Json::parse(params, nullptr, false);
  return value.is_object() ? value : Json::object();
}

void Throw(const wire::Responder& responder, const std::string& text) {
  responder.Error({-32000, text, nullptr});
}

// `{"$throw": text}`: the host's callback throws.
bool Throws(const Json& value, const wire::Responder& responder) {
  if (!value.is_object() || !value.contains("$throw")) return false;
  Throw(responder, value["$throw"].get<std::string>());
  return true;
}

}  // namespace

Adapter::Adapter(Loop& loop, const std::vector<std::string>& command,
                 std::vector<std::string> environment,
                 const std::string& directory, HostBehaviour behaviour,
                 Evidence& evidence)
    : loop_(loop), behaviour_(std::move(behaviour)), evidence_(evidence) {
  wire::ChildOptions options;
  options.argv = command;
  options.environment = std::move(environment);
  options.working_directory = directory;
  options.on_stderr = [this](std::string_view text) {
    constexpr size_t kMost = 1 << 20;
    if (evidence_.stderr_text.size() < kMost) evidence_.stderr_text += text;
  };
  auto child = wire::ChildProcess::Spawn(loop.io(), std::move(options));
  if (!child) throw EnvironmentFailed("the adapter: " + child.error());
  child_ = std::move(*child);
  peer_ = std::make_unique<wire::Peer>(loop.io(), child_->TakeTransport(),
                                       wire::MakeLineFraming());
  peer_->Start(this);
}

Adapter::~Adapter() = default;

void Adapter::Call(const std::string& method, const Json& params,
                   std::function<void(Outcome)> done) {
  peer_->Call(method, params.dump(),
              [done = std::move(done)](const wire::RawResult& raw) {
                done(ToOutcome(raw));
              });
}

Outcome Adapter::CallAndWait(const std::string& method, const Json& params) {
  std::optional<Outcome> outcome;
  Call(method, params, [&](Outcome o) { outcome = std::move(o); });
  try {
    loop_.RunUntil("the adapter's answer to " + method,
                   [&] { return outcome.has_value() || gone(); });
  } catch (const StepFailed&) {
    // The answer would be written to this frame when it comes after all.
    peer_->Close();
    peer_.reset();
    throw;
  }
  if (!outcome) throw StepFailed("the adapter ended: " + HowItEnded());
  const bool lost = !outcome->ok &&
                    outcome->value.value("code", 0) == wire::kConnectionClosed;
  if (lost) {
    throw StepFailed("the adapter ended during " + method + ": " +
                     HowItEnded());
  }
  return *outcome;
}

std::string Adapter::HowItEnded() {
  constexpr milliseconds kReapLimit(500);
  loop_.RunFor(kReapLimit, [&] { return child_->exit_status().has_value(); });
  const auto status = child_->exit_status();
  return status ? status->ToString() : end_reason_;
}

void Adapter::Shutdown() {
  if (peer_ == nullptr) return;
  bool answered = gone();
  // Shared, because the answer may come after this function.
  const auto flag = std::make_shared<bool>(answered);
  if (!answered) {
    Call("shutdown", Json::object(), [flag](const Outcome&) { *flag = true; });
    loop_.RunFor(kShutdownLimit, [&] { return *flag || gone(); });
    peer_->CloseWrite();
  }
  if (!loop_.RunFor(kShutdownLimit,
                    [&] { return child_->exit_status().has_value(); })) {
    child_->Kill();
    loop_.RunFor(kShutdownLimit,
                 [&] { return child_->exit_status().has_value(); });
  }
}

void Adapter::OnClosed(const std::string& reason) { end_reason_ = reason; }

void Adapter::OnGarbage(const wire::RpcError& error, std::string_view body,
                        bool) {
  evidence_.notified.emplace_back(
      "$garbage", Json{{"error", error.message},
                       {"text", std::string(body.substr(0, 200))}});
}

void Adapter::OnNotification(const wire::Message& notification) {
  evidence_.notified.emplace_back(notification.method,
                                  Parse(notification.params));
}

void Adapter::OnRequest(const wire::Message& request,
                        wire::Responder responder) {
  const Json params = Parse(request.params);
  evidence_.notified.emplace_back(request.method, params);
  if (request.method == "tool.execute") {
    ExecuteTool(params, responder);
  } else if (request.method == "permission.decide") {
    Decide(params, responder);
  } else if (request.method == "hook.fired") {
    FireHook(params, responder);
  } else {
    responder.Error(
        {wire::kMethodNotFound, "no such method: " + request.method, nullptr});
  }
}

void Adapter::ExecuteTool(const Json& params,
                          const wire::Responder& responder) {
  const std::string name = params.value("toolName", "");
  const Json tool = behaviour_.tools.value(name, Json());
  if (tool.is_null()) return Throw(responder, "no such tool: " + name);
  if (tool.contains("stall")) {
    stalled_.push_back(responder);
    return;
  }
  if (tool.contains("error")) return Throw(responder, tool["error"]);
  const Json result = tool.value("result", Json(""));
  if (!result.is_string()) return responder.Result(result);
  responder.Result(
      Json{{"content", Json::array({{{"type", "text"}, {"text", result}}})}});
}

void Adapter::Decide(const Json& params, const wire::Responder& responder) {
  const Json request = params.value("request", Json::object());
  const std::string kind = request.value("kind", "");
  Json decision;
  if (behaviour_.policy.is_object()) {
    decision = behaviour_.policy.contains(kind)
                   ? behaviour_.policy[kind]
                   : behaviour_.policy.value("*", Json());
  }
  if (!Throws(decision, responder)) {
    responder.Result(Json{{"decision", decision}});
  }
}

void Adapter::FireHook(const Json& params, const wire::Responder& responder) {
  const Json hook =
      behaviour_.hooks.value(params.value("hook", ""), Json::object());
  if (!Throws(hook, responder)) {
    responder.Result(hook.is_null() ? Json::object() : hook);
  }
}

}  // namespace copilot::conformance
