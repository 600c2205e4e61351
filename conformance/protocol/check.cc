// SPDX-License-Identifier: MIT
#include "conformance/protocol/check.h"

#include <algorithm>
#include <utility>

#include "conformance/protocol/checked_adapter.h"
#include "conformance/protocol/turn_steps.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr char kVariable[] = "ADAPTER_CHECK";

class Walk {
 public:
  Walk(const CheckRequest& request,
       const std::function<void(const CheckStep&)>& on_step)
      : on_step_(on_step), adapter_(request), turns_(adapter_) {}

  CheckResult Run() {
    adapter_.Start("real");
    if (!Step("initialize", [this] { return adapter_.Initialize(); })) {
      return Done();
    }
    Step("a method that does not exist", [this] { return Unknown(); });
    if (!Step("harness.create", [this] { return adapter_.Create(); })) {
      return Done();
    }
    Turns();
    Rest();
    return Done();
  }

 private:
  using Body = std::function<std::string()>;  // gives a remark
  using Turn = void (TurnSteps::*)();

  void Turns() {
    if (adapter_.capable("attempt")) {
      has_attempts_ = Step("attempt.run", Body([this] {
                             turns_.Attempt();
                             return "";
                           }));
    } else {
      NotAnnounced("attempt.run", "attempt");
    }
    Feature("harness.supports", "supports", [this] { return Supports(); });
    OfTurns("attempt.delta", "deltas", &TurnSteps::Deltas);
    OfTurns("tool.execute", "tools", &TurnSteps::Tool);
    OfTurns("permission.decide", "permission", &TurnSteps::Permission);
    OfTurns("question.asked, question.answer", "question",
            &TurnSteps::Question);
    OfTurns("attempt.abort, and requests that overlap", "abort",
            &TurnSteps::Abort);
    OfTurns("attempt.steer", "steer", &TurnSteps::Steer);
    OfTurns("session.compact", "compact", &TurnSteps::Compact);
    OfTurns("hook.fired", "hooks", &TurnSteps::Hooks);
    if (adapter_.capable("nativeHooks")) {
      // Only a tool makes the CLI ask.
      OfTurns("nativeHook.fired", "tools", &TurnSteps::NativeHooks);
    } else {
      NotAnnounced("nativeHook.fired", "nativeHooks");
    }
    OfTurns("a transcript", "transcript", &TurnSteps::Transcript);
  }

  void Rest() {
    Feature("environment.set", "environment", [this] {
      adapter_.Result(
          "environment.set",
          {{"variables", {{kVariable, "1"}, {"NO_SUCH", nullptr}}}});
      return "";
    });
    Feature("harness.reset", "reset", [this] {
      adapter_.Result("harness.reset",
                      {{"harness", "default"}, {"sessionId", "session-1"}});
      return "";
    });
    Feature("harness.dispose", "dispose", [this] {
      adapter_.Result("harness.dispose", {{"harness", "default"}});
      adapter_.ExpectNoClis("harness.dispose");
      return "";
    });
    if (adapter_.persistent()) {
      Step("scenario.end and scenario.begin",
           [this] { return NextScenario(); });
    } else {
      Leave("scenario.end and scenario.begin", CheckStep::State::kNotAnnounced,
            "the adapter is not persistent");
    }
    Step("shutdown", [this] { return Shutdown(); });
    Feature("clock.advance", "clock", [this] { return Advance(); });
  }

  CheckResult Done() {
    constexpr size_t kMost = 2000;
    const std::string& text = adapter_.stderr_text();
    result_.stderr_tail =
        text.size() <= kMost ? text : text.substr(text.size() - kMost);
    result_.capabilities = adapter_.capabilities();
    return result_;
  }

  void Leave(const std::string& name, CheckStep::State state,
             std::string reason) {
    result_.steps.push_back({name, state, std::move(reason)});
    on_step_(result_.steps.back());
  }
  void NotAnnounced(const std::string& name, const std::string& capability) {
    Leave(name, CheckStep::State::kNotAnnounced,
          "the adapter lacks the capability \"" + capability + "\"");
  }

