// SPDX-License-Identifier: MIT
//
// The answer to a permission request: the host's policy, and rejection whenever
// it has no answer (harness spec 9). Policies are values for
// AttemptHost::permission_policy; they may be called from several threads if
// what they are made of may.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "harness/attempt_types.h"

namespace copilot::harness {

// A decision {kind, …}, null for no opinion, or an error when it threw.
using PermissionPolicy = std::function<Expected<Json>(
    const Json& request, const std::string& session_id)>;

// `{kind: "reject", feedback: …}` of the fail-closed default.
Json DefaultRejection();

Json ApproveOnce();
Json Reject(const std::string& feedback);

// Approves requests of the kinds in `allowed`, once each, and rejects all
// others with `feedback`.
PermissionPolicy AllowKinds(std::set<std::string> allowed,
                            std::string feedback);

// Rejects requests of the kinds in `denied` with `feedback`; has no opinion
// about others.
PermissionPolicy DenyKinds(std::set<std::string> denied, std::string feedback);

// Asks one after the other: the first decision counts, and the first error ends
// the search. Without any decision it has no opinion.
PermissionPolicy FirstDecision(std::vector<PermissionPolicy> policies);

// Never fails.
PermissionHandler MakePermissionHandler(const AttemptHost& host);

}  // namespace copilot::harness
