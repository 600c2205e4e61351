// SPDX-License-Identifier: MIT
//
// Lets the monitors follow a run that is over.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/monitors/monitor.h"

namespace copilot::conformance {

struct Watched {
  size_t frames = 0;
  std::vector<Breach> breaches;
};

// A line of the same form as the journal's, for what somebody said.
nlohmann::json FrameLine(Party side, Link link, std::string_view body);

// Every monitor, over the lines of a journal (docs/script.md), in order.
Watched WatchCli(const std::vector<nlohmann::json>& journal);

// The names of all monitors.
std::vector<std::string> MonitorNames();

// Monitors that the script of a fake CLI breaks on purpose: by the events that
// it makes up, the ones that it repeats, and its trouble. `script` is what a
// scenario gives as `cli`.
std::set<std::string> BrokenByScript(const nlohmann::json& script);

// For people: the invariant, and the frames that show the breach, each with the
// number of its line.
std::string TitleOf(const Breach& breach);
std::string DetailOf(const Breach& breach,
                     const std::vector<nlohmann::json>& journal);

}  // namespace copilot::conformance
