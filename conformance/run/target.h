// SPDX-License-Identifier: MIT
//
// What the two kinds of scenarios have in common, and the kinds themselves.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "conformance/adapter/keeper.h"
#include "conformance/evidence/evidence.h"
#include "conformance/run/settings.h"
#include "conformance/scenario/scenario.h"
#include "conformance/stage/loop.h"

namespace copilot::conformance {

// The reason to skip a scenario, found while it is being set up.
struct Skipped {
  std::string reason;
};

// Where a scenario runs, and what it leaves.
struct Stage {
  Stage(const Scenario& scenario_in, const Settings& settings_in,
        AdapterKeeper& keeper_in)
      : scenario(scenario_in),
        settings(settings_in),
        keeper(keeper_in),
        loop(std::chrono::milliseconds(settings_in.timeout_ms > 0
                                           ? settings_in.timeout_ms
                                           : scenario_in.timeout_ms),
             &keeper_in.io()),
        journal(sandbox.own("journal.jsonl")) {}

  const Scenario& scenario;
  const Settings& settings;
  AdapterKeeper& keeper;
  Sandbox sandbox;
  Loop loop;
  Journal journal;
  Evidence evidence;
  // Where the adapter, or the suite itself, left the adapter protocol.
  std::vector<ProtocolFault> protocol_faults;
  // What the runner and a CLI said to each other, as the journal of a fake
  // behind a harness tells it.
  std::vector<nlohmann::json> frames;

  // `given`, expanded.
  nlohmann::json given;
  // HOME, PATH, TMPDIR and what the scenario gives, as "NAME=value".
  std::vector<std::string> Environment() const;
  // The steps and conditions that both kinds know. False for others.
  bool CommonStep(const nlohmann::json& step);
  // True when the journal or the adapter's messages fulfil a waitFor.
  bool Fulfilled(const nlohmann::json& condition);
  void KeepOutcome(const nlohmann::json& step, const std::string& fallback,
                   Outcome outcome);
  int unnamed = 0;  // steps without "as", for their names
};

class Target {
 public:
  virtual ~Target() = default;
  // May throw Skipped, StepFailed or EnvironmentFailed.
  virtual void SetUp() = 0;
  virtual void Step(const nlohmann::json& step) = 0;
  // Ends every process. Does not throw.
  virtual void TearDown() = 0;
};

std::unique_ptr<Target> MakeHarnessTarget(Stage& stage);
std::unique_ptr<Target> MakeCliTarget(Stage& stage);

}  // namespace copilot::conformance
