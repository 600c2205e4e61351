// SPDX-License-Identifier: MIT
#include "conformance/protocol/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "conformance/adapter.h"
#include "conformance/journal.h"
#include "conformance/sandbox.h"
#include "conformance/wrapped_cli.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr char kVariable[] = "ADAPTER_CHECK";

// What the fake CLI says to the prompts of the steps.
Json Script() {
  const auto turn = [](const char* prompt, const Json& steps) {
    return Json{{"when", {{"prompt", {{"regex", prompt}}}}}, {"steps", steps}};
  };
  return {
      {"turns",
       {turn("tool", {{{"toolCall",
                        {{"name", "lookup"},
                         {"arguments", {{"q", "cats"}}},
                         {"as", "answer"}}}},
                      {{"say", "Found: {{answer.text}}"}}}),
        turn("permission", {{{"permission",
                              {{"kind", "shell"},
                               {"fullCommandText", "ls"},
                               {"as", "decision"}}}},
                            {{"say", "went on"}}}),
        turn("question", {{{"askUser",
                            {{"question", "Which colour?"},
                             {"choices", {"red", "blue"}},
                             {"as", "reply"}}}},
                          {{"say", "You said {{reply.answer}}."}}}),
        turn("for ever", {{{"stall", true}}}), turn("", {{{"say", "hello"}}})}},
      {"compaction",
       {{"summary", "All about cats."},
        {"messagesRemoved", 2},
        {"tokensRemoved", 500}}}};
}

// A step cannot go on.
struct Wrong {
  std::string problem;
};

// A directory with a CLI in it, as a scenario has one.
struct Place {
  Place(Loop& loop, const std::string& fake_cli)
      : journal(sandbox.own("journal.jsonl")),
        cli(WrapFakeCli(loop, sandbox, fake_cli, Script())) {}

  bool HasRunningClis() {
    journal.Refresh();
    return !journal.Running().empty();
  }

  Sandbox sandbox;
  Journal journal;
  std::string cli;
};

class AdapterCheck {
 public:
  AdapterCheck(const CheckRequest& request,
               const std::function<void(const CheckStep&)>& on_step)
      : request_(request),
        on_step_(on_step),
        // Each wait has its own limit.
        loop_(std::chrono::hours(24)),
        place_(std::make_unique<Place>(loop_, request.fake_cli)) {}

  ~AdapterCheck() {
    if (adapter_) adapter_->Shutdown();
    adapter_.reset();
    place_->journal.Refresh();
  }

  CheckResult Run() {
    Start("real");
    if (!Step("initialize", [this] { return Initialize("real"); })) {
      return Done();
    }
    Step("a method that does not exist", [this] { return Unknown(); });
    if (!Step("harness.create", [this] { return Create(); })) return Done();
    if (capable("attempt")) {
      has_attempts_ = Step("attempt.run", [this] { return Attempt(); });
    } else {
      NotAnnounced("attempt.run", "attempt");
    }
    Feature("harness.supports", "supports", [this] { return Supports(); });
    OfTurns("attempt.delta", "deltas", [this] { return Deltas(); });
    OfTurns("tool.execute", "tools", [this] { return Tool(); });
    OfTurns("permission.decide", "permission", [this] { return Permit(); });
    OfTurns("question.asked, question.answer", "question",
            [this] { return Question(); });
    OfTurns("attempt.abort, and requests that overlap", "abort",
            [this] { return Abort(); });
    OfTurns("attempt.steer", "steer", [this] { return Steer(); });
    OfTurns("session.compact", "compact", [this] { return Compact(); });
    OfTurns("hook.fired", "hooks", [this] { return Hooks(); });
    OfTurns("a transcript", "transcript", [this] { return Transcript(); });
    Feature("environment.set", "environment", [this] {
      Result("environment.set",
             {{"variables", {{kVariable, "1"}, {"NO_SUCH", nullptr}}}});
      return "";
    });
    Feature("harness.reset", "reset", [this] {
      Result("harness.reset",
             {{"harness", "default"}, {"sessionId", "session-1"}});
      return "";
    });
    Feature("harness.dispose", "dispose", [this] { return Dispose(); });
    if (adapter_ && adapter_->process().persistent()) {
      Step("scenario.end and scenario.begin",
           [this] { return NextScenario(); });
    } else {
      Leave("scenario.end and scenario.begin", CheckStep::State::kNotAnnounced,
            "the adapter is not persistent");
    }
    Step("shutdown", [this] { return Shutdown(); });
    Feature("clock.advance", "clock", [this] { return Advance(); });
    return Done();
  }

