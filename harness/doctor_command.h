// SPDX-License-Identifier: MIT
//
// `copilot-harness doctor`: what the plugin tells the host's doctor, and what
// is wrong with a configuration. It never looks for a CLI, nor at any variable
// but those that the configuration refers to (harness spec 15.2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/config/configuration.h"

namespace copilot::harness {

struct Finding {
  bool error = false;  // else a warning
  std::string code;    // "plugin-blocked"
  std::string path;    // JSON path
  std::string message;

  Json ToJson() const;
};

// What a user of the harness would want to know of a configuration:
// plugin-blocked, plugin-config, idle-ttl-out-of-range, unknown-runtime,
// runtime-not-opted-in, agent-unusable, model-unsupported. Without secrets.
std::vector<Finding> Examine(const Configuration& configuration,
                             const Environment& environment);

// The contract, the plugin's manifest and the findings, as `--json` prints
// them. `configuration` may be absent.
Json DoctorReport(const std::optional<Configuration>& configuration,
                  const Environment& environment);

struct DoctorOptions {
  std::string config;  // empty: none
  bool json = false;
};

// Ends with kOk, with kTurnFailed when there are errors among the findings, and
// with kUsage for a configuration that cannot be read.
int DoctorCommand(const DoctorOptions& options);

}  // namespace copilot::harness
