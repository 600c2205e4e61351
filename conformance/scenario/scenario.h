// SPDX-License-Identifier: MIT
//
// Scenarios and the contract as they stand in files.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
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
  // Monitors that this scenario breaks on purpose, by name.
  std::vector<std::string> monitors_off;
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
  // Of all files, also of those that were not read.
  std::set<std::string> ids;
};

// Reads `contract*.json` and `<area>/*.json` below `directory`; of the latter
// those that are `wanted`, if it is not empty. Fails only when the directory or
// the contract cannot be read.
tl::expected<Catalogue, wire::DocumentErrors> LoadCatalogue(
    const std::string& directory,
    const std::function<bool(const std::string& id)>& wanted = nullptr);

// Reads one file. `contract` may be null to leave its clauses unchecked.
tl::expected<Scenario, wire::DocumentErrors> LoadScenario(
    const std::string& file, const std::string& expected_id,
    const Contract* contract);

// What a document says, if it keeps to the schema. `file` is for messages.
tl::expected<Scenario, wire::DocumentErrors> ReadScenario(
    const nlohmann::json& document, const std::string& file);

// Shell-like pattern: `*` matches any characters, `?` one.
bool MatchesPattern(const std::string& text, const std::string& pattern);

}  // namespace copilot::conformance
