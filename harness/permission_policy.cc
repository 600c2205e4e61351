// SPDX-License-Identifier: MIT
#include "harness/permission_policy.h"

#include <utility>

#include "harness/session_event.h"

namespace copilot::harness {

Json DefaultRejection() {
  return {{"kind", "reject"},
          {"feedback",
           "copilot agent runtime: no permission policy installed "
           "(fail-closed default)"}};
}

Json ApproveOnce() { return {{"kind", "approve-once"}}; }

Json Reject(const std::string& feedback) {
  return {{"kind", "reject"}, {"feedback", feedback}};
}

PermissionPolicy AllowKinds(std::set<std::string> allowed,
                            std::string feedback) {
  return [allowed = std::move(allowed), feedback = std::move(feedback)](
             const Json& request, const std::string&) -> Expected<Json> {
    const bool listed = allowed.count(StringMember(request, "kind")) != 0;
    return listed ? ApproveOnce() : Reject(feedback);
  };
}

PermissionPolicy DenyKinds(std::set<std::string> denied, std::string feedback) {
  return [denied = std::move(denied), feedback = std::move(feedback)](
             const Json& request, const std::string&) -> Expected<Json> {
    const bool listed = denied.count(StringMember(request, "kind")) != 0;
    return listed ? Reject(feedback) : Json();
  };
}

PermissionPolicy FirstDecision(std::vector<PermissionPolicy> policies) {
  return [policies = std::move(policies)](
             const Json& request,
             const std::string& session_id) -> Expected<Json> {
    for (const PermissionPolicy& policy : policies) {
      Expected<Json> decision = policy(request, session_id);
      if (!decision || !decision->is_null()) return decision;
    }
    return Json();
  };
}

PermissionHandler MakePermissionHandler(const AttemptHost& host) {
  const auto policy = host.permission_policy;
  return [policy](const Json& request, const std::string& session_id) -> Json {
    if (!policy) return DefaultRejection();
    const Expected<Json> decision = policy(request, session_id);
    if (!decision) {
      return {{"kind", "reject"},
              {"feedback",
               "copilot permission policy threw: " + decision.error().message}};
    }
    return decision->is_object() ? *decision : DefaultRejection();
  };
}

}  // namespace copilot::harness
