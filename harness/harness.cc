// SPDX-License-Identifier: MIT
#include "harness/harness.h"

#include <utility>

#include "harness/compaction.h"
#include "harness/compat_key.h"
#include "harness/finalization.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr char kNoCompactionSource[] =
    "This host did not provide compaction source authority. Update OpenClaw "
    "before compacting this session.";
constexpr char kDisposedMeanwhile[] =
    "[copilot] harness was disposed while starting an attempt";
constexpr char kDisposed[] =
    "[copilot] harness has been disposed; cannot start new attempts";

constexpr char kDisposedIsolated[] =
    "[copilot] harness has been disposed; cannot start isolated completion";

StoredBinding ToStored(const std::string& sdk_session_id,
                       const CompatKeys& keys, const ResolvedAuth& auth,
                       bool journal_validated) {
  return {sdk_session_id,  keys.compat,          keys.compact,     auth.mode,
          auth.profile_id, auth.profile_version, journal_validated};
}

bool SameAuth(const ResolvedAuth& a, const ResolvedAuth& b) {
  return a.mode == b.mode && a.profile_id == b.profile_id &&
         a.profile_version == b.profile_version;
}

}  // namespace

// Counts an operation that dispose waits for.
class Harness::InFlight {
 public:
  explicit InFlight(Harness& harness) : harness_(harness) {
    const std::lock_guard lock(harness_.mutex_);
    admitted_ = !harness_.disposed_;
    if (admitted_) ++harness_.in_flight_;
  }
  ~InFlight() {
    if (!admitted_) return;
    {
      const std::lock_guard lock(harness_.mutex_);
      --harness_.in_flight_;
    }
    harness_.changed_.notify_all();
  }
  bool admitted() const { return admitted_; }

 private:
  Harness& harness_;
  bool admitted_ = false;
};

Harness::Harness(HarnessOptions options)
    : options_(std::move(options)),
      environment_(options_.environment
                       ? options_.environment
                       : std::make_shared<ProcessEnvironment>()),
      loop_(std::make_unique<Loop>()),
      executor_(std::make_shared<ThreadExecutor>()),
      transcript_(options_.transcript ? options_.transcript
                                      : MakeTranscriptFile()),
      store_(options_.store) {
  if (options_.virtual_clock) {
    clock_ = options_.virtual_clock;
  } else {
    clock_ = MakeRealClock(loop_.get());
  }
}

Harness::~Harness() {
  (void)Dispose();
  executor_->WaitIdle();
}

bool Harness::IsDisposed() const {
  const std::lock_guard lock(mutex_);
  return disposed_;
}

std::shared_ptr<ClientPool> Harness::Pool() {
  if (options_.pool) return options_.pool;
  const std::lock_guard lock(mutex_);
  if (!pool_) {
    auto factory = options_.factory;
    if (!factory) {
      CliWorld world;
      world.loop = loop_.get();
      world.clock = clock_;
      world.executor = executor_;
      world.environment = environment_;
      world.target = options_.cli;
      factory = MakeCliClientFactory(std::move(world));
    }
    pool_ = MakeClientPool(std::move(factory), clock_, executor_,
                           options_.idle_ttl);
  }
  return pool_;
}

// The provider's own credential leaves no room for one of GitHub's.
Expected<ResolvedAuth> Harness::AuthFor(
    const AttemptParams& params,
    const std::optional<ByokProvider>& byok) const {
  return byok ? AuthOf(*byok) : ResolveAuth(params.auth, *environment_);
}

std::string Harness::CopilotHome(const AttemptParams& params) const {
  return ResolveCopilotHome(params.copilot_home, params.agent_dir,
                            params.agent_id, *environment_);
}

Harness::Resumable Harness::FindResumable(const std::string& session_id,
                                          const CompatKeys& keys) {
  Resumable found;
  {
    const std::lock_guard lock(mutex_);
    const auto tracked = bindings_.find(session_id);
    if (tracked != bindings_.end()) {
      const Binding& binding = tracked->second;
      if (binding.keys.compat != keys.compat) return {};
      found = {binding.sdk_session_id, binding.journal_validated};
    }
  }
  if (found.sdk_session_id.empty() && store_) {
    const auto stored = store_->Lookup(session_id);
    if (!stored) {
      (void)store_->Delete(session_id);
    } else if (*stored && (*stored)->compat_key == keys.compat) {
      found = {(*stored)->sdk_session_id, (*stored)->journal_validated};
    }
  }
  const std::lock_guard lock(mutex_);
  const auto blocked = blocked_.find(session_id);
  const bool barred = blocked != blocked_.end() &&
                      blocked->second.count(found.sdk_session_id) != 0;
  return barred ? Resumable() : found;
}

