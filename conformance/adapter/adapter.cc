// SPDX-License-Identifier: MIT
#include "conformance/adapter/adapter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kEndLimit(5000);
constexpr milliseconds kReapLimit(500);
// CLIs that were told to go may take a moment.
constexpr milliseconds kLeftOverLimit(2000);

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

Adapter::Adapter(Loop& loop, std::unique_ptr<AdapterProcess> process,
                 HostBehaviour behaviour, Evidence& evidence)
    : loop_(loop),
      behaviour_(std::move(behaviour)),
      evidence_(evidence),
      process_(std::move(process)) {
  process_->Attach(this);
}

Adapter::~Adapter() {
  if (process_) process_->Detach();
  for (const wire::Responder& responder : stalled_) responder.Abandon();
}

void Adapter::Call(const std::string& method, const Json& params,
                   std::function<void(Outcome)> done) {
  process_->Call(method, params, std::move(done));
}

Outcome Adapter::CallAndWait(const std::string& method, const Json& params) {
  std::optional<Outcome> outcome;
  Call(method, params, [&](Outcome o) { outcome = std::move(o); });
  try {
    loop_.RunUntil("the adapter's answer to " + method, [&] {
      return outcome.has_value() || process_->gone() ||
             process_->conversation().lost_an_answer();
    });
  } catch (const StepFailed&) {
    // The answer would be written to this frame when it comes after all.
    process_->Close();
    throw;
  }
  const bool lost = outcome && !outcome->ok &&
                    outcome->value.value("code", 0) == wire::kConnectionClosed;
  if (outcome && !lost) return *outcome;
  if (!process_->gone() && !lost) {
    process_->Close();
    throw StepFailed("no answer to " + method +
                     ": the adapter answered another id");
  }
  throw StepFailed("the adapter ended during " + method + ": " + HowItEnded());
}

void Adapter::CheckAlive() {
  if (process_->gone()) throw StepFailed("the adapter ended: " + HowItEnded());
  if (process_->conversation().lost_an_answer()) {
    throw StepFailed("the adapter answered another id");
  }
}

std::string Adapter::HowItEnded() {
  loop_.RunFor(kReapLimit, [&] { return process_->exit_status().has_value(); });
  const auto status = process_->exit_status();
  KeepEnd();
  return status ? status->ToString() : process_->end_reason();
}

void Adapter::Shutdown() {
  process_->Shutdown(loop_);
  KeepEnd();
}

std::unique_ptr<AdapterProcess> Adapter::EndScenario(
    const std::function<bool()>& clis_running) {
  if (process_->closed() || process_->gone()) return nullptr;
  AdapterConversation& conversation = process_->conversation();
  const auto complain = [&](std::string problem) {
    conversation.Complain({Side::kAdapter, 0, "", "scenario.end",
                           std::move(problem), "", "scenarioend"});
    return nullptr;
  };
  std::optional<Outcome> outcome;
  Call("scenario.end", Json::object(),
       [&](Outcome o) { outcome = std::move(o); });
  loop_.RunFor(kEndLimit,
               [&] { return outcome.has_value() || process_->gone(); });
  process_->Detach();
  if (!outcome) {
    return complain(process_->gone() ? "the adapter ended: " + HowItEnded()
                                     : fmt::format("no answer within {} ms",
                                                   kEndLimit.count()));
  }
  if (!outcome->ok) {
    return complain("expected a result, got error " + Shown(outcome->value));
  }
  const auto open = conversation.Unanswered();
  if (!open.empty()) {
    return complain(
        fmt::format("answered while {} has no answer: abort what runs, "
                    "and answer it first",
                    fmt::join(open, ", ")));
  }
  if (!loop_.RunFor(kLeftOverLimit, [&] { return !clis_running(); })) {
    return complain("answered while CLIs of the scenario run: stop them first");
  }
  return std::move(process_);
}

void Adapter::KeepEnd() {
  const auto status = process_->exit_status();
  if (!status || end_kept_) return;
  end_kept_ = true;
  evidence_.log.Ended(kHarness, status->ToString());
}

void Adapter::OnStderr(std::string_view text) {
  constexpr size_t kMost = 1 << 20;
  if (evidence_.stderr_text.size() < kMost) evidence_.stderr_text += text;
}

void Adapter::OnLine(bool incoming, std::string_view body) {
  evidence_.log.Heard(incoming ? kHarness : kRunner,
                      incoming ? kRunner : kHarness, body);
  evidence_.adapter_lines.emplace_back(body);
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
  } else if (request.method == "nativeHook.fired") {
    FireNativeHook(params, responder);
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

void Adapter::FireNativeHook(const Json& params,
                             const wire::Responder& responder) {
  const Json output =
      behaviour_.native_hooks.value(params.value("hook", ""), Json());
  if (!Throws(output, responder)) responder.Result(Json{{"output", output}});
}

}  // namespace copilot::conformance
