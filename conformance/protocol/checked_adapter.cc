// SPDX-License-Identifier: MIT
#include "conformance/protocol/checked_adapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "conformance/protocol/messages.h"
#include "conformance/protocol/turn_steps.h"
#include "conformance/scenario/matcher.h"
#include "conformance/stage/wrapped_cli.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

// The heading of a method in docs/adapter-protocol.md.
std::string SectionOf(std::string method) {
  std::erase(method, '.');
  return method;
}

}  // namespace

CheckedAdapter::Place::Place(Loop& loop, const std::string& fake_cli)
    : journal(sandbox.own("journal.jsonl")),
      cli(WrapFakeCli(loop, sandbox, fake_cli, TurnScript())) {}

CheckedAdapter::CheckedAdapter(const CheckRequest& request)
    : request_(request),
      // Each wait has its own limit.
      loop_(std::chrono::hours(24)),
      place_(std::make_unique<Place>(loop_, request.fake_cli)) {}

CheckedAdapter::~CheckedAdapter() {
  if (adapter_) adapter_->Shutdown();
  adapter_.reset();
  place_->journal.Refresh();
}

void CheckedAdapter::Start(const std::string& clock) {
  HostBehaviour behaviour;
  behaviour.tools = {{"lookup", {{"result", "42"}}}};
  behaviour.policy = {{"*", {{"kind", "approve-once"}}}};
  auto process = std::make_unique<AdapterProcess>(
      loop_.io(), request_.command, Environment(), place_->sandbox.workspace());
  adapter_ = std::make_unique<Adapter>(loop_, std::move(process),
                                       std::move(behaviour), evidence_);
  clock_ = clock;
}

std::vector<std::string> CheckedAdapter::Environment() const {
  std::vector<std::string> list;
  const Json variables = Variables();
  for (const auto& [name, value] : variables.items()) {
    list.push_back(name + "=" + value.get<std::string>());
  }
  return list;
}

Json CheckedAdapter::Variables() const {
  return {{"HOME", place_->sandbox.home()},
          {"PATH", request_.path},
          {"TMPDIR", place_->sandbox.temp()},
          {"LANG", "C.UTF-8"},
          {"GH_TOKEN", "tok-adapter-check"}};
}
Json CheckedAdapter::Surroundings() const {
  const Sandbox& sandbox = place_->sandbox;
  return {{"cli", {{"path", place_->cli}}},
          {"dirs",
           {{"home", sandbox.home()},
            {"workspace", sandbox.workspace()},
            {"state", sandbox.state()},
            {"temp", sandbox.temp()}}},
          {"environment", Variables()},
          {"clock", clock_}};
}

// To see what came instead of what was expected.
std::string CheckedAdapter::LastLine() const {
  const auto& conversation = adapter_->process().conversation();
  if (conversation.lines() == 0) return "the adapter has sent no line yet\n";
  return fmt::format("line {} that the adapter sent, the last one: {}\n",
                     conversation.lines(), conversation.last_line());
}

void CheckedAdapter::Fail(const std::string& problem, const std::string& advice,
                          const std::string& section) const {
  throw Wrong{LastLine() + "  " + problem + "\n" +
              (advice.empty() ? "" : "  " + advice + "\n") +
              (section.empty()
                   ? ""
                   : "  see docs/adapter-protocol.md#" + section + "\n")};
}

void CheckedAdapter::WaitUntil(const std::string& what,
                               const std::function<bool()>& holds,
                               const std::string& section) {
  loop_.RunFor(request_.limit, [&] { return holds() || is_lost(); });
  if (holds()) return;
  if (adapter_->process().gone()) {
    Fail(fmt::format("expected {}, but the adapter ended: {}", what,
                     HowItEnded()),
         "look at its stderr");
  }
  if (is_lost()) throw Wrong{};  // its faults tell
  Fail(fmt::format("expected {} within {} ms", what, request_.limit.count()),
       "", section);
}

std::string CheckedAdapter::HowItEnded() {
  constexpr milliseconds kReapLimit(500);
  const auto status = WaitForExit(kReapLimit);
  return status ? status->ToString() : adapter_->process().end_reason();
}

std::shared_ptr<PendingCall> CheckedAdapter::Send(const std::string& method,
                                                  const Json& params) {
  auto call = std::make_shared<PendingCall>();
  call->method = method;
  adapter_->Call(method, params,
                 [call](Outcome came) { call->outcome = std::move(came); });
  return call;
}

