// SPDX-License-Identifier: MIT
#include "harness/finalization.h"

#include <utility>

#include "harness/text.h"

namespace copilot::harness {
namespace {

SessionConfig MakeConfig(const FinalizationContext& context) {
  const AttemptParams& params = context.params;
  SessionConfig config = context.config;
  config.model = params.model_id.empty() ? "unknown-model" : params.model_id;
  if (config.working_directory.empty()) {
    config.working_directory =
        params.cwd.empty() ? params.workspace_dir : params.cwd;
  }
  if (config.reasoning_effort.empty()) {
    config.reasoning_effort = params.reasoning_effort;
  }
  if (config.provider.is_null()) config.provider = params.session_provider;
  config.github_token = context.spec.auth.token;
  config = RestrictedConfig(std::move(config), SystemMessageMode::kCustomize);
  config.continue_pending_work = false;
  config.suppress_resume_event = true;
  return config;
}

Expected<RestrictedAnswer> ResumeAndAsk(const FinalizationContext& context,
                                        const SessionConfig& config,
                                        const Lease& lease) {
  const auto session =
      lease.client->ResumeSession(context.sdk_session_id, config);
  if (!session) {
    Error error = session.error();
    error.code = "settled_finalization_resume_failed";
    context.pool->Release(lease);
    return Fail(std::move(error));
  }
  RestrictedTurn turn;
  turn.session = *session;
  turn.params = context.params;
  turn.message.prompt = context.params.prompt;
  if (context.byok)
    turn.message.request_headers = RequestHeaders(*context.byok);
  turn.timeout = Milliseconds(context.params.timeout_ms);
  turn.signal = context.signal;
  turn.loop = context.loop;
  turn.clock = context.clock;
  turn.executor = context.executor;
  Expected<RestrictedAnswer> answer = Ask(turn);
  // The next turn of the conversation is another client's; one that keeps the
  // session must not live on beside it.
  if ((*session)->Disconnect()) {
    context.pool->Release(lease);
  } else {
    context.pool->Invalidate(lease);
  }
  return answer;
}

}  // namespace

Expected<RestrictedAnswer> FinalizeTurn(const FinalizationContext& context) {
  if (IsBlank(context.sdk_session_id)) {
    return Fail(
        "[copilot] cannot safely finalize a settled tool turn without its "
        "compatible SDK session",
        "settled_finalization_session_unavailable");
  }
  if (context.signal.aborted()) return Fail(context.signal.reason());
  SessionConfig config = MakeConfig(context);
  // The proxy of the turn is gone.
  std::unique_ptr<ByokProxy> proxy;
  if (context.byok) {
    auto started = ByokProxy::Start(*context.byok, context.byok_proxy);
    if (!started) return Fail(started.error());
    proxy = std::move(*started);
    config.provider = SessionProvider(*context.byok, *proxy);
  }
  const AcquireSpec spec = InEmptyMode(context.spec);
  const auto lease = context.pool->Acquire(spec.key, spec.options);
  if (!lease) return Fail(lease.error());
  return ResumeAndAsk(context, config, *lease);
}

}  // namespace copilot::harness
