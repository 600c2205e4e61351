// SPDX-License-Identifier: MIT
#include "harness/compaction.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "harness/deferred_cleanup.h"
#include "harness/replay.h"
#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr char kFailed[] = "copilot-sdk-history-compact-failed";

Json Failed(const std::string& reason, const std::string& raw_error) {
  Json failure = {{"reason", reason}};
  if (!raw_error.empty()) failure["rawError"] = raw_error;
  return {{"ok", false},
          {"compacted", false},
          {"reason", reason},
          {"failure", std::move(failure)}};
}

int64_t Number(const Json& object, const char* name) {
  const Json& value = MemberOrNull(object, name);
  return value.is_number() ? value.get<int64_t>() : 0;
}

void FireHook(const CompactionContext& context, const char* hook,
              Json payload) {
  if (!context.host.wants(hook)) return;
  payload["messageCount"] = -1;
  payload["sessionFile"] = context.params.session_file;
  if (const auto fired = context.host.run_hook(hook, payload); !fired) {
    context.host.Warn(std::string(hook) +
                      " hook failed: " + fired.error().message);
  }
}

// What the RPC's result means (harness spec 12.3).
Json Project(const CompactionContext& context, const Json& raw) {
  if (MemberOrNull(raw, "success") == false) return Failed(kFailed, "");
  const int64_t tokens = Number(raw, "tokensRemoved");
  const int64_t messages = Number(raw, "messagesRemoved");
  if (tokens <= 0 && messages <= 0) {
    return {
        {"ok", true}, {"compacted", false}, {"reason", "already under target"}};
  }
  const Json& window = MemberOrNull(raw, "contextWindow");
  const int64_t after = Number(window, "currentTokens");
  return {{"ok", true},
          {"compacted", true},
          {"reason", "copilot-sdk-history-compacted"},
          {"result",
           {{"summary", StringMember(raw, "summaryContent")},
            {"firstKeptEntryId", ""},
            {"tokensBefore",
             context.params.current_token_count.value_or(after + tokens)},
            {"tokensAfter", MemberOrNull(window, "currentTokens")},
            {"details", raw},
            {"sessionId", context.params.session_id},
            {"sessionFile", context.params.session_file}}}};
}

// Something that is decided once, by whichever comes first: the answer, an
// abort, the safety timeout.
class FirstResult {
 public:
  void Set(Expected<Json> result) {
    {
      const std::lock_guard lock(mutex_);
      if (result_) return;
      result_ = std::move(result);
    }
    decided_.notify_all();
  }

  Expected<Json> Wait() {
    std::unique_lock lock(mutex_);
    decided_.wait(lock, [this] { return result_.has_value(); });
    return *result_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable decided_;
  std::optional<Expected<Json>> result_;
};

// The RPC, which a model may take long to answer. An abort while it runs is
// passed on once, and not waited for.
Expected<Json> Compact(const CompactionContext& context,
                       const std::shared_ptr<SdkSession>& session) {
  const auto first = std::make_shared<FirstResult>();
  const auto timer = context.clock->After(kCompactionTimeout, [first] {
    first->Set(Fail("Compaction timed out"));
  });
  const auto on_abort = context.signal.OnAbort(
      [session, first, executor = context.executor, signal = context.signal] {
        executor->Run([session, first, signal] {
          (void)session->AbortManualCompaction();
          first->Set(Fail(signal.reason()));
        });
      });
  std::optional<std::string> instructions;
  if (!IsBlank(context.params.custom_instructions)) {
    instructions = context.params.custom_instructions;
  }
  context.executor->Run([session, first, instructions] {
    first->Set(session->CompactHistory(instructions));
  });
  Expected<Json> result = first->Wait();
  context.clock->Cancel(timer);
  return result;
}

Expected<Json> ResumeAndCompact(const CompactionContext& context,
                                SdkClient& client) {
  if (context.signal.aborted()) return Fail(context.signal.reason());
  SessionConfig config = context.config;
  config.continue_pending_work = false;
  config.suppress_resume_event = true;
  // The proxy of the attempt is gone.
  std::unique_ptr<ByokProxy> proxy;
  if (context.byok) {
    auto started = ByokProxy::Start(*context.byok, context.byok_proxy);
    if (!started) return Fail(started.error());
    proxy = std::move(*started);
    config.provider = SessionProvider(*context.byok, *proxy);
  }
  const auto session = client.ResumeSession(context.sdk_session_id, config);
  if (!session) return Fail(session.error());
  Expected<Json> raw = context.signal.aborted()
                           ? Expected<Json>(Fail(context.signal.reason()))
                           : Compact(context, *session);
  (void)(*session)->Disconnect();
  if (context.signal.aborted()) return Fail(context.signal.reason());
  return raw;
}

}  // namespace

Json CompactionRefused(const std::string& reason) {
  if (reason == "missing-required-params") {
    return {{"ok", false}, {"compacted", false}, {"reason", reason}};
  }
  return Failed(reason, "");
}

CompactionOutcome RunCompaction(const CompactionContext& context) {
  if (context.signal.aborted()) {
    return {Failed(kFailed, context.signal.reason()), false};
  }
  const auto lease =
      context.pool->Acquire(context.spec.key, context.spec.options);
  if (!lease) return {Failed(kFailed, lease.error().message), false};
  FireHook(context, "before_compaction", Json::object());
  const Expected<Json> raw = ResumeAndCompact(context, *lease->client);
  (void)context.pool->Release(*lease);
  if (!raw) {
    const bool stale = IsStaleSessionText(raw.error().message);
    return {
        Failed(stale ? "stale_thread_binding" : kFailed, raw.error().message),
        stale};
  }
  Json result = Project(context, *raw);
  if (result["compacted"] == true) {
    FireHook(context, "after_compaction",
             {{"compactedCount", Number(*raw, "messagesRemoved")}});
  }
  return {std::move(result), false};
}

}  // namespace copilot::harness
