// SPDX-License-Identifier: MIT
//
// Scenarios and the contract as they stand in files.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "wire/document.h"

namespace copilot::conformance {

struct Scenario {
  std::string id;  // "<area>/<name>", as the path
  std::string title;
  std::vector<std::string> contract;
  std::string target;  // harness, cli, live
  std::string level;   // core, extended, edge
  std::vector<std::string> requires_capabilities;
  nlohmann::json given = nlohmann::json::object();
  std::vector<nlohmann::json> when;
  std::vector<nlohmann::json> then;
  int timeout_ms = 30000;
  std::string file;

  std::string area() const { return id.substr(0, id.find('/')); }
};

// One rule of the contract catalogue.
struct Clause {
  std::string id;
  std::string area;
  std::string level;
  std::string text;
  std::string source;
  std::string era;                // empty: all
  std::vector<std::string> unit;  // tests that prove it from inside
  std::string open;               // why nothing proves it
};

using Contract = std::map<std::string, Clause>;

// What is in a directory of scenarios: the good ones, and what is wrong with
// the others.
struct Catalogue {
  Contract contract;
  std::vector<Scenario> scenarios;  // by id
  // Files that are no scenarios, by the id that their path gives them.
  std::map<std::string, wire::DocumentErrors> broken;
};

// Reads `contract*.json` and `<area>/*.json` below `directory`. Fails only when
// the directory or the contract cannot be read.
tl::expected<Catalogue, wire::DocumentErrors> LoadCatalogue(
    const std::string& directory);

// Reads one file. `contract` may be null to leave its clauses unchecked.
tl::expected<Scenario, wire::DocumentErrors> LoadScenario(
    const std::string& file, const std::string& expected_id,
    const Contract* contract);

// Shell-like pattern: `*` matches any characters, `?` one.
bool MatchesPattern(const std::string& text, const std::string& pattern);

}  // namespace copilot::conformance
