// SPDX-License-Identifier: MIT
//
// Deliberately broken harnesses, made by changing what passes between the
// runner and a sound adapter, or between its harness and the CLI. The suite is
// proven by them: each must be caught in its area.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace copilot::conformance {

// What a mutation may look at and remember.
struct MutantState {
  nlohmann::json dirs;    // of initialize
  nlohmann::json params;  // of the last attempt or compaction
  std::map<std::string, std::string> methods;  // of requests, by raw id
  std::map<std::string, std::string> memory;
  int count = 0;
};

// False drops the message.
using Change = std::function<bool(nlohmann::json& message, MutantState&)>;

struct Mutation {
  std::string name;
  std::string area;
  std::string what;
  std::function<void(std::map<std::string, std::string>& environment)> environ;
  Change to_adapter;
  // Results carry the method of their request as "$method" meanwhile.
  Change from_adapter;
  Change to_cli;
};

// Names it in the output of parametrised tests.
inline void PrintTo(const Mutation& mutation, std::ostream* out) {
  *out << mutation.name;
}

const std::vector<Mutation>& Mutations();
const Mutation* FindMutation(const std::string& name);

}  // namespace copilot::conformance
