// SPDX-License-Identifier: MIT
#include "harness/adapter.h"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <utility>

#include "harness/harness.h"
#include "harness/session_event.h"
#include "harness/supports.h"
#include "wire/peer.h"

namespace copilot::harness {
namespace {

constexpr int kRejected = -32000;

class Adapter : private wire::Peer::Handler {
 public:
  Adapter()
      : peer_(io_, wire::MakeStdioTransport(io_), wire::MakeLineFraming()) {}

  int Run() {
    peer_.Start(this);
    const auto guard = asio::make_work_guard(io_);
    io_.run();
    workers_.WaitIdle();
    // Outlives what the workers may still have sent; nobody listens now.
    harnesses_.clear();
    return 0;
  }

 private:
  using Reply = std::function<void(Expected<Json>)>;

  // The first of an answer and an abort counts.
  struct Answered {
    std::promise<Expected<Json>> result;
    std::atomic<bool> done = false;

    void Set(Expected<Json> value) {
      if (!done.exchange(true)) result.set_value(std::move(value));
    }
  };

  struct Running {
    AbortController abort;
    std::shared_ptr<ActiveRun> active;
  };

  void OnRequest(const wire::Message& request,
                 wire::Responder responder) override {
    Json params = Json::parse(request.params.begin(), request.params.end(),
                              nullptr, false);
    if (!params.is_object()) params = Json::object();
    const std::string method = request.method;
    if (method == "shutdown") {
      responder.Result("{}");
      Stop();
      return;
    }
    const auto handler = Handlers().find(method);
    if (handler == Handlers().end()) {
      responder.Error(
          {wire::kMethodNotFound, "no such method: " + method, nullptr});
      return;
    }
    // Registered before the worker starts, so that an abort that follows at
    // once finds the attempt.
    if (method == "attempt.run") Register(StringMember(params, "attempt"));
    workers_.Run(
        [this, run = handler->second, params = std::move(params), responder] {
          const Expected<Json> result = (this->*run)(params);
          if (result) {
            responder.Result(*result);
          } else {
            responder.Error({kRejected, result.error().message, nullptr});
          }
        });
  }
  void OnNotification(const wire::Message&) override {}
  void OnClosed(const std::string&) override { Stop(); }

  using Handler = Expected<Json> (Adapter::*)(const Json& params);

  static const std::map<std::string, Handler>& Handlers() {
    static const auto* const handlers = new std::map<std::string, Handler>{
        {"initialize", &Adapter::Initialize},
        {"harness.create", &Adapter::Create},
        {"harness.supports", &Adapter::AskSupports},
        {"harness.reset", &Adapter::Reset},
        {"harness.dispose", &Adapter::Dispose},
        {"environment.set", &Adapter::SetEnvironment},
        {"clock.advance", &Adapter::Advance},
        {"attempt.run", &Adapter::RunOne},
        {"attempt.abort", &Adapter::AbortOne},
        {"attempt.steer", &Adapter::Queue},
        {"question.answer", &Adapter::Answer},
        {"session.compact", &Adapter::Compact},
    };
    return *handlers;
  }

  // Disposing waits for the CLIs, so it must not happen on this thread: a tool
  // that waits for the runner would never hear of the end.
  void Stop() {
    if (std::exchange(stopping_, true)) return;
    workers_.Run([this] {
      std::map<std::string, std::shared_ptr<Harness>> all;
      {
        const std::lock_guard lock(mutex_);
        all = harnesses_;
        for (auto& [name, running] : running_) running.abort.Abort();
      }
      for (auto& [name, harness] : all) (void)harness->Dispose();
      // Whoever still waits for the runner, a tool perhaps, is told that there
      // is no answer.
      peer_.Close();
      asio::post(io_, [this] { io_.stop(); });
    });
  }

  Expected<Json> Initialize(const Json& params) {
    const Json& cli = MemberOrNull(params, "cli");
    const std::string url = StringMember(cli, "url");
    if (const size_t colon = url.rfind(':'); colon != std::string::npos) {
      cli_.host = url.substr(0, colon);
      cli_.port = std::atoi(url.c_str() + colon + 1);
    } else {
      cli_.path = StringMember(cli, "path");
    }
    state_directory_ = StringMember(MemberOrNull(params, "dirs"), "state");
    if (StringMember(params, "clock") == "virtual") {
      clock_ = std::make_shared<VirtualClock>();
    }
    return Json{
        {"protocolVersion", 1},
        {"name", "copilot-harness"},
        {"version", "0.1.0"},
        {"language", "C++"},
        {"capabilities",
         {"attempt", "abort", "steer", "compact", "reset", "dispose",
          "supports", "tools", "permission", "question", "hooks", "nativeHooks",
          "deltas", "store", "clock", "environment", "transcript", "byok"}}};
  }