  void Feature(const std::string& name, const std::string& capability,
               const Body& body) {
    if (!adapter_.capable(capability)) return NotAnnounced(name, capability);
    Step(name, body);
  }
  void OfTurns(const std::string& name, const std::string& capability,
               Turn turn) {
    if (!adapter_.capable(capability)) return NotAnnounced(name, capability);
    if (!has_attempts_) {
      return Leave(name, CheckStep::State::kNotReached,
                   "there are no turns without attempt.run");
    }
    Step(name, Body([this, turn] {
           (turns_.*turn)();
           return "";
         }));
  }

  // Whether nothing was wrong.
  bool Step(const std::string& name, const Body& body) {
    CheckStep step{name, CheckStep::State::kOk, ""};
    try {
      if (!adapter_.has_process()) Restart();
      step.detail = body();
    } catch (const Wrong& wrong) {
      step.state = CheckStep::State::kWrong;
      step.detail = wrong.problem;
    } catch (const EnvironmentFailed& failure) {
      step.state = CheckStep::State::kWrong;
      step.detail = failure.what();
    }
    const std::string faults = adapter_.TakeFaults();
    if (!faults.empty()) {
      // A fault explains most of what comes after it.
      step.state = CheckStep::State::kWrong;
      step.detail = faults + step.detail;
    }
    if (adapter_.is_lost()) adapter_.EndProcess();
    result_.steps.push_back(step);
    on_step_(step);
    return step.state == CheckStep::State::kOk;
  }

  // After a crash: the rest can be looked at all the same.
  void Restart() {
    adapter_.Start("real");
    adapter_.Initialize();
    adapter_.Create();
    adapter_.TakeFaults();
  }

  std::string Unknown() {
    const Outcome outcome =
        adapter_.WaitFor(*adapter_.Send("x.no.such.method", Json::object()));
    if (outcome.ok || outcome.value.value("code", 0) != wire::kMethodNotFound) {
      adapter_.Fail(
          "expected an error with code -32601, got " + outcome.value.dump(),
          "methods of later versions must fail in a way that can be told",
          "errors");
    }
    return "";
  }

  std::string Supports() {
    return adapter_
        .Result("harness.supports",
                {{"harness", "default"},
                 {"context",
                  {{"runtime", "copilot"}, {"provider", "github-copilot"}}}})
        .dump();
  }

  std::string NextScenario() {
    adapter_.Result("scenario.end", Json::object());
    adapter_.ExpectNoClis("scenario.end");
    adapter_.MoveOn();
    adapter_.Result("scenario.begin", adapter_.Surroundings());
    adapter_.Create();
    if (has_attempts_) turns_.Attempt();
    return "";
  }

  std::string Shutdown() {
    adapter_.Result("shutdown", Json::object());
    const auto status = adapter_.WaitForExit(milliseconds(3000));
    if (!status) {
      adapter_.Fail("expected the adapter to exit within 3000 ms", "",
                    "shutdown");
    }
    if (status->code != 0) {
      adapter_.Fail("expected exit code 0, got " + status->ToString(), "",
                    "shutdown");
    }
    adapter_.ExpectNoClis("shutdown");
    return "";
  }

  // In a process of its own: the clock is chosen at the beginning.
  std::string Advance() {
    adapter_.EndProcess();
    adapter_.Start("virtual");
    adapter_.Initialize();
    adapter_.Create();
    adapter_.Result("clock.advance", {{"ms", 1000}});
    return "";
  }

  const std::function<void(const CheckStep&)>& on_step_;
  CheckedAdapter adapter_;
  TurnSteps turns_;
  CheckResult result_;
  bool has_attempts_ = false;
};

}  // namespace

bool CheckResult::passed() const {
  return std::none_of(steps.begin(), steps.end(), [](const CheckStep& step) {
    return step.state == CheckStep::State::kWrong ||
           step.state == CheckStep::State::kNotReached;
  });
}

CheckResult CheckAdapter(const CheckRequest& request,
                         const std::function<void(const CheckStep&)>& on_step) {
  return Walk(request, on_step).Run();
}

}  // namespace copilot::conformance
