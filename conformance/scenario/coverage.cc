// SPDX-License-Identifier: MIT
#include "conformance/scenario/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace copilot::conformance {
namespace {

int Coverage::Counts::*KindOf(const Clause& clause,
                              const std::set<std::string>& proven) {
  if (proven.contains(clause.id)) return &Coverage::Counts::by_scenarios;
  if (!clause.unit.empty()) return &Coverage::Counts::by_tests;
  if (!clause.open.empty()) return &Coverage::Counts::open;
  return &Coverage::Counts::unproven;
}

std::string Line(const char* word, const Clause& clause) {
  std::string line = fmt::format("{:8} {:9} {:9} {}", word, clause.id,
                                 clause.level, clause.text);
  if (!clause.era.empty()) line += " [" + clause.era + "]";
  if (!clause.open.empty()) line += "\n" + std::string(29, ' ') + clause.open;
  return line + "\n";
}

std::string Row(const std::string& name, const Coverage::Counts& counts) {
  const int proven = counts.by_scenarios + counts.by_tests;
  return fmt::format("{:12} {:9} {:5} {:5} {:8} {:5} {:7.1f}\n", name,
                     counts.by_scenarios, counts.by_tests, counts.open,
                     counts.unproven, counts.all(),
                     counts.all() == 0 ? 100.0 : 100.0 * proven / counts.all());
}

}  // namespace

Coverage MeasureCoverage(const Catalogue& catalogue,
                         const std::vector<std::string>& areas) {
  std::set<std::string> proven;
  for (const Scenario& scenario : catalogue.scenarios) {
    proven.insert(scenario.contract.begin(), scenario.contract.end());
  }
  Coverage coverage;
  for (const auto& [id, clause] : catalogue.contract) {
    if (!areas.empty() &&
        std::find(areas.begin(), areas.end(), clause.area) == areas.end()) {
      continue;
    }
    const auto kind = KindOf(clause, proven);
    ++(coverage.areas[clause.area].*kind);
    ++(coverage.levels[clause.level].*kind);
    ++(coverage.sum.*kind);
    if (kind == &Coverage::Counts::open) coverage.open.push_back(clause);
    if (kind == &Coverage::Counts::unproven) {
      coverage.unproven.push_back(clause);
    }
  }
  return coverage;
}

std::string CoverageText(const Coverage& coverage) {
  std::string text;
  for (const Clause& clause : coverage.open) text += Line("open", clause);
  for (const Clause& clause : coverage.unproven) {
    text += Line("unproven", clause);
  }
  text +=
      fmt::format("{:12} {:>9} {:>5} {:>5} {:>8} {:>5} {:>7}\n", "area",
                  "scenarios", "tests", "open", "unproven", "all", "percent");
  for (const auto& [area, counts] : coverage.areas) text += Row(area, counts);
  for (const auto& [level, counts] : coverage.levels) {
    text += Row("(" + level + ")", counts);
  }
  return text + Row("all", coverage.sum);
}

}  // namespace copilot::conformance
