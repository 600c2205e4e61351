// SPDX-License-Identifier: MIT
#include "conformance/schemas/judge.h"

#include <fmt/format.h>

#include <utility>

namespace copilot::conformance {

tl::expected<std::unique_ptr<SchemaJudge>, std::string> SchemaJudge::Make(
    const std::string& directory, Strictness strictness,
    const std::string& differences) {
  auto schemas = PublishedSchemas::Load(directory, strictness);
  if (!schemas) return tl::unexpected(schemas.error());
  auto accepted = SchemaDifferences::Load(differences);
  if (!accepted) return tl::unexpected(accepted.error().front().ToString());
  return std::unique_ptr<SchemaJudge>(
      new SchemaJudge(std::move(*schemas), std::move(*accepted)));
}

std::vector<Violation> SchemaJudge::Judge(const Source& source,
                                          const nlohmann::json& message,
                                          const std::string& answered) {
  std::vector<Violation> violations =
      source.client ? checker_.CheckClient(message, answered)
                    : checker_.Check(message, answered);
  const size_t found = violations.size();
  const std::lock_guard lock(mutex_);
  ++frames_;
  std::erase_if(violations, [&](const Violation& violation) {
    const auto entry = differences_.Find(source.scenario, violation);
    // What the fake does is no reason for an entry about the real CLI.
    if (entry && (source.recorded || !source.scenario.empty())) {
      needed_.insert(*entry);
    }
    return entry.has_value();
  });
  accepted_ += found > 0 && violations.empty();
  return violations;
}

std::vector<std::string> SchemaJudge::Unneeded(bool of_scenarios) const {
  if (checker_.schemas().lenient()) return {};
  const std::lock_guard lock(mutex_);
  return differences_.Unneeded(of_scenarios, needed_);
}

std::string Describe(const std::vector<Violation>& violations,
                     const std::string& indent) {
  std::string text;
  for (const Violation& each : violations) {
    text += fmt::format("{}{}: {}\n{}  value  {}\n", indent, each.path,
                        each.complaint, indent, each.value);
  }
  return text;
}

}  // namespace copilot::conformance
