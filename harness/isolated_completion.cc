// SPDX-License-Identifier: MIT
#include "harness/isolated_completion.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace copilot::harness {
namespace {

Status Admit(const IsolatedCompletionParams& params) {
  static const auto* const levels =
      new std::set<std::string>{"", "low", "medium", "high", "xhigh"};
  if (levels->count(params.think_level) == 0) {
    return Fail(
        "[copilot] isolated completion does not support thinking level " +
        params.think_level);
  }
  if (params.authorization_owner != "host") {
    return Fail(
        "[copilot] isolated completion requires host-prepared authorization");
  }
  if (params.api_key.empty()) {
    return Fail(
        "[copilot] isolated completion requires the prepared credential");
  }
  return {};
}

// The credential itself is in no key: a fingerprint stands for it.
AcquireSpec SpecFor(const IsolatedCompletionParams& params,
                    const Environment& environment) {
  ResolvedAuth auth;
  auth.mode = AuthMode::kGitHubToken;
  auth.token = params.api_key;
  auth.profile_id = params.profile_id.empty() ? "prepared" : params.profile_id;
  auth.profile_version = params.source_auth_fingerprint.empty()
                             ? params.api_key.fingerprint()
                             : params.source_auth_fingerprint;
  return InEmptyMode(MakeAcquireSpec(
      auth, params.agent_id,
      ResolveCopilotHome("", params.agent_dir, params.agent_id, environment)));
}

SessionConfig ConfigFor(const IsolatedCompletionParams& params) {
  SessionConfig config;
  config.model = params.model_id.empty() ? "unknown-model" : params.model_id;
  config.working_directory = params.working_directory;
  config.github_token = params.api_key;
  config.reasoning_effort = params.think_level;
  config.system_message = params.system_prompt;
  return RestrictedConfig(std::move(config), SystemMessageMode::kReplace);
}

// The work outlives its caller when the deadline comes first.
class Completion : public std::enable_shared_from_this<Completion> {
 public:
  explicit Completion(IsolatedCompletionContext context)
      : c_(std::move(context)),
        deadline_(c_.clock->Now() + c_.params.timeout_ms) {}

  Expected<RestrictedAnswer> Run() {
    const auto timer = c_.clock->After(
        Milliseconds(c_.params.timeout_ms), [self = shared_from_this()] {
          self->Cut(Error{fmt::format("[copilot] isolated completion timed out "
                                      "after {}ms",
                                      self->c_.params.timeout_ms),
                          "TimeoutError", 0, 0});
        });
    const auto on_abort = c_.signal.OnAbort([self = shared_from_this()] {
      self->Cut(Error{self->c_.signal.reason(), "", 0, 0});
    });
    c_.executor->Run([self = shared_from_this()] { self->Work(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_ || cut_; });
    lock.unlock();
    c_.clock->Cancel(timer);
    lock.lock();
    // An answer that came in time counts, however long its cleanup takes.
    if (answer_) return *answer_;
    return Fail(*cut_);
  }

 private:
  void Cut(Error reason) {
    {
      const std::lock_guard lock(mutex_);
      if (cut_) return;
      cut_ = std::move(reason);
    }
    changed_.notify_all();
    interrupt_.Abort(cut_->message);
  }

  void Work() {
    Expected<RestrictedAnswer> answer = OpenAndAsk();
    {
      const std::lock_guard lock(mutex_);
      if (!cut_) answer_ = std::move(answer);
    }
    CleanUp();
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
  }

  Expected<RestrictedAnswer> OpenAndAsk() {
    const AcquireSpec spec = SpecFor(c_.params, *c_.environment);
    const auto lease = c_.pool->Acquire(spec.key, spec.options);
    if (!lease) return Fail(lease.error());
    lease_ = *lease;
    if (interrupt_.aborted()) return Fail(interrupt_.reason());
    const auto session = lease_->client->CreateSession(ConfigFor(c_.params));
    if (!session) return Fail(session.error());
    session_ = *session;
    RestrictedTurn turn;
    turn.session = session_;
    turn.params.model_id = c_.params.model_id;
    turn.params.provider = "github-copilot";
    turn.message.prompt = c_.params.prompt;
    turn.timeout = Milliseconds(deadline_ - c_.clock->Now());
    turn.signal = interrupt_.signal();
    turn.loop = c_.loop;
    turn.clock = c_.clock;
    turn.executor = c_.executor;
    return Ask(turn);
  }

  // A client that keeps what it should let go is not used again.
  void CleanUp() {
    if (!lease_) return;
    bool clean = true;
    if (session_) {
      clean = session_->Disconnect().has_value();
      clean &= lease_->client->DeleteSession(session_->id()).has_value();
    }
    if (clean) {
      (void)c_.pool->Release(*lease_);
    } else {
      c_.pool->Invalidate(*lease_);
    }
  }

  const IsolatedCompletionContext c_;
  const int64_t deadline_;
  const AbortController interrupt_;
  // Of the worker:
  std::optional<Lease> lease_;
  std::shared_ptr<SdkSession> session_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Expected<RestrictedAnswer>> answer_;
  std::optional<Error> cut_;  // never changes once it is set
  bool done_ = false;
};

}  // namespace

Expected<RestrictedAnswer> CompleteIsolated(IsolatedCompletionContext context) {
  if (const Status admitted = Admit(context.params); !admitted) {
    return Fail(admitted.error());
  }
  return std::make_shared<Completion>(std::move(context))->Run();
}

}  // namespace copilot::harness
