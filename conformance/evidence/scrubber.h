// SPDX-License-Identifier: MIT
//
// Keeps credentials out of what a run leaves behind.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "wire/secret.h"

namespace copilot::conformance {

// The credentials that stand in a scenario: texts that begin with "tok-".
void CollectCredentials(const nlohmann::json& value,
                        std::set<std::string>* found);

// Safe to read from several threads at once.
class Scrubber {
 public:
  // An empty credential is none.
  void Learn(const wire::Secret& credential);

  // Puts fingerprints in the place of the credentials that are known.
  void Clean(std::string* text) const;

 private:
  std::vector<wire::Secret> credentials_;  // longest first
};

}  // namespace copilot::conformance
