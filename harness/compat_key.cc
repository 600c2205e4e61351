// SPDX-License-Identifier: MIT
#include "harness/compat_key.h"

#include <initializer_list>
#include <utility>

namespace copilot::harness {
namespace {

using Part = std::pair<const char*, std::string>;

std::string Join(const std::vector<Part>& parts) {
  std::string key;
  for (const auto& [label, value] : parts) {
    if (!key.empty()) key.push_back('|');
    key.append(label).append("=").append(value);
  }
  return key;
}

}  // namespace

CompatKeys MakeCompatKeys(const AttemptParams& params,
                          const std::string& resolved_copilot_home,
                          const ResolvedAuth* auth) {
  const std::vector<Part> model = {{"provider", params.provider},
                                   {"model", params.model_id}};
  const std::vector<Part> endpoint = {
      {"api", params.model_api},
      {"baseUrlFingerprint", params.model_base_url.empty()
                                 ? ""
                                 : wire::Fingerprint(params.model_base_url)}};
  const std::vector<Part> place = {
      {"cwd", params.cwd.empty() ? params.workspace_dir : params.cwd},
      {"agentId", params.agent_id},
      {"agentDir", params.agent_dir},
      {"copilotHome", params.copilot_home},
      {"resolvedCopilotHome", resolved_copilot_home}};
  std::vector<Part> identity = {{"auth", "unresolvable"}};
  if (auth != nullptr) {
    identity = {{"auth.mode", std::string(ToString(auth->mode))},
                {"auth.profileId", auth->profile_id},
                {"auth.profileVersion", auth->profile_version}};
  }
  const auto join = [](std::initializer_list<const std::vector<Part>*> lists) {
    std::vector<Part> all;
    for (const auto* list : lists) {
      all.insert(all.end(), list->begin(), list->end());
    }
    return Join(all);
  };
  return {join({&model, &endpoint, &place, &identity}), join({&model, &place})};
}

}  // namespace copilot::harness
