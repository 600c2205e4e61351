// SPDX-License-Identifier: MIT
#include "harness/compact_command.h"

#include <utility>

#include "harness/byok/provider.h"
#include "harness/cli_client.h"
#include "harness/compaction.h"
#include "harness/compat_key.h"
#include "harness/interrupts.h"
#include "harness/loop.h"
#include "harness/terminal.h"

namespace copilot::harness {
namespace {

bool SameAuth(const StoredBinding& stored, const ResolvedAuth& auth) {
  return stored.auth_mode == auth.mode &&
         stored.auth_profile_id == auth.profile_id &&
         stored.auth_profile_version == auth.profile_version;
}

// What the session is resumed with: as in an attempt, without tools.
SessionConfig ConfigOf(const AttemptParams& params, const ResolvedAuth& auth) {
  SessionConfig config;
  config.model = params.model_id;
  config.available_tools = {"builtin:ask_user"};
  config.working_directory =
      params.cwd.empty() ? params.workspace_dir : params.cwd;
  config.on_permission_request = MakePermissionHandler(AttemptHost{});
  config.on_user_input_request =
      [](const UserInputRequest&,
         const std::function<void(UserInputAnswer)>& answer) {
        answer({"", true});
      };
  config.provider = params.session_provider;
  if (auth.mode == AuthMode::kGitHubToken) config.github_token = auth.token;
  return config;
}

}  // namespace

Expected<Json> CompactStored(const CompactWorld& world,
                             const AttemptParams& params,
                             const AbortSignal& signal) {
  const auto byok = ResolveByok(params);
  if (!byok) return CompactionRefused("missing_thread_binding");
  const auto auth = *byok ? Expected<ResolvedAuth>(AuthOf(**byok))
                          : ResolveAuth(params.auth, *world.environment);
  if (!auth) return Fail(auth.error());
  const std::string home =
      ResolveCopilotHome(params.copilot_home, params.agent_dir, params.agent_id,
                         *world.environment);
  const CompatKeys keys = MakeCompatKeys(params, home, &*auth);
  const auto stored = world.store->Lookup(params.session_id);
  if (!stored) return Fail(stored.error());
  if (!*stored || (*stored)->compact_key != keys.compact ||
      !SameAuth(**stored, *auth)) {
    return CompactionRefused("missing_thread_binding");
  }
  CompactionContext context;
  context.params = params;
  context.signal = signal;
  context.clock = world.clock;
  context.executor = world.executor;
  context.pool = world.pool;
  context.spec = MakeAcquireSpec(*auth, params.agent_id, home);
  context.sdk_session_id = (*stored)->sdk_session_id;
  context.config = ConfigOf(params, *auth);
  context.byok = *byok;
  const CompactionOutcome outcome = RunCompaction(context);
  if (outcome.stale) (void)world.store->Delete(params.session_id);
  return outcome.result;
}

int CompactCommand(const RunOptions& options) {
  const auto environment = std::make_shared<ProcessEnvironment>();
  auto target = LocateCli(options, *environment);
  const auto params = target ? MakeConfiguredParams(options, *environment)
                             : Expected<AttemptParams>(Fail(target.error()));
  if (!params) {
    Complain(params.error().message);
    return ExitCodeOf(params.error());
  }
  Loop loop;
  const auto executor = std::make_shared<ThreadExecutor>();
  CompactWorld world;
  world.environment = environment;
  world.store = MakeFileBindingStore(
      AbsolutePath(options.store, environment->CurrentDirectory()));
  world.clock = MakeRealClock(&loop);
  world.executor = executor;
  CliWorld cli;
  cli.loop = &loop;
  cli.clock = world.clock;
  cli.executor = executor;
  cli.environment = environment;
  cli.target = *std::move(target);
  world.pool = MakeClientPool(MakeCliClientFactory(std::move(cli)), world.clock,
                              executor, kDefaultIdleTtl);
  const AbortController abort;
  Expected<Json> outcome;
  {
    const Interrupts interrupts(abort);
    outcome = CompactStored(world, *params, abort.signal());
  }
  (void)world.pool->Dispose();
  world.pool.reset();
  executor->WaitIdle();
  const int code = ReportCompaction(outcome, options.turn.json);
  if (outcome && *outcome == CompactionRefused("missing_thread_binding")) {
    Complain(
        "expected the --session, --model, --agent, --cwd, --home and auth of a "
        "conversation in --store");
  }
  return code;
}

}  // namespace copilot::harness