 private:
  using Body = std::function<std::string()>;  // gives a remark

  bool capable(const std::string& name) const {
    return result_.capabilities.contains(name);
  }

  CheckResult Done() {
    constexpr size_t kMost = 2000;
    const std::string& text = evidence_.stderr_text;
    result_.stderr_tail =
        text.size() <= kMost ? text : text.substr(text.size() - kMost);
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
    if (!capable(capability)) return NotAnnounced(name, capability);
    Step(name, body);
  }
  void OfTurns(const std::string& name, const std::string& capability,
               const Body& body) {
    if (!capable(capability)) return NotAnnounced(name, capability);
    if (!has_attempts_) {
      return Leave(name, CheckStep::State::kNotReached,
                   "there are no turns without attempt.run");
    }
    Step(name, body);
  }

  // Whether nothing was wrong.
  bool Step(const std::string& name, const Body& body) {
    CheckStep step{name, CheckStep::State::kOk, ""};
    try {
      if (!adapter_) Restart();
      step.detail = body();
    } catch (const Wrong& wrong) {
      step.state = CheckStep::State::kWrong;
      step.detail = wrong.problem;
    } catch (const EnvironmentFailed& failure) {
      step.state = CheckStep::State::kWrong;
      step.detail = failure.what();
    }
    std::string faults = std::exchange(faults_of_ended_, "");
    if (adapter_) faults += TakeFaults();
    if (!faults.empty()) {
      // A fault explains most of what comes after it.
      step.state = CheckStep::State::kWrong;
      step.detail = faults + step.detail;
    }
    if (adapter_ && (adapter_->process().gone() ||
                     adapter_->process().conversation().lost_an_answer())) {
      EndProcess();
    }
    result_.steps.push_back(step);
    on_step_(step);
    return step.state == CheckStep::State::kOk;
  }

  std::string TakeFaults() {
    std::string text;
    for (const auto& fault : adapter_->process().conversation().TakeFaults()) {
      if (fault.by == Side::kRunner) text += "fault of the suite: ";
      text += fault.what + ": " + fault.ToString();
    }
    return text;
  }

  void EndProcess() {
    adapter_->Shutdown();
    faults_of_ended_ += TakeFaults();
    adapter_.reset();
  }

  // After a crash: the rest can be looked at all the same.
  void Restart() {
    Start("real");
    Initialize("real");
    Create();
    faults_of_ended_.clear();
    TakeFaults();
  }

  void Start(const std::string& clock) {
    HostBehaviour behaviour;
    behaviour.tools = {{"lookup", {{"result", "42"}}}};
    behaviour.policy = {{"*", {{"kind", "approve-once"}}}};
    auto process = std::make_unique<AdapterProcess>(
        loop_.io(), request_.command, Environment(),
        place_->sandbox.workspace());
    adapter_ = std::make_unique<Adapter>(loop_, std::move(process),
                                         std::move(behaviour), evidence_);
    clock_ = clock;
  }

