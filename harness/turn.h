// SPDX-License-Identifier: MIT
//
// A turn for somebody at a shell: the answer as it comes, permissions and
// questions at the terminal, Ctrl-C.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "harness/active_run.h"
#include "harness/console.h"
#include "harness/harness.h"
#include "harness/permission_policy.h"

namespace copilot::harness {

struct TurnOptions {
  std::set<std::string> allow;  // kinds of permission requests
  std::set<std::string> deny;   // counts before `allow`
  bool json = false;            // print the result, not the answer
};

// Decides by the options, then by asking at `console`; where that is null, by
// rejecting what is not allowed.
PermissionPolicy ShellPolicy(const TurnOptions& options, Console* console,
                             const AbortSignal& signal);

// Answers a question of the model at `console`; with nothing where that is
// null, so that the turn goes on.
void AnswerQuestion(const UserInputRequest& request, Console* console,
                    const AbortSignal& signal, ActiveRun* active);

// Runs the turn; the answer goes to stdout, everything else to stderr. The
// first SIGINT or SIGTERM aborts the turn, the second one ends the program.
// Gives an exit code.
int RunTurn(Harness& harness, const AttemptParams& params,
            const TurnOptions& options, Console* console);

// What a compaction of harness spec 12.3 came to, for stdout, and its exit
// code.
int ReportCompaction(const Expected<Json>& outcome, bool json);

}  // namespace copilot::harness
