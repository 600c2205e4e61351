// SPDX-License-Identifier: MIT
//
// Deliberately broken harnesses and CLIs, made by changing what passes between
// the runner and a sound adapter, or in front of the CLI. The suite is proven
// by them: each must be caught by a scenario of a clause that it breaks.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "conformance/mutant/frame.h"
#include "conformance/mutant/state.h"
#include "conformance/scenario/scenario.h"

namespace copilot::conformance {

// Where a proxy stands: in front of the adapter, or of the CLI.
enum class Place { kAdapter, kCli };

// Which way a message goes: down to the adapter or CLI, or up from it.
enum class Way { kDown, kUp };

// How the adapter or the CLI is started.
struct Launch {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;
  std::string directory;
  int processes = 1;  // the others hear and say nothing

  bool operator==(const Launch&) const = default;
};

using Change = std::function<void(Frame&, State&)>;
using LaunchChange = std::function<void(Launch&, State&)>;

// One thing that goes wrong at one place. Made by variants/helpers.h.
struct Fault {
  Place place = Place::kAdapter;
  Way way = Way::kDown;
  Change change = {};
  LaunchChange launch = {};
};

// A variant of a harness or CLI that breaks its contract in one way.
struct Mutation {
  std::string name;  // "<area>-<what>"
  // It breaks these, and a failing scenario must claim one of them.
  std::vector<std::string> clauses;
  std::string what;
  std::vector<Fault> faults;
  std::string area = {};  // that of its file

  // Which scenarios judge it: "harness", "cli" or "live".
  std::string target() const;
  bool HasFaultAt(Place place) const;
};

// All, area by area.
const std::vector<Mutation>& Mutations();

// The variant that breaks nothing.
const Mutation& SoundVariant();

// By name, "none" too; null when there is none.
const Mutation* FindMutation(const std::string& name);

// What is wrong with the list: names that are not unique or not of their area,
// clauses that do not exist or that no scenario could catch it by.
std::vector<std::string> ProblemsOf(const std::vector<Mutation>& mutations,
                                    const Catalogue& catalogue);

// The clauses of the catalogue that scenarios prove and no mutation breaks.
std::vector<std::string> Unbroken(const std::vector<Mutation>& mutations,
                                  const Catalogue& catalogue);

// Whether the scenario claims a clause that the mutation breaks.
bool Claims(const Scenario& scenario, const Mutation& mutation);

}  // namespace copilot::conformance
