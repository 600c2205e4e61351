// SPDX-License-Identifier: MIT
#include "conformance/protocol/capabilities.h"

#include <fmt/format.h>

#include <algorithm>

#include "conformance/protocol/messages.h"

namespace copilot::conformance {

std::string CapabilityTable(const std::vector<Scenario>& scenarios) {
  std::string table =
      "| capability | meaning | methods | scenarios |\n|---|---|---|---|\n";
  for (const ProtocolCapability& each :
       ProtocolMessages::Get().capabilities()) {
    std::string methods;
    for (const std::string& method : each.methods) {
      methods += fmt::format("{}`{}`", methods.empty() ? "" : ", ", method);
    }
    const auto count =
        std::count_if(scenarios.begin(), scenarios.end(), [&](const auto& s) {
          const auto& wanted = s.requires_capabilities;
          return s.target == "harness" &&
                 std::find(wanted.begin(), wanted.end(), each.name) !=
                     wanted.end();
        });
    table += fmt::format("| `{}` | {} | {} | {} |\n", each.name, each.meaning,
                         methods, count);
  }
  return table;
}

CapabilityWorth WorthOf(const std::set<std::string>& capabilities,
                        const std::vector<Scenario>& scenarios) {
  CapabilityWorth worth;
  for (const Scenario& scenario : scenarios) {
    if (scenario.target != "harness") continue;
    ++worth.total;
    std::vector<std::string> missing;
    for (const std::string& wanted : scenario.requires_capabilities) {
      if (!capabilities.contains(wanted)) missing.push_back(wanted);
    }
    if (missing.empty()) ++worth.runs;
    if (missing.size() == 1) ++worth.would_add[missing[0]];
  }
  return worth;
}

}  // namespace copilot::conformance
