// SPDX-License-Identifier: MIT
#include "harness/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <utility>

#include "harness/event_bridge.h"
#include "harness/permission_policy.h"
#include "harness/prompt_guidance.h"
#include "harness/prompt_hooks.h"
#include "harness/prompt_images.h"
#include "harness/replay.h"
#include "harness/session_event.h"
#include "harness/subagent_tasks.h"
#include "harness/text.h"
#include "harness/tool_bridge.h"
#include "harness/tool_context.h"
#include "harness/turn_transcript.h"
#include "harness/workspace.h"
#include "harness/yield.h"

namespace copilot::harness {
namespace {

constexpr char kTimedOut[] = "Copilot SDK turn timed out.";

bool IsIdleTimeout(const Error& error) {
  static const auto* const pattern =
      new std::regex(R"(^Timeout after \d+ms waiting for session\.idle$)");
  return std::regex_match(error.message, *pattern);
}

// agent_end's payload (harness spec 1.7).
Json AgentEnd(const AttemptResult& result,
              const std::optional<Error>& rejection, int64_t duration_ms) {
  std::string error;
  if (result.prompt_error) error = result.prompt_error->message;
  if (result.timed_out) error = kTimedOut;
  if (rejection) error = rejection->message;
  const bool success = error.empty() && !result.aborted;
  Json payload = {{"messages", result.messages_snapshot},
                  {"success", success},
                  {"durationMs", duration_ms}};
  if (!error.empty()) payload["error"] = error;
  return payload;
}

void FireHook(const AttemptHost& host, const char* hook, const Json& payload) {
  if (!host.wants(hook)) return;
  if (const auto fired = host.run_hook(hook, payload); !fired) {
    host.Warn(std::string(hook) + " hook failed: " + fired.error().message);
  }
}

class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  explicit Attempt(AttemptContext context)
      : c_(std::move(context)),
        began_(c_.clock->Now()),
        transcript_(MakeTurnTranscript(c_)),
        tasks_(c_.params.task_scope, c_.host.on_task),
        yield_(c_.host) {
    // Whatever needs a capability belongs to the journal profile.
    if (c_.profile != Profile::kJournal) c_.host.capabilities = nullptr;
    result_.session_id_used = c_.params.session_id;
    result_.session_file_used = c_.params.session_file;
    result_.replay_safe = !c_.params.replay_invalid;
    result_.had_potential_side_effects = c_.params.prior_side_effects;
    result_.messages_snapshot = c_.params.messages;
  }

  Expected<AttemptResult> Run() {
    if (const Status admitted = transcript_->Admit(&result_); !admitted) {
      return Fail(admitted.error());
    }
    if (c_.signal.aborted()) {
      result_.aborted = result_.external_abort = true;
      return End(std::nullopt);
    }
    FollowSubagents();
    auto workspace = ResolveWorkspace(c_.params, c_.host);
    if (!workspace) {
      FailUnlessAborted(workspace.error());
      return End(std::nullopt);
    }
    workspace_ = *std::move(workspace);
    if (c_.byok) {
      auto proxy = ByokProxy::Start(*c_.byok, c_.byok_proxy);
      if (!proxy) {
        result_.prompt_error = proxy.error();
        return End(std::nullopt);
      }
      proxy_ = std::move(*proxy);
    }
    ObserveTools();
    auto tools = BridgeTools(c_.params, c_.host, c_.signal, MakeToolContext(),
                             MakeToolRules());
    if (!tools) {
      result_.prompt_error =
          Error{"[copilot-attempt] tool-bridge construction failed: " +
                    tools.error().message,
                "tool_bridge_failure", 0, 0};
      return End(std::nullopt);
    }
    tools_ = *std::move(tools);
    const auto lease = c_.pool->Acquire(c_.spec.key, c_.spec.options);
    if (!lease) {
      result_.prompt_error = lease.error();
      CloseTools();
      return End(std::nullopt);
    }
    lease_ = *lease;
    const PromptContributions prompt = RunPromptHooks(c_.params, c_.host);
    const SessionConfig config = MakeConfig(prompt);
    if (OpenSession(config)) Turn(prompt);
    return CleanUp();
  }

