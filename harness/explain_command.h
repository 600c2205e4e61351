// SPDX-License-Identifier: MIT
//
// `copilot-harness explain`: what an attempt would run with, and why, without
// starting anything.
#pragma once

#include <string>

#include "harness/config/agent.h"

namespace copilot::harness {

struct ExplainOptions {
  std::string config;
  std::string agent;
  std::string model;
  std::string home;  // as of `run`: instead of the configured directory
  bool json = false;
};

// Each member is {value, why}: agent, model, runtime, plugin, supported, auth,
// endpoint (of a model of the host's own), copilotHome, poolKey. `ok` says
// whether an attempt would get as far as to the CLI. Holds no secret, only
// fingerprints.
Json Explain(const Configuration& configuration, const AgentSetup& setup,
             const Environment& environment);

// The same to read, a line for each member.
std::string ExplanationText(const Json& explanation);

// Ends with kOk, with kTurnFailed when an attempt would not get to the CLI, and
// with kUsage for a configuration that cannot be used.
int ExplainCommand(const ExplainOptions& options);

}  // namespace copilot::harness