Outcome CheckedAdapter::WaitFor(const PendingCall& call) {
  const std::string what = "an answer to " + call.method;
  WaitUntil(
      what, [&] { return call.outcome.has_value(); }, SectionOf(call.method));
  if (!call.outcome->ok &&
      call.outcome->value.value("code", 0) == wire::kConnectionClosed) {
    Fail("expected " + what + ", but the adapter ended: " + HowItEnded(),
         "look at its stderr");
  }
  return *call.outcome;
}

Json CheckedAdapter::ResultOf(const PendingCall& call) {
  Outcome came = WaitFor(call);
  if (!came.ok) {
    Fail(fmt::format("expected a result of {}, got the error {}", call.method,
                     came.value.dump()),
         "", SectionOf(call.method));
  }
  return came.value;
}

Json CheckedAdapter::Result(const std::string& method, const Json& params) {
  return ResultOf(*Send(method, params));
}

std::string CheckedAdapter::TakeFaults() {
  std::string text = std::exchange(faults_of_ended_, "");
  if (!adapter_) return text;
  for (const auto& fault : adapter_->process().conversation().TakeFaults()) {
    if (fault.by == Side::kRunner) text += "fault of the suite: ";
    text += fault.what + ": " + fault.ToString();
  }
  return text;
}

bool CheckedAdapter::is_lost() const {
  return adapter_ && (adapter_->process().gone() ||
                      adapter_->process().conversation().lost_an_answer());
}

void CheckedAdapter::EndProcess() {
  if (!adapter_) return;
  adapter_->Shutdown();
  faults_of_ended_ = TakeFaults();
  adapter_.reset();
}

std::optional<wire::ExitStatus> CheckedAdapter::WaitForExit(
    milliseconds limit) {
  AdapterProcess& process = adapter_->process();
  loop_.RunFor(limit, [&] { return process.exit_status().has_value(); });
  return process.exit_status();
}

void CheckedAdapter::MoveOn() {
  place_ = std::make_unique<Place>(loop_, request_.fake_cli);
}

std::vector<Json> CheckedAdapter::Notified(const std::string& method,
                                           const std::string& attempt) const {
  std::vector<Json> found;
  for (const auto& [name, params] : evidence_.notified) {
    if (name == method && params.value("attempt", attempt) == attempt) {
      found.push_back(params);
    }
  }
  return found;
}

void CheckedAdapter::Expect(const std::string& method,
                            const std::string& attempt,
                            const std::string& advice) {
  if (!Notified(method, attempt).empty()) return;
  Fail(fmt::format("expected {} for the attempt \"{}\", none came", method,
                   attempt),
       advice, SectionOf(method));
}

std::string CheckedAdapter::Initialize() {
  Json params = Surroundings();
  params["protocolVersion"] = 1;
  Json hello = Result("initialize", params);
  if (!hello.is_object()) {
    Fail("$.result: expected an object, got " + Shown(hello), "", "initialize");
  }
  if (hello.value("protocolVersion", Json()) != 1) {
    Fail("$.result.protocolVersion: expected 1, got " +
             hello.value("protocolVersion", Json()).dump(),
         "", "initialize");
  }
  std::string remark = fmt::format(
      "{} {} ({}){}", hello.value("name", Json("no name")).dump(),
      hello.value("version", ""), hello.value("language", "no language"),
      hello.value("persistent", Json()) == true ? ", persistent" : "");
  const auto& known = ProtocolMessages::Get().capabilities();
  const Json announced = hello.value("capabilities", Json::array());
  for (const Json& each : announced) {
    if (!each.is_string()) continue;  // the schema has complained
    capabilities_.insert(each);
    if (std::none_of(known.begin(), known.end(),
                     [&](const auto& one) { return one.name == each; })) {
      remark += fmt::format("\nthe capability {} is unknown, and ignored",
                            each.dump());
    }
  }
  adapter_->process().hello = std::move(hello);
  return remark;
}

std::string CheckedAdapter::Create() {
  const Json made = Result(
      "harness.create", {{"harness", "default"}, {"options", Json::object()}});
  return made.value("label", "");
}

void CheckedAdapter::ExpectNoClis(const std::string& method) {
  constexpr milliseconds kLeftOverLimit(2000);
  const auto none = [&] {
    journal().Refresh();
    return journal().Running().empty();
  };
  if (loop_.RunFor(kLeftOverLimit, none)) return;
  Fail("expected no CLI to run after the answer to " + method,
       "stop them, and wait for their end, before the answer",
       SectionOf(method));
}

}  // namespace copilot::conformance