  Expected<Json> Create(const Json& params) {
    const Json& given = MemberOrNull(params, "options");
    HarnessOptions options;
    if (const auto id = StringMember(given, "id"); !id.empty()) {
      options.id = id;
    }
    if (const auto label = StringMember(given, "label"); !label.empty()) {
      options.label = label;
    }
    if (StringMember(given, "profile") == "journal") {
      options.profile = Profile::kJournal;
    }
    options.idle_ttl = IdleTtl(MemberOrNull(given, "idleTtlMs"));
    options.cli = cli_;
    options.environment = environment_;
    options.virtual_clock = clock_;
    if (MemberOrNull(given, "store") == true) {
      options.store =
          MakeFileBindingStore(state_directory_ + "/copilot/sdk-sessions.json");
    }
    const auto harness = std::make_shared<Harness>(std::move(options));
    const std::lock_guard lock(mutex_);
    harnesses_[StringMember(params, "harness")] = harness;
    return Json{{"id", harness->id()},
                {"label", harness->label()},
                {"autoSelectionProviderIds", Json::array()},
                {"hasSideQuestion", false}};
  }

  Expected<std::shared_ptr<Harness>> Find(const Json& params) {
    const std::string name = StringMember(params, "harness");
    const std::lock_guard lock(mutex_);
    const auto found = harnesses_.find(name);
    if (found == harnesses_.end()) return Fail("no such harness: " + name);
    return found->second;
  }

  Expected<Json> AskSupports(const Json& params) {
    return Supports(MemberOrNull(params, "context"));
  }

  Expected<Json> Reset(const Json& params) {
    const auto harness = Find(params);
    if (!harness) return Fail(harness.error());
    (*harness)->Reset(StringMember(params, "sessionId"));
    return Json::object();
  }

  Expected<Json> Dispose(const Json& params) {
    const auto harness = Find(params);
    if (!harness) return Fail(harness.error());
    const Status disposed = (*harness)->Dispose();
    if (!disposed) return Fail(disposed.error());
    return Json::object();
  }

  Expected<Json> SetEnvironment(const Json& params) {
    for (const auto& [name, value] :
         MemberOrNull(params, "variables").items()) {
      environment_->Set(name, value.is_string()
                                  ? std::optional(value.get<std::string>())
                                  : std::nullopt);
    }
    return Json::object();
  }

  Expected<Json> Advance(const Json& params) {
    if (!clock_) return Fail("the clock is real");
    const Json& ms = MemberOrNull(params, "ms");
    if (!ms.is_number() || ms.get<double>() < 0) return Fail("ms: no number");
    clock_->Advance(Milliseconds(ms.get<int64_t>()));
    return Json::object();
  }

  void Register(const std::string& name) {
    const std::lock_guard lock(mutex_);
    Running running;
    running.active = std::make_shared<ActiveRun>();
    running_[name] = std::move(running);
  }

  Expected<Json> RunOne(const Json& params) {
    const auto harness = Find(params);
    if (!harness) return Fail(harness.error());
    const std::string name = StringMember(params, "attempt");
    Running running;
    {
      const std::lock_guard lock(mutex_);
      running = running_[name];
    }
    const auto result = (*harness)->RunAttempt(
        AttemptParams::FromJson(MemberOrNull(params, "params")),
        MakeHost(name, params), running.abort.signal(), running.active);
    if (!result) return Fail(result.error());
    return result->ToJson();
  }

  Expected<Json> AbortOne(const Json& params) {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(StringMember(params, "attempt"));
    if (found == running_.end()) return Fail("no such attempt");
    // A copy: its listeners may come back here.
    const AbortController abort = found->second.abort;
    workers_.Run([abort] { abort.Abort(); });
    return Json::object();
  }

  Expected<std::shared_ptr<ActiveRun>> FindRun(const Json& params) {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(StringMember(params, "attempt"));
    if (found == running_.end()) return Fail("no such attempt");
    return found->second.active;
  }

  Expected<Json> Answer(const Json& params) {
    const auto active = FindRun(params);
    if (!active) return Fail(active.error());
    return Json{{"claimed", (*active)->Answer(StringMember(params, "text"))}};
  }

  Expected<Json> Queue(const Json& params) {
    const auto active = FindRun(params);
    if (!active) return Fail(active.error());
    const auto claimed = (*active)->Queue(StringMember(params, "text"));
    if (!claimed) return Json{{"claimed", false}};
    return Json{{"claimed", *claimed}};
  }

  Expected<Json> Compact(const Json& params) {
    const auto harness = Find(params);
    if (!harness) return Fail(harness.error());
    return (*harness)->Compact(
        AttemptParams::FromJson(MemberOrNull(params, "params")),
        MakeHost(StringMember(params, "attempt"), params));
  }

  // A request to the runner, from a worker thread. An abort ends the wait.
  Expected<Json> Ask(const std::string& method, const Json& params,
                     const AbortSignal& signal = {}) {
    const auto answer = std::make_shared<Answered>();
    const auto on_abort = signal.OnAbort(
        [answer, signal] { answer->Set(Fail(signal.reason())); });
    peer_.Call(method,
               params.dump(-1, ' ', false, Json::error_handler_t::replace),
               [answer](wire::RawResult raw) {
                 if (!raw) return answer->Set(Fail(raw.error().message));
                 answer->Set(Json::parse(*raw, nullptr, false));
               });
    return answer->result.get_future().get();
  }