void Harness::Remember(const std::string& session_id, Binding binding) {
  if (session_id.empty()) return;
  const StoredBinding stored =
      ToStored(binding.sdk_session_id, binding.keys, binding.spec.auth,
               binding.journal_validated);
  {
    const std::lock_guard lock(mutex_);
    bindings_[session_id] = std::move(binding);
    // Nothing names the sessions of before any more.
    blocked_.erase(session_id);
  }
  if (store_ && !store_->Register(session_id, stored)) {
    (void)store_->Delete(session_id);
  }
}

// What the attempt found out about its session, if that is still the one
// (harness spec 1.2).
void Harness::RememberJournal(const std::string& session_id,
                              const AttemptResult& result) {
  StoredBinding stored;
  {
    const std::lock_guard lock(mutex_);
    const auto tracked = bindings_.find(session_id);
    if (tracked == bindings_.end() ||
        tracked->second.sdk_session_id != result.sdk_session_id) {
      return;
    }
    Binding& binding = tracked->second;
    binding.journal_validated = result.journal->validated;
    stored = ToStored(binding.sdk_session_id, binding.keys, binding.spec.auth,
                      binding.journal_validated);
  }
  if (store_ && !store_->Register(session_id, stored)) {
    (void)store_->Delete(session_id);
  }
}

Expected<AttemptResult> Harness::RunAttempt(
    const AttemptParams& params, const AttemptHost& host,
    const AbortSignal& signal, const std::shared_ptr<ActiveRun>& active) {
  const InFlight in_flight(*this);
  if (!in_flight.admitted()) return Fail(kDisposed);
  const auto byok = ResolveByok(params);
  if (!byok) return EarlyFailure(options_.profile, params, host, byok.error());
  const auto auth = AuthFor(params, *byok);
  if (!auth) return Fail(auth.error());
  const std::string home = CopilotHome(params);
  const CompatKeys keys = MakeCompatKeys(params, home, &*auth);

  AttemptContext context;
  context.profile = options_.profile;
  context.params = params;
  context.host = host;
  context.signal = signal;
  context.active = active ? active : std::make_shared<ActiveRun>();
  context.loop = loop_.get();
  context.clock = clock_;
  context.executor = executor_;
  context.transcript = transcript_;
  context.environment = environment_;
  context.spec = MakeAcquireSpec(*auth, params.agent_id, home);
  context.byok = *byok;
  context.byok_proxy = options_.byok_proxy;
  context.resume_id = params.replay_session_id;
  context.journal_validated = params.journal.validated;
  if (context.resume_id.empty()) {
    const Resumable found = FindResumable(params.session_id, keys);
    context.resume_id = found.sdk_session_id;
    context.journal_validated = found.journal_validated;
  }
  // The store may have taken its time.
  if (IsDisposed()) return Fail(kDisposedMeanwhile);
  context.pool = Pool();
  context.on_established =
      [this, id = params.session_id, keys, spec = context.spec, byok = *byok](
          const std::string& sdk_session_id, const SessionConfig& config) {
        // Not validated before its turn is: a crash may come between.
        Binding binding{sdk_session_id, keys, spec, config, byok, false};
        // The turn that could answer a question is over by then; the CLI is
        // still told that questions can be asked, as in the attempt.
        binding.config.on_user_input_request =
            [](const UserInputRequest&,
               const std::function<void(UserInputAnswer)>& answer) {
              answer({"", true});
            };
        Remember(id, std::move(binding));
      };
  context.on_deferred =
      [this, id = params.session_id](std::shared_ptr<DeferredCleanup> cleanup) {
        AddDeferred(id, std::move(cleanup));
      };
  context.on_cleaned = [this, id = params.session_id](
                           const std::string& sdk_session_id,
                           CleanupOutcome outcome) {
    OnCleaned(id, sdk_session_id, outcome);
  };
  const auto result = harness::RunAttempt(std::move(context));
  if (result && result->journal) RememberJournal(params.session_id, *result);
  return result;
}

void Harness::AddDeferred(const std::string& session_id,
                          std::shared_ptr<DeferredCleanup> cleanup) {
  const std::lock_guard lock(mutex_);
  blocked_[session_id].insert(cleanup->sdk_session_id());
  deferred_.emplace(session_id, std::move(cleanup));
}