 private:
  // An abort meanwhile says why; what else failed does not matter.
  void FailUnlessAborted(const Error& error) {
    if (c_.signal.aborted()) {
      result_.aborted = result_.external_abort = true;
    } else {
      result_.prompt_error = error;
    }
  }

  void FollowSubagents() {
    c_.host.on_subagent_event =
        [weak = weak_from_this(),
         told = c_.host.on_subagent_event](const Json& event) {
          if (told) told(event);
          if (const auto self = weak.lock()) self->tasks_.OnEvent(event);
        };
  }

  // The transcript sees what tools give, however they are made.
  void ObserveTools() {
    transcript_->ObserveTools(&c_.host.tools);
    if (!c_.host.make_tools) return;
    c_.host.make_tools =
        [this, make = c_.host.make_tools](const ToolContext& context) {
          auto tools = make(context);
          if (tools) transcript_->ObserveTools(&*tools);
          return tools;
        };
  }

  ToolContext MakeToolContext() {
    ToolContext context;
    context.fields = ToolContextFields(c_.params, workspace_, "");
    context.yield = [weak = weak_from_this()](const std::string& message,
                                              const Json& acknowledgment) {
      if (const auto self = weak.lock()) self->OnYield(message, acknowledgment);
    };
    context.is_turn_tainted = transcript_->Taint();
    return context;
  }

  ToolRules MakeToolRules() {
    ToolRules rules = ToolRulesOf(
        c_.profile, {c_.spec.auth.token, c_.params.auth.github_token,
                     c_.params.auth.resolved_api_key});
    rules.on_result = [weak = weak_from_this()](const std::string& tool_call_id,
                                                const std::string& tool_name,
                                                bool is_error) {
      const auto self = weak.lock();
      const auto bridge = self ? self->bridge() : nullptr;
      if (bridge) bridge->OnBridgedResult(tool_call_id, tool_name, is_error);
    };
    return rules;
  }

  std::shared_ptr<EventBridge> bridge() {
    const std::lock_guard lock(mutex_);
    return bridge_;
  }

  // The abort that follows is nobody's error.
  void OnYield(const std::string& message, const Json& acknowledgment) {
    if (const auto live = bridge()) live->MarkAborted();
    yield_.Request(message, acknowledgment);
  }

  void CloseTools() {
    if (tools_.catalogue) tools_.catalogue->Close();
  }

  SessionConfig MakeConfig(const PromptContributions& prompt) {
    const AttemptParams& params = c_.params;
    SessionConfig config;
    for (const auto& allowlist : prompt.tool_allowlists) {
      tools_.Narrow(allowlist);
    }
    config.model = params.model_id.empty() ? "unknown-model" : params.model_id;
    for (const SdkTool& tool : tools_.tools) {
      config.available_tools.push_back(tool.name);
    }
    if (!IsRingZero()) config.available_tools.push_back("builtin:ask_user");
    config.tools = tools_.tools;
    config.working_directory = workspace_.cwd;
    if (workspace_.cwd != workspace_.effective &&
        !workspace_.effective.empty()) {
      config.instruction_directories = {workspace_.effective};
    }
    config.hooks = MakeHooks();
    config.on_permission_request = MakePermissionHandler(c_.host);
    config.on_user_input_request =
        [self = weak_from_this()](const UserInputRequest& request,
                                  std::function<void(UserInputAnswer)> answer) {
          const auto attempt = self.lock();
          if (!attempt) return answer({"", true});
          attempt->AskUser(request, std::move(answer));
        };
    if (c_.spec.auth.mode == AuthMode::kGitHubToken) {
      config.github_token = c_.spec.auth.token;
    }
    config.provider =
        proxy_ ? SessionProvider(*c_.byok, *proxy_) : params.session_provider;
    config.infinite_sessions = params.infinite_sessions;
    config.enable_session_telemetry = params.enable_session_telemetry;
    config.reasoning_effort = params.reasoning_effort;
    config.system_message = system_message_ = SystemMessage(prompt);
    available_tools_ = config.available_tools;
    return config;
  }

