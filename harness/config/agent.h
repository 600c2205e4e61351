// SPDX-License-Identifier: MIT
//
// What the configuration says about a turn of an agent: its model, the runtime
// that the model is to run on, and what an attempt needs to know of both.
#pragma once

#include <string>

#include "harness/attempt_types.h"
#include "harness/config/configuration.h"

namespace copilot::harness {

// A value, and the JSON path or the option that it is from; both are empty when
// nothing says it.
struct Setting {
  std::string value;
  std::string from;
};

struct AgentSetup {
  Setting agent;      // id
  Setting model;      // provider/id
  Setting runtime;    // agentRuntime.id
  Setting agent_dir;  // as written, `~` replaced
  Setting workspace;
  std::string key_path;  // where the provider's key is; empty: nowhere
  // Ready for an attempt but for prompt and session. Holds the provider's key.
  AttemptParams params;
  Json supports;  // the context for Supports()
};

// Finds agent and model. An empty `agent` is the default one; `model` wins over
// the configuration when it is not empty, and may be an alias. A runtime on a
// model entry counts before one on the provider, and means the same (harness
// spec 15.1). Fails with code CONFIG for members of a wrong type, for unknown
// agents, and when there is no model.
Expected<AgentSetup> ResolveAgent(const Configuration& configuration,
                                  const std::string& agent,
                                  const std::string& model,
                                  const Environment& environment);

}  // namespace copilot::harness
