// SPDX-License-Identifier: MIT
#include "fake-cli/skills.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"

namespace copilot::fake_cli {

std::string SkillsData(const Host& host) {
  constexpr std::array<std::pair<const char*, const char*>, 2> kBuiltIn = {
      {{"customize-cloud-agent",
        "How to set up the environment of the cloud agent."},
       {"github-pr-media", "How to attach pictures to a pull request."}}};
  std::string skills = "[";
  for (const auto& [name, description] : kBuiltIn) {
    if (skills.size() > 1) skills.push_back(',');
    skills += JsonObject()
                  .Text("name", name)
                  .Text("commandName", name)
                  .Text("description", description)
                  .Text("source", "builtin")
                  .Bool("userInvocable", false)
                  .Bool("enabled", true)
                  .Text("path", fmt::format("{}/pkg/linux-x64/{}/builtin/{}/"
                                            "SKILL.md",
                                            host.cache(), host.version(), name))
                  .str();
  }
  return JsonObject().Raw("skills", skills + "]").str();
}

}  // namespace copilot::fake_cli