void Harness::OnCleaned(const std::string& session_id,
                        const std::string& sdk_session_id,
                        CleanupOutcome outcome) {
  if (outcome != CleanupOutcome::kCompleted) {
    Forget(session_id, sdk_session_id);
  }
  {
    const std::lock_guard lock(mutex_);
    if (outcome == CleanupOutcome::kCompleted) {
      blocked_[session_id].erase(sdk_session_id);
    }
    const auto [begin, end] = deferred_.equal_range(session_id);
    for (auto it = begin; it != end; ++it) {
      if (it->second->sdk_session_id() != sdk_session_id) continue;
      deferred_.erase(it);
      break;
    }
  }
  changed_.notify_all();
}

// Drops the binding in memory and in the store, if it is still this session.
void Harness::Forget(const std::string& session_id,
                     const std::string& sdk_session_id) {
  {
    const std::lock_guard lock(mutex_);
    const auto tracked = bindings_.find(session_id);
    if (tracked != bindings_.end() &&
        tracked->second.sdk_session_id == sdk_session_id) {
      bindings_.erase(tracked);
    }
  }
  (void)ForgetStored(session_id, {sdk_session_id});
}

std::vector<std::shared_ptr<DeferredCleanup>> Harness::DeferredOf(
    const std::string& session_id) {
  std::vector<std::shared_ptr<DeferredCleanup>> found;
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = deferred_.equal_range(session_id);
  for (auto it = begin; it != end; ++it) found.push_back(it->second);
  return found;
}

bool Harness::HasDeferred(const std::string& session_id,
                          const std::string& sdk_session_id) const {
  const auto [begin, end] = deferred_.equal_range(session_id);
  for (auto it = begin; it != end; ++it) {
    if (it->second->sdk_session_id() == sdk_session_id) return true;
  }
  return false;
}

Expected<Json> Harness::Compact(const AttemptParams& params,
                                const AttemptHost& host,
                                const AbortSignal& signal) {
  const InFlight in_flight(*this);
  if (!in_flight.admitted()) return Json(nullptr);
  const bool owned = host.capabilities && host.capabilities->compaction_source;
  if (options_.profile == Profile::kJournal && !owned) {
    return Fail(kNoCompactionSource);
  }
  if (IsBlank(params.session_id)) {
    return CompactionRefused("missing-required-params");
  }
  const auto byok = ResolveByok(params);
  if (!byok) return CompactionRefused("missing_thread_binding");
  const auto auth = AuthFor(params, *byok);
  if (!auth) return Fail(auth.error());
  const CompatKeys keys = MakeCompatKeys(params, CopilotHome(params), &*auth);
  CompactionContext context;
  {
    const std::lock_guard lock(mutex_);
    const auto tracked = bindings_.find(params.session_id);
    if (tracked != bindings_.end() &&
        HasDeferred(params.session_id, tracked->second.sdk_session_id)) {
      return CompactionRefused("background-compaction-pending");
    }
    if (tracked == bindings_.end() ||
        tracked->second.keys.compact != keys.compact ||
        !SameAuth(tracked->second.spec.auth, *auth)) {
      return CompactionRefused("missing_thread_binding");
    }
    context.spec = tracked->second.spec;
    context.sdk_session_id = tracked->second.sdk_session_id;
    context.config = tracked->second.config;
    context.byok = tracked->second.byok;
    context.byok_proxy = options_.byok_proxy;
  }
  context.params = params;
  context.host = host;
  context.signal = signal;
  context.clock = clock_;
  context.executor = executor_;
  context.pool = Pool();
  CompactionOutcome outcome = RunCompaction(context);
  if (outcome.stale) Forget(params.session_id, context.sdk_session_id);
  return outcome.result;
}

Expected<RestrictedAnswer> Harness::FinalizeSettledTurn(
    const AttemptParams& params, const AttemptResult& settled,
    const AbortSignal& signal) {
  const InFlight in_flight(*this);
  if (!in_flight.admitted()) return Fail(kDisposed);
  const auto byok = ResolveByok(params);
  if (!byok) return Fail(byok.error());
  const auto auth = AuthFor(params, *byok);
  if (!auth) return Fail(auth.error());
  const std::string home = CopilotHome(params);
  const CompatKeys keys = MakeCompatKeys(params, home, &*auth);
  FinalizationContext context;
  context.sdk_session_id =
      FindResumable(params.session_id, keys).sdk_session_id;
  // Another attempt may have moved the conversation to another session.
  if (!settled.sdk_session_id.empty() &&
      settled.sdk_session_id != context.sdk_session_id) {
    context.sdk_session_id.clear();
  }
  {
    const std::lock_guard lock(mutex_);
    const auto tracked = bindings_.find(params.session_id);
    if (tracked != bindings_.end() &&
        tracked->second.sdk_session_id == context.sdk_session_id) {
      context.config = tracked->second.config;
    }
  }
  context.params = params;
  context.signal = signal;
  context.loop = loop_.get();
  context.clock = clock_;
  context.executor = executor_;
  context.pool = Pool();
  context.spec = MakeAcquireSpec(*auth, params.agent_id, home);
  context.byok = *byok;
  context.byok_proxy = options_.byok_proxy;
  return FinalizeTurn(context);
}

