// SPDX-License-Identifier: MIT
//
// Where a run works: in the workspace, in a task's directory, or in the
// directory of a sandbox (harness spec 1.3, steps 6 and 7).
#pragma once

#include <string>
#include <vector>

#include "harness/attempt_types.h"

namespace copilot::harness {

struct Workspace {
  std::string original;   // the host's; absolute, empty when there is none
  std::string effective;  // the one the run sees
  std::string cwd;        // where its session works
  std::string spawn;      // the original one, where the run may not write to it
  Json sandbox;           // as the host gave it; null: none

  bool sandboxed() const;
};

// Asks the host for the sandbox unless the caller supplied one, and makes its
// directory. Fails with sandbox_resolution_failure or with
// sandbox_cwd_override_unsupported; nothing is started then.
Expected<Workspace> ResolveWorkspace(const AttemptParams& params,
                                     const AttemptHost& host);

// The instructions of the workspace as one text (harness spec 14.3); empty when
// there are none. AGENTS.md is left out, because the CLI reads it itself. A
// failure to load them is only warned about.
std::string WorkspaceInstructions(const Workspace& workspace,
                                  const AttemptHost& host);

}  // namespace copilot::harness