  std::vector<std::string> Environment() const {
    std::vector<std::string> list;
    const Json variables = Variables();
    for (const auto& [name, value] : variables.items()) {
      list.push_back(name + "=" + value.get<std::string>());
    }
    return list;
  }
  Json Variables() const {
    return {{"HOME", place_->sandbox.home()},
            {"PATH", request_.path},
            {"TMPDIR", place_->sandbox.temp()},
            {"LANG", "C.UTF-8"},
            {"GH_TOKEN", "tok-adapter-check"}};
  }
  Json Surroundings() const {
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

  // "; the last line …", to see what came instead.
  std::string LastLine() const {
    const auto& conversation = adapter_->process().conversation();
    if (conversation.lines() == 0) return "the adapter has sent no line yet\n";
    return fmt::format("line {} that the adapter sent, the last one: {}\n",
                       conversation.lines(), conversation.last_line());
  }

  [[noreturn]] void Fail(const std::string& problem,
                         const std::string& advice = "",
                         const std::string& section = "") const {
    throw Wrong{LastLine() + "  " + problem + "\n" +
                (advice.empty() ? "" : "  " + advice + "\n") +
                (section.empty()
                     ? ""
                     : "  see docs/adapter-protocol.md#" + section + "\n")};
  }

  void WaitUntil(const std::string& what, const std::function<bool()>& holds,
                 const std::string& section) {
    const auto over = [&] {
      return holds() || adapter_->process().gone() ||
             adapter_->process().conversation().lost_an_answer();
    };
    loop_.RunFor(request_.limit, over);
    if (holds()) return;
    if (adapter_->process().gone()) {
      Fail(fmt::format("expected {}, but the adapter ended: {}", what,
                       HowItEnded()),
           "look at its stderr");
    }
    if (adapter_->process().conversation().lost_an_answer()) throw Wrong{};
    Fail(fmt::format("expected {} within {} ms", what, request_.limit.count()),
         "", section);
  }

  std::string HowItEnded() {
    constexpr milliseconds kReapLimit(500);
    AdapterProcess& process = adapter_->process();
    loop_.RunFor(kReapLimit, [&] { return process.exit_status().has_value(); });
    return process.exit_status() ? process.exit_status()->ToString()
                                 : process.end_reason();
  }

  static std::string SectionOf(std::string method) {
    std::erase(method, '.');
    return method;
  }

  // A request that goes on; what it comes to.
  std::shared_ptr<std::optional<Outcome>> Send(const std::string& method,
                                               const Json& params) {
    auto outcome = std::make_shared<std::optional<Outcome>>();
    adapter_->Call(method, params,
                   [outcome](Outcome o) { *outcome = std::move(o); });
    return outcome;
  }

  Outcome WaitFor(const std::shared_ptr<std::optional<Outcome>>& outcome,
                  const std::string& method) {
    WaitUntil(
        "an answer to " + method, [&] { return outcome->has_value(); },
        SectionOf(method));
    if (!(*outcome)->ok &&
        (*outcome)->value.value("code", 0) == wire::kConnectionClosed) {
      Fail("expected an answer to " + method +
               ", but the adapter ended: " + HowItEnded(),
           "look at its stderr");
    }
    return **outcome;
  }

  Json ResultOf(const std::shared_ptr<std::optional<Outcome>>& outcome,
                const std::string& method) {
    Outcome came = WaitFor(outcome, method);
    if (!came.ok) {
      Fail(fmt::format("expected a result of {}, got the error {}", method,
                       came.value.dump()),
           "", SectionOf(method));
    }
    return came.value;
  }

  Json Result(const std::string& method, const Json& params) {
    return ResultOf(Send(method, params), method);
  }

  Json AttemptCall(const std::string& name, const std::string& prompt,
                   const std::string& session = "session-1") const {
    return {{"harness", "default"},
            {"attempt", name},
            {"params",
             {{"sessionId", session},
              {"sessionKey", "agent:main:main"},
              {"runId", "run-" + name},
              {"provider", "github-copilot"},
              {"model", "gpt-4.1"},
              {"workspaceDir", place_->sandbox.workspace()},
              {"timeoutMs", 20000},
              {"prompt", prompt}}},
            {"permissionPolicy", "none"}};
  }

  // The assistant's text, checked.
  void Said(const Json& result, const std::string& text,
            const std::string& why) {
    const Json texts = result.value("assistantTexts", Json());
    if (texts != Json::array({text})) {
      Fail(fmt::format("$.result.assistantTexts: expected [\"{}\"], got {}",
                       text, texts.dump()),
           why, "attemptrun");
    }
    if (!result.value("promptError", Json()).is_null()) {
      Fail("$.result.promptError: expected null, got " +
               result["promptError"].dump(),
           why, "attemptrun");
    }
  }

  // What the adapter has sent of a method, in this attempt.
  std::vector<Json> Notified(const std::string& method,
                             const std::string& attempt) const {
    std::vector<Json> found;
    for (const auto& [name, params] : evidence_.notified) {
      if (name == method && params.value("attempt", attempt) == attempt) {
        found.push_back(params);
      }
    }
    return found;
  }

  void Expect(const std::string& method, const std::string& attempt,
              const std::string& advice) {
    if (!Notified(method, attempt).empty()) return;
    Fail(fmt::format("expected {} for the attempt \"{}\", none came", method,
                     attempt),
         advice, SectionOf(method));
  }

  std::string Initialize(const std::string& clock) {
    Json params = Surroundings();
    params["protocolVersion"] = 1;
    params["clock"] = clock;
    Json hello = Result("initialize", params);
    if (!hello.is_object()) {
      Fail("$.result: expected an object, got " + Shown(hello), "",
           "initialize");
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
      result_.capabilities.insert(each);
      if (std::none_of(known.begin(), known.end(),
                       [&](const auto& one) { return one.name == each; })) {
        remark += fmt::format("\nthe capability {} is unknown, and ignored",
                              each.dump());
      }
    }
    adapter_->process().hello = std::move(hello);
    return remark;
  }

  std::string Unknown() {
    const Outcome outcome =
        WaitFor(Send("x.no.such.method", Json::object()), "x.no.such.method");
    if (outcome.ok || outcome.value.value("code", 0) != wire::kMethodNotFound) {
      Fail("expected an error with code -32601, got " + outcome.value.dump(),
           "methods of later versions must fail in a way that can be told",
           "errors");
    }
    return "";
  }

  std::string Create() {
    const Json made = Result("harness.create", {{"harness", "default"},
                                                {"options", Json::object()}});
    return made.value("label", "");
  }

  std::string Attempt() {
    const Json result =
        Result("attempt.run", AttemptCall("first", "Say hello."));
    const char* why =
        "the fake CLI says hello to this prompt, once it has got session.send";
    place_->journal.Refresh();
    if (place_->journal.Spawned().empty()) {
      Fail(
          "expected the harness to start the CLI of initialize, " + place_->cli,
          "use $.params.cli.path, or what it says in the place of "
          "COPILOT_CLI_PATH",
          "initialize");
    }
    Said(result, "hello", why);
    return "";
  }

  std::string Supports() {
    const Json answer =
        Result("harness.supports",
               {{"harness", "default"},
                {"context",
                 {{"runtime", "copilot"}, {"provider", "github-copilot"}}}});
    return answer.dump();
  }

  std::string Deltas() {
    Result("attempt.run", AttemptCall("deltas", "Say hello."));
    Expect("attempt.delta", "deltas", "send it for each piece of text");
    return "";
  }

  std::string Tool() {
    Json call = AttemptCall("tool", "Use the tool.");
    call["tools"] = {{{"name", "lookup"},
                      {"description", "Looks things up"},
                      {"parameters", {{"type", "object"}}}}};
    const Json result = Result("attempt.run", call);
    Expect("tool.execute", "tool",
           "offer $.params.tools to the session, and ask the runner when the "
           "model calls one");
    const auto asked = Notified("tool.execute", "tool").front();
    if (asked.value("arguments", Json()) != Json{{"q", "cats"}}) {
      Fail("tool.execute: $.params.arguments: expected {\"q\":\"cats\"}, got " +
               asked.value("arguments", Json()).dump(),
           "", "toolexecute");
    }
    Said(result, "Found: 42",
         "the text of the answer to tool.execute is the tool's result");
    return "";
  }

  std::string Permit() {
    Json call = AttemptCall("permission", "Ask for permission.");
    call["permissionPolicy"] = "host";
    const Json result = Result("attempt.run", call);
    Expect("permission.decide", "permission",
           "with permissionPolicy \"host\" each request of the CLI is put to "
           "the runner");
    Said(result, "went on", "the decision was approve-once");
    return "";
  }

  std::string Question() {
    const auto running =
        Send("attempt.run", AttemptCall("question", "Ask a question."));
    WaitUntil(
        "question.asked, or the end of the attempt",
        [&] {
          return running->has_value() ||
                 !Notified("question.asked", "question").empty();
        },
        "questionasked");
    Expect("question.asked", "question", "");
    const Json answer =
        Result("question.answer", {{"attempt", "question"}, {"text", "2"}});
    if (answer.value("claimed", Json()) != true) {
      Fail("$.result.claimed: expected true, got " +
               answer.value("claimed", Json()).dump(),
           "a question is pending", "questionanswer");
    }
    Said(ResultOf(running, "attempt.run"), "You said blue.",
         "the answer was \"2\", the second choice");
    return "";
  }

  // A turn that does not end by itself.
  std::shared_ptr<std::optional<Outcome>> Endless(const std::string& name) {
    place_->journal.Refresh();
    const size_t sent = place_->journal.Received("session.send").size();
    const auto running =
        Send("attempt.run", AttemptCall(name, "Go on for ever.", name));
    WaitUntil(
        "session.send at the CLI",
        [&] {
          place_->journal.Refresh();
          return running->has_value() ||
                 place_->journal.Received("session.send").size() > sent;
        },
        "attemptrun");
    if (running->has_value()) Fail("the attempt ended before its turn");
    return running;
  }

  std::string Abort() {
    const auto running = Endless("abort");
    // While one request waits, others are answered.
    Result("harness.create",
           {{"harness", "second"}, {"options", Json::object()}});
    Result("attempt.abort", {{"attempt", "abort"}});
    const Json result = ResultOf(running, "attempt.run");
    if (result.value("aborted", Json()) != true) {
      Fail("$.result.aborted: expected true, got " +
               result.value("aborted", Json()).dump(),
           "attempt.abort came while it ran", "attemptabort");
    }
    return "";
  }

  std::string Steer() {
    const auto running = Endless("steer");
    const Json answer =
        Result("attempt.steer", {{"attempt", "steer"}, {"text", "Be quick."}});
    if (answer.value("claimed", Json()) != false) {
      Fail("$.result.claimed: expected false, got " +
               answer.value("claimed", Json()).dump(),
           "no question is pending", "attemptsteer");
    }
    if (capable("abort")) {
      Result("attempt.abort", {{"attempt", "steer"}});
      ResultOf(running, "attempt.run");
    }
    return "";
  }

  std::string Compact() {
    Result("attempt.run", AttemptCall("compact", "Say hello.", "compacted"));
    const Json answer =
        Result("session.compact",
               {{"harness", "default"},
                {"params", AttemptCall("compact", "", "compacted")["params"]}});
    if (answer.value("compacted", Json()) != true) {
      Fail("$.result.compacted: expected true, got " + answer.dump(),
           "the session is known, and the fake CLI compacts it",
           "sessioncompact");
    }
    return "";
  }

  std::string Hooks() {
    Json call = AttemptCall("hooks", "Say hello.");
    call["hooks"] = {"agent_end"};
    Result("attempt.run", call);
    WaitUntil(
        "hook.fired with agent_end",
        [&] { return !Notified("hook.fired", "hooks").empty(); }, "hookfired");
    for (const Json& fired : Notified("hook.fired", "hooks")) {
      if (fired.value("hook", "") != "agent_end") {
        Fail("hook.fired: $.params.hook: expected \"agent_end\", got " +
                 fired.value("hook", Json()).dump(),
             "only hooks that $.params.hooks of attempt.run names",
             "hookfired");
      }
    }
    return "";
  }

  std::string Transcript() {
    const std::string file = place_->sandbox.workspace() + "/check.jsonl";
    Json call = AttemptCall("transcript", "Say hello.");
    call["params"]["sessionFile"] = file;
    Result("attempt.run", call);
    const std::string text = ReadFile(file);
    if (text.find("Say hello.") == std::string::npos) {
      Fail("expected the prompt in " + file + ", which has " +
               (text.empty() ? "nothing" : Shown(Json(text), 200)),
           "$.params.params.sessionFile is the transcript", "attemptrun");
    }
    return "";
  }

  std::string Dispose() {
    Result("harness.dispose", {{"harness", "default"}});
    ExpectNoClis("harness.dispose");
    return "";
  }

  void ExpectNoClis(const std::string& method) {
    constexpr milliseconds kLeftOverLimit(2000);
    if (loop_.RunFor(kLeftOverLimit,
                     [&] { return !place_->HasRunningClis(); })) {
      return;
    }
    Fail("expected no CLI to run after the answer to " + method,
         "stop them, and wait for their end, before the answer",
         SectionOf(method));
  }

  std::string NextScenario() {
    Result("scenario.end", Json::object());
    ExpectNoClis("scenario.end");
    auto before = std::exchange(
        place_, std::make_unique<Place>(loop_, request_.fake_cli));
    before.reset();
    Result("scenario.begin", Surroundings());
    Create();
    if (has_attempts_) Attempt();
    return "";
  }

  std::string Shutdown() {
    Result("shutdown", Json::object());
    constexpr milliseconds kExitLimit(3000);
    AdapterProcess& process = adapter_->process();
    if (!loop_.RunFor(kExitLimit,
                      [&] { return process.exit_status().has_value(); })) {
      Fail("expected the adapter to exit within 3000 ms", "", "shutdown");
    }
    const auto status = *process.exit_status();
    if (status.code != 0) {
      Fail("expected exit code 0, got " + status.ToString(), "", "shutdown");
    }
    ExpectNoClis("shutdown");
    return "";
  }

  // In a process of its own: the clock is chosen at the beginning.
  std::string Advance() {
    if (adapter_) EndProcess();
    Start("virtual");
    Initialize("virtual");
    Create();
    Result("clock.advance", {{"ms", 1000}});
    return "";
  }

  const CheckRequest& request_;
  const std::function<void(const CheckStep&)>& on_step_;
  Loop loop_;
  std::unique_ptr<Place> place_;
  Evidence evidence_;
  std::unique_ptr<Adapter> adapter_;
  std::string clock_;
  CheckResult result_;
  bool has_attempts_ = false;
  std::string faults_of_ended_;
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
  return AdapterCheck(request, on_step).Run();
}

}  // namespace copilot::conformance