Expected<RestrictedAnswer> Harness::RunIsolatedCompletion(
    const IsolatedCompletionParams& params, const AbortSignal& signal) {
  const InFlight in_flight(*this);
  if (!in_flight.admitted()) return Fail(kDisposedIsolated);
  IsolatedCompletionContext context;
  context.params = params;
  context.signal = signal;
  context.loop = loop_.get();
  context.clock = clock_;
  context.executor = executor_;
  context.pool = Pool();
  context.environment = environment_;
  return CompleteIsolated(std::move(context));
}

void Harness::DeleteSession(const Binding& binding) {
  const auto lease = Pool()->Acquire(binding.spec.key, binding.spec.options);
  if (!lease) return;
  (void)lease->client->DeleteSession(binding.sdk_session_id);
  (void)Pool()->Release(*lease);
}

void Harness::Reset(const std::string& session_id) {
  const InFlight in_flight(*this);
  if (!in_flight.admitted() || session_id.empty()) return;
  // What the reset is about; what is established meanwhile is left alone.
  std::set<std::string> targets;
  {
    const std::lock_guard lock(mutex_);
    const auto tracked = bindings_.find(session_id);
    if (tracked != bindings_.end()) {
      targets.insert(tracked->second.sdk_session_id);
    }
  }
  const auto stored = store_ ? store_->Lookup(session_id)
                             : Expected<std::optional<StoredBinding>>();
  if (stored && *stored) targets.insert((*stored)->sdk_session_id);
  if (targets.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    blocked_[session_id].insert(targets.begin(), targets.end());
  }
  for (const auto& cleanup : DeferredOf(session_id)) {
    cleanup->Abort();
    cleanup->Wait();
  }
  const bool forgotten = ForgetStored(session_id, targets);
  std::optional<Binding> tracked;
  {
    const std::lock_guard lock(mutex_);
    const auto found = bindings_.find(session_id);
    if (found != bindings_.end() &&
        targets.count(found->second.sdk_session_id) != 0) {
      tracked = std::move(found->second);
      bindings_.erase(found);
    }
    // A record that could not be deleted must not come back.
    if (forgotten) blocked_.erase(session_id);
  }
  if (tracked) DeleteSession(*tracked);
}

// Deletes the record in the store if it still names one of `targets`; false
// when it may still be there.
bool Harness::ForgetStored(const std::string& session_id,
                           const std::set<std::string>& targets) {
  if (!store_) return true;
  const auto stored = store_->Lookup(session_id);
  if (!stored) return store_->Delete(session_id).has_value();
  if (!*stored || targets.count((*stored)->sdk_session_id) == 0) return true;
  return store_->Delete(session_id).has_value();
}

Status Harness::Dispose() {
  std::unique_lock lock(mutex_);
  if (disposed_) {
    changed_.wait(lock, [this] { return dispose_result_.has_value(); });
    return *dispose_result_;
  }
  disposed_ = true;
  changed_.wait(lock, [this] { return in_flight_ == 0; });
  std::vector<std::shared_ptr<DeferredCleanup>> cleanups;
  for (const auto& [id, cleanup] : deferred_) cleanups.push_back(cleanup);
  const auto pool = pool_;
  lock.unlock();
  for (const auto& cleanup : cleanups) cleanup->Abort();
  for (const auto& cleanup : cleanups) cleanup->Wait();
  const std::vector<Error> errors =
      pool ? pool->Dispose() : std::vector<Error>();
  Status result;
  if (!errors.empty()) {
    std::string text = "[copilot] pool disposal errors";
    for (const Error& error : errors) text += "\n" + error.message;
    result = Fail(text);
  }
  lock.lock();
  bindings_.clear();
  blocked_.clear();
  dispose_result_ = result;
  lock.unlock();
  changed_.notify_all();
  return result;
}

}  // namespace copilot::harness
