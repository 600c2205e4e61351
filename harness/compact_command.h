// SPDX-License-Identifier: MIT
//
// `copilot-harness compact`: makes a stored conversation of `run` shorter.
#pragma once

#include <memory>

#include "harness/binding_store.h"
#include "harness/executor.h"
#include "harness/pool.h"
#include "harness/run_command.h"

namespace copilot::harness {

// What a compaction needs of the world. Shared by nobody else.
struct CompactWorld {
  std::shared_ptr<const Environment> environment;
  std::shared_ptr<BindingStore> store;
  std::shared_ptr<ClientPool> pool;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
};

// Compacts the session that is stored for `params.session_id`, which must have
// been made with the same model, directories and auth. A harness compacts what
// it has in memory only (harness spec 12.1); here the process that had it is
// gone, and the user names it. The outcome is that of harness spec 12.3; a
// session that the CLI does not know any more is forgotten. Fails for auth that
// cannot be used, and for a store that cannot be read.
Expected<Json> CompactStored(const CompactWorld& world,
                             const AttemptParams& params,
                             const AbortSignal& signal);

// SIGINT and SIGTERM abort. Ends with kOk, with kTurnFailed when nothing could
// be compacted, with kUsage and kEnvironment as `run`.
int CompactCommand(const RunOptions& options);

}  // namespace copilot::harness