  // The host's own tool and nothing else (harness spec 5.2).
  bool IsRingZero() const {
    constexpr char kOwnTool[] = "openclaw";
    const bool active =
        std::any_of(tools_.tools.begin(), tools_.tools.end(),
                    [&](const SdkTool& tool) { return tool.name == kOwnTool; });
    return active && c_.params.tools_allow &&
           *c_.params.tools_allow == std::vector<std::string>{kOwnTool};
  }

  NativeHooks MakeHooks() {
    NativeHooks hooks = MakeNativeHooks(
        c_.host.native_hooks,
        [host = c_.host](const std::string& text) { host.Warn(text); });
    const auto prompt_hook = hooks.find("userPromptSubmitted");
    if (prompt_hook == hooks.end()) return hooks;
    // What the CLI sends is known only once this hook has had its say.
    prompt_is_hooked_ = true;
    prompt_hook->second = [weak = weak_from_this(), run = prompt_hook->second](
                              const Json& input,
                              const std::string& session_id) {
      Json output = run(input, session_id);
      if (const auto self = weak.lock()) self->OnPromptHook(input, output);
      return output;
    };
    return hooks;
  }

  // Tells of the turn's own prompt, not of what steers it later.
  void OnPromptHook(const Json& input, const Json& output) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(prompt_told_, true)) return;
    }
    const Json& modified = MemberOrNull(output, "modifiedPrompt");
    FireLlmInput(JoinNonEmpty(
        {StringMember(modified.is_string() ? output : input,
                      modified.is_string() ? "modifiedPrompt" : "prompt"),
         StringMember(output, "additionalContext")},
        "\n\n"));
  }

  std::string SystemMessage(const PromptContributions& prompt) const {
    if (c_.params.raw_run()) return "";
    const bool minimal = c_.params.prompt_mode == "minimal";
    const std::string guidance =
        PromptGuidance(c_.profile, c_.params, tools_.CallableNames());
    std::string extra;
    if (!c_.params.extra_system_prompt.empty()) {
      extra = std::string(ContextHeading(c_.profile, minimal)) + "\n" +
              c_.params.extra_system_prompt;
    }
    const std::string instructions =
        minimal ? "" : WorkspaceInstructions(workspace_, c_.host);
    return JoinNonEmpty({prompt.prepend_system, prompt.system, guidance,
                         instructions, extra, prompt.append_system},
                        "\n\n");
  }

  void AskUser(const UserInputRequest& request,
               std::function<void(UserInputAnswer)> answer) {
    if (c_.signal.aborted()) return answer({"", true});
    const auto ticket = c_.active->user_input().Ask(request, std::move(answer));
    if (c_.host.capabilities && c_.host.capabilities->ask_gateway) {
      return AskGateway(request, ticket);
    }
    c_.executor->Run(
        [self = shared_from_this(), request] { self->ShowQuestion(request); });
  }

  void ShowQuestion(const UserInputRequest& request) {
    const std::string text = QuestionText(request);
    Status shown;
    if (c_.host.on_question) {
      shown = c_.host.on_question(request, text);
    } else if (c_.host.on_partial_reply) {
      shown = c_.host.on_partial_reply(text);
    }
    if (!shown) {
      c_.host.Warn("[copilot-attempt] a question could not be shown: " +
                   shown.error().message);
    }
  }

  // A message that the user queues meanwhile answers as well; what comes first
  // counts.
  void AskGateway(const UserInputRequest& request, UserInput::Ticket ticket) {
    if (ticket == 0) return;
    c_.executor->Run([self = shared_from_this(), request, ticket] {
      const AttemptParams& params = self->c_.params;
      const std::string& key =
          params.session_key.empty() ? params.session_id : params.session_key;
      const auto reply = self->c_.host.capabilities->ask_gateway(
          MakeGatewayQuestion(request, key, params.run_id, params.timeout_ms),
          self->c_.signal);
      self->c_.active->user_input().Resolve(ticket,
                                            AnswerOfGateway(request, reply));
    });
  }

  // Creates or resumes; false when there is no session, with the prompt error
  // set.
  bool OpenSession(const SessionConfig& config) {
    const ReplayDecision decision =
        DecideReplay(c_.resume_id, c_.params.replay_invalid);
    result_.replay_safe &= !decision.downgraded;
    Expected<std::shared_ptr<SdkSession>> session = nullptr;
    bool resumed = !decision.resume_id.empty();
    if (!resumed) {
      session = lease_->client->CreateSession(config);
    } else {
      SessionConfig again = config;
      again.continue_pending_work = false;
      session = lease_->client->ResumeSession(decision.resume_id, again);
      if (!session && IsRecoverableResumeError(session.error())) {
        result_.replay_safe = false;
        resumed = false;
        session = lease_->client->CreateSession(config);
      }
    }
    if (!session) {
      FailUnlessAborted(session.error());
      return false;
    }
    session_ = *session;
    yield_.Bind(session_);
    return Establish(resumed ? decision.resume_id : "", config);
  }

  // A resumed session that does not tell its id has the one it was asked for.
  bool Establish(const std::string& resumed_id, const SessionConfig& config) {
    const std::string id = session_->id().empty() ? resumed_id : session_->id();
    result_.sdk_session_id = id;
    if (!id.empty()) result_.session_id_used = id;
    const Status opened = transcript_->Open(session_, id, !resumed_id.empty());
    if (!opened) {
      result_.prompt_error = opened.error();
      return false;
    }
    if (c_.on_established) c_.on_established(id, config);
    if (c_.host.on_established) c_.host.on_established(id);
    return true;
  }

  void Turn(const PromptContributions& prompt) {
    {
      const std::lock_guard lock(mutex_);
      bridge_ = std::make_shared<EventBridge>(
          session_, c_.params, c_.host, c_.executor, c_.clock, c_.profile);
    }
    c_.active->Attach(session_, transcript_->steering());
    on_abort_ = c_.signal.OnAbort([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->OnAbort();
    });
    MessageOptions message;
    message.prompt = prompt.Around(c_.params.prompt);
    if (c_.byok) message.request_headers = RequestHeaders(*c_.byok);
    message.attachments =
        PromptAttachments(c_.params, c_.host, workspace_, *c_.environment);
    images_count_ = message.attachments.size();
    if (const Status begun = transcript_->Begin(); !begun) {
      result_.prompt_error = begun.error();
      return;
    }
    if (!BeginTurn()) {
      result_.aborted = result_.external_abort = true;
      return;
    }
    if (!prompt_is_hooked_) FireLlmInput(message.prompt);
    const auto answer =
        session_->SendAndWait(message, Milliseconds(c_.params.timeout_ms));
    EndTurn();
    Classify(answer);
    if (const Status delivered = bridge_->FlushDeltas();
        !delivered && !result_.prompt_error && !result_.timed_out &&
        !result_.aborted) {
      result_.prompt_error = delivered.error();
    }
    const bool terminated = !answer && !IsIdleTimeout(answer.error());
    if (const Status kept = transcript_->Settle(terminated); !kept) {
      result_.prompt_error = kept.error();
      return;
    }
    FireLlmOutput();
  }

  // Marks the turn as sent unless an abort came first.
  bool BeginTurn() {
    const std::lock_guard lock(mutex_);
    if (c_.signal.aborted()) return false;
    turn_sent_ = true;
    return true;
  }

  // An abort counts from its signal on: what it releases may let the turn end
  // before OnAbort gets to run.
  void EndTurn() {
    const std::lock_guard lock(mutex_);
    turn_settled_ = true;
    result_.aborted = result_.external_abort = c_.signal.aborted();
  }

  void OnAbort() {
    bridge_->MarkAborted();
    c_.active->user_input().Cancel();
    {
      const std::lock_guard lock(mutex_);
      if (!turn_sent_ || turn_settled_) return;
    }
    c_.executor->Run([session = session_, host = c_.host] {
      if (const Status aborted = session->Abort(); !aborted) {
        host.Warn("[copilot-attempt] session.abort failed: " +
                  aborted.error().message);
      }
    });
  }

  // How the turn ended (harness spec 1.4).
  void Classify(const Expected<std::optional<Json>>& answer) {
    const bool complete = answer && bridge_->RecordSendResult(*answer);
    const EventBridge::Snapshot seen = bridge_->snapshot();
    if (result_.aborted || yield_.requested()) return;
    if (!answer && !IsIdleTimeout(answer.error())) {
      // The SDK reports a session.error by its text alone; the event has the
      // code as well.
      const bool same = seen.stream_error &&
                        seen.stream_error->message == answer.error().message;
      result_.prompt_error = same ? *seen.stream_error : answer.error();
      return;
    }
    if (seen.stream_error) {
      result_.prompt_error = seen.stream_error;
      return;
    }
    if (complete) return;
    result_.timed_out = true;
    result_.timed_out_during_compaction = seen.compacting;
  }

  void FireLlmInput(const std::string& prompt) {
    Json payload = {{"runId", c_.params.run_id},
                    {"sessionId", c_.params.session_id},
                    {"prompt", prompt},
                    {"historyMessages", Json::array()},
                    {"imagesCount", images_count_},
                    {"tools", available_tools_},
                    {"model", c_.params.model_id},
                    {"provider", c_.params.provider}};
    if (!system_message_.empty()) payload["systemPrompt"] = system_message_;
    FireHook(c_.host, "llm_input", payload);
  }

  void FireLlmOutput() {
    const EventBridge::Snapshot seen = bridge_->snapshot();
    FireHook(c_.host, "llm_output",
             {{"runId", c_.params.run_id},
              {"sessionId", c_.params.session_id},
              {"assistantTexts", seen.texts},
              {"lastAssistant", seen.assistant},
              {"usage", seen.usage}});
  }

  // Harness spec 1.5.
  Expected<AttemptResult> CleanUp() {
    c_.active->Detach();
    Project();
    transcript_->Finish(&result_);
    if (result_.last_assistant.is_null()) UseAssistantOfHistory();
    const EventBridge::Snapshot seen =
        bridge_ ? bridge_->snapshot() : EventBridge::Snapshot();
    // A compaction that is over, with its hooks, is nothing to wait for.
    const bool busy = (seen.compaction_seen && !bridge_->IsSettled()) ||
                      (result_.timed_out && !seen.idle_seen);
    if (busy && transcript_->MayRetain()) {
      Retain();
      return End(std::nullopt);
    }
    DetachBridge();
    EndWork();
    if (session_) {
      const Status gone = session_->Disconnect();
      if (!gone && !result_.prompt_error && !result_.timed_out) {
        result_.prompt_error = gone.error();
      }
    }
    const Status released = c_.pool->Release(*lease_);
    if (released) return End(std::nullopt);
    if (result_.prompt_error) {
      c_.host.Warn("[copilot-attempt] pool.release failed after primary error");
      return End(std::nullopt);
    }
    return End(released.error());
  }

  // On the loop's thread, so that no listener runs any more afterwards; then
  // nothing that a listener queued may still run.
  void DetachBridge() {
    if (!bridge_) return;
    c_.loop->Run([this] {
      transcript_->Detach();
      bridge_->Detach();
    });
    bridge_->FlushCallbacks();
    (void)bridge_->FlushDeltas();
  }

  // What served the turn goes before its session does.
  void EndWork() {
    tasks_.Finish();
    yield_.Unbind();
    CloseTools();
    on_abort_ = {};
    proxy_.reset();
  }

  void Retain() {
    const auto cleanup = std::make_shared<DeferredCleanup>(
        session_->id(), [self = shared_from_this()](CleanupOutcome outcome) {
          self->TearDown(outcome);
        });
    if (c_.on_deferred) c_.on_deferred(cleanup);
    bridge_->WhenSettled([weak = std::weak_ptr(cleanup)] {
      if (const auto pending = weak.lock()) pending->Complete();
    });
    cleanup->Start(c_.executor, c_.clock, c_.signal);
  }

  void TearDown(CleanupOutcome outcome) {
    if (outcome != CleanupOutcome::kCompleted) {
      (void)session_->CancelBackgroundCompaction(kCancelBound);
    }
    DetachBridge();
    EndWork();
    (void)session_->Disconnect();
    if (outcome != CleanupOutcome::kCompleted) {
      (void)lease_->client->DeleteSession(session_->id());
    }
    if (const Status released = c_.pool->Release(*lease_); !released) {
      c_.host.Warn("[copilot-attempt] pool.release failed: " +
                   released.error().message);
    }
    if (c_.on_cleaned) c_.on_cleaned(session_->id(), outcome);
  }

  // What the bridge saw becomes the result (harness spec 1.6).
  void Project() {
    result_.had_potential_side_effects |= result_.timed_out;
    if (bridge_) {
      const EventBridge::Snapshot seen = bridge_->snapshot();
      result_.assistant_texts = seen.texts;
      result_.last_assistant = seen.assistant;
      result_.attempt_usage = seen.usage;
      result_.started_count = seen.started;
      result_.completed_count = seen.completed;
      result_.tool_metas = seen.tool_metas;
      result_.last_tool_error = seen.last_tool_error;
      result_.had_potential_side_effects |= seen.side_effects;
    }
    result_.replay_safe &= !result_.had_potential_side_effects;
    result_.yield_detected = yield_.requested();
    result_.yield_acknowledgment = yield_.acknowledgment();
  }

  void UseAssistantOfHistory() {
    for (auto it = c_.params.messages.rbegin(); it != c_.params.messages.rend();
         ++it) {
      if (StringMember(*it, "role") != "assistant") continue;
      result_.last_assistant = *it;
      return;
    }
  }

  Expected<AttemptResult> End(const std::optional<Error>& rejection) {
    const Json payload = AgentEnd(result_, rejection, c_.clock->Now() - began_);
    if (c_.params.message_channel.empty()) {
      FireHook(c_.host, "agent_end", payload);
    } else {
      c_.executor->Run(
          [host = c_.host, payload] { FireHook(host, "agent_end", payload); });
    }
    if (rejection) return Fail(*rejection);
    if (result_.journal && result_.prompt_error) {
      result_.journal->validated = false;
    }
    return result_;
  }

  AttemptContext c_;
  const int64_t began_;
  const std::unique_ptr<TurnTranscript> transcript_;
  AttemptResult result_;
  SubagentTasks tasks_;
  Yield yield_;
  Workspace workspace_;
  ToolSurface tools_;
  size_t images_count_ = 0;
  bool prompt_is_hooked_ = false;  // a hook of the CLI sees the prompt last
  std::string system_message_;
  std::vector<std::string> available_tools_;
  std::unique_ptr<ByokProxy> proxy_;  // null: the subscription
  std::optional<Lease> lease_;
  std::shared_ptr<SdkSession> session_;
  std::shared_ptr<EventBridge> bridge_;
  AbortSignal::Registration on_abort_;

  std::mutex mutex_;  // guards what follows
  bool turn_sent_ = false;
  bool turn_settled_ = false;
  bool prompt_told_ = false;
};

}  // namespace

Expected<AttemptResult> RunAttempt(AttemptContext context) {
  return std::make_shared<Attempt>(std::move(context))->Run();
}

AttemptResult EarlyFailure(Profile profile, const AttemptParams& params,
                           const AttemptHost& host, Error error) {
  AttemptResult result;
  if (profile == Profile::kJournal) result.journal.emplace();
  result.session_id_used = params.session_id;
  result.session_file_used = params.session_file;
  result.prompt_error = std::move(error);
  result.had_potential_side_effects = params.prior_side_effects;
  result.replay_safe = !params.replay_invalid && !params.prior_side_effects;
  result.messages_snapshot = params.messages;
  FireHook(host, "agent_end", AgentEnd(result, std::nullopt, 0));
  return result;
}

}  // namespace copilot::harness
