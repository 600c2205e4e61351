// SPDX-License-Identifier: MIT
#include "harness/permission_policy.h"

namespace copilot::harness {

Json DefaultRejection() {
  return {{"kind", "reject"},
          {"feedback",
           "copilot agent runtime: no permission policy installed "
           "(fail-closed default)"}};
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
