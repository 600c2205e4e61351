// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/schemas/frame_checker.h"
#include "wire/document.h"

namespace copilot::conformance {

// Where frames may leave the published schemas, each with its reason
// (scenarios/schema-differences.json): because the real CLI does, or because
// the script of a scenario wants it.
class SchemaDifferences {
 public:
  static tl::expected<SchemaDifferences, wire::DocumentErrors> Load(
      const std::string& path);

  // The number of the entry that accepts it. `scenario` is an id; empty for
  // frames that are nobody's script.
  std::optional<size_t> Find(const std::string& scenario,
                             const Violation& violation) const;

  // Entries for scenarios, or the others, that are not among `needed`; for
  // people.
  std::vector<std::string> Unneeded(bool of_scenarios,
                                    const std::set<size_t>& needed) const;

 private:
  struct Entry {
    std::string scenario;  // pattern of ids; empty: what the real CLI does
    std::string frame;     // patterns
    std::string path;
  };

  std::vector<Entry> entries_;
};

}  // namespace copilot::conformance
