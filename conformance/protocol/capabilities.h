// SPDX-License-Identifier: MIT
//
// What the capabilities of an adapter are worth: how many scenarios need them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// A table in Markdown: each capability, its meaning, the methods that it needs
// and how many of the scenarios for harnesses require it.
std::string CapabilityTable(const std::vector<Scenario>& scenarios);

struct CapabilityWorth {
  size_t runs = 0;   // scenarios for harnesses that would run
  size_t total = 0;  // of so many
  // Scenarios that would run as well with one capability more.
  std::map<std::string, size_t> would_add;
};

CapabilityWorth WorthOf(const std::set<std::string>& capabilities,
                        const std::vector<Scenario>& scenarios);

}  // namespace copilot::conformance
