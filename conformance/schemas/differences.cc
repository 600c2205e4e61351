// SPDX-License-Identifier: MIT
#include "conformance/schemas/differences.h"

#include <fmt/format.h>

#include "conformance/scenario/scenario.h"
#include "embedded/schema_differences_schema.h"

namespace copilot::conformance {

tl::expected<SchemaDifferences, wire::DocumentErrors> SchemaDifferences::Load(
    const std::string& path) {
  static const wire::Schema schema(embedded::schema_differences_schema);
  const auto document = wire::LoadDocument(path, &schema);
  if (!document) return tl::unexpected(document.error());
  SchemaDifferences differences;
  for (const auto& each : (*document)["differences"]) {
    for (const auto& frame : each["frames"]) {
      for (const auto& place : each["paths"]) {
        differences.entries_.push_back(
            {each.value("scenario", ""), frame, place});
      }
    }
  }
  return differences;
}

std::optional<size_t> SchemaDifferences::Find(
    const std::string& scenario, const Violation& violation) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if ((entry.scenario.empty() || MatchesPattern(scenario, entry.scenario)) &&
        MatchesPattern(violation.frame, entry.frame) &&
        MatchesPattern(violation.path, entry.path)) {
      return i;
    }
  }
  return std::nullopt;
}

std::vector<std::string> SchemaDifferences::Unneeded(
    bool of_scenarios, const std::set<size_t>& needed) const {
  std::vector<std::string> unneeded;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.scenario.empty() == of_scenarios || needed.contains(i)) continue;
    const std::string where =
        of_scenarios ? "scenario " + entry.scenario + ": " : "";
    unneeded.push_back(
        fmt::format("{}{} at {}", where, entry.frame, entry.path));
  }
  return unneeded;
}

}  // namespace copilot::conformance