  void Tell(const std::string& method, const Json& params) {
    peer_.Notify(method,
                 params.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  AttemptHost MakeHost(const std::string& attempt, const Json& params) {
    AttemptHost host;
    for (const Json& tool : MemberOrNull(params, "tools")) {
      host.tools.push_back(MakeTool(attempt, tool));
    }
    if (StringMember(params, "permissionPolicy") == "host") {
      host.permission_policy =
          [this, attempt](const Json& request,
                          const std::string& session_id) -> Expected<Json> {
        const auto answer = Ask("permission.decide", {{"attempt", attempt},
                                                      {"sessionId", session_id},
                                                      {"request", request}});
        if (!answer) return Fail(answer.error());
        return MemberOrNull(*answer, "decision");
      };
    }
    for (const Json& hook : MemberOrNull(params, "hooks")) {
      if (hook.is_string()) host.hooks.insert(hook.get<std::string>());
    }
    host.run_hook = [this, attempt](const std::string& hook,
                                    const Json& payload) {
      Json fired = {{"hook", hook}, {"payload", payload}};
      if (!attempt.empty()) fired["attempt"] = attempt;
      return Ask("hook.fired", fired);
    };
    for (const Json& hook : MemberOrNull(params, "nativeHooks")) {
      if (hook.is_string()) AddNativeHook(attempt, hook, &host.native_hooks);
    }
    host.on_delta = [this, attempt](const Json& delta) -> Status {
      Json told = delta;
      told["attempt"] = attempt;
      Tell("attempt.delta", told);
      return {};
    };
    host.on_established = [this, attempt](const std::string& sdk_session_id) {
      Tell("session.established",
           {{"attempt", attempt}, {"sdkSessionId", sdk_session_id}});
    };
    host.on_question = [this, attempt](const UserInputRequest& request,
                                       const std::string& text) -> Status {
      Tell("question.asked", {{"attempt", attempt},
                              {"question", request.question},
                              {"choices", request.choices},
                              {"allowFreeform", request.allow_freeform},
                              {"text", text}});
      return {};
    };
    host.capabilities = capabilities_;
    host.log = [this](const std::string& level, const std::string& message) {
      Tell("log", {{"level", level}, {"message", message}});
    };
    return host;
  }

  void AddNativeHook(const std::string& attempt, const std::string& name,
                     NativeHookConfig* hooks) {
    const auto fire = [this, attempt, name](const Json& input,
                                            const Json& invocation) {
      return Ask("nativeHook.fired", {{"attempt", attempt},
                                      {"hook", name},
                                      {"input", input},
                                      {"invocation", invocation}});
    };
    if (name != "onHookError") {
      hooks->handlers[name] = [fire](const Json& input,
                                     const Json& invocation) -> Expected<Json> {
        const auto answer = fire(input, invocation);
        if (!answer) return Fail(answer.error());
        return MemberOrNull(*answer, "output");
      };
      return;
    }
    hooks->on_error = [fire](const std::string& hook,
                             const Error& error) -> Status {
      const auto heard =
          fire({{"hookName", hook}, {"error", error.message}}, Json::object());
      if (!heard) return Fail(heard.error());
      return {};
    };
  }

  HostTool MakeTool(const std::string& attempt, const Json& tool) {
    HostTool host_tool;
    host_tool.name = StringMember(tool, "name");
    host_tool.description = StringMember(tool, "description");
    host_tool.parameters = MemberOrNull(tool, "parameters");
    host_tool.sequential = StringMember(tool, "executionMode") == "sequential";
    host_tool.execute = [this, attempt, name = host_tool.name](
                            const std::string& tool_call_id,
                            const Json& arguments, const AbortSignal& signal) {
      return Ask("tool.execute",
                 {{"attempt", attempt},
                  {"toolCallId", tool_call_id},
                  {"toolName", name},
                  {"arguments", arguments}},
                 signal);
    };
    return host_tool;
  }

  asio::io_context io_{1};
  const std::shared_ptr<ProcessEnvironment> environment_ =
      std::make_shared<ProcessEnvironment>();
  // The runner is a host that keeps every message of its user.
  const std::shared_ptr<const HostCapabilities> capabilities_ = [] {
    auto capabilities = std::make_shared<HostCapabilities>();
    capabilities->record_user_turn = [](const Json&) {
      return Expected<bool>(true);
    };
    capabilities->compaction_source = true;
    return capabilities;
  }();
  std::shared_ptr<VirtualClock> clock_;
  CliTarget cli_;
  std::string state_directory_;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, std::shared_ptr<Harness>> harnesses_;
  std::map<std::string, Running> running_;
  bool stopping_ = false;
  wire::Peer peer_;
  ThreadExecutor workers_;
};

}  // namespace

int RunAdapter() { return Adapter().Run(); }

}  // namespace copilot::harness
