// SPDX-License-Identifier: MIT
#include "conformance/report/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace copilot::conformance {
namespace {

// A run of several implementations has each shard several times, and all of
// them equally often.
void CheckShards(const std::vector<Part>& parts,
                 std::vector<std::string>* errors) {
  const Part* first = nullptr;
  std::map<int, size_t> times;
  for (const Part& part : parts) {
    if (!part.run.shard) continue;
    if (first == nullptr) first = &part;
    if (part.run.shard->total != first->run.shard->total) {
      errors->push_back(fmt::format(
          "{} is shard {}, and {} is shard {}: they are of different runs",
          first->file, first->run.shard->ToString(), part.file,
          part.run.shard->ToString()));
      return;
    }
    ++times[part.run.shard->index];
  }
  if (first == nullptr) return;
  const int total = first->run.shard->total;
  size_t most = 0;
  for (const auto& [index, count] : times) most = std::max(most, count);
  for (int index = 1; index <= total; ++index) {
    if (times[index] == most) continue;
    errors->push_back(
        times[index] == 0
            ? fmt::format("shard {}/{} is missing", index, total)
            : fmt::format("shard {}/{} is there {} times, others {} times",
                          index, total, times[index], most));
  }
}

}  // namespace

tl::expected<RunReport, std::vector<std::string>> Merge(
    const std::vector<Part>& parts) {
  std::vector<std::string> errors;
  CheckShards(parts, &errors);
  RunReport merged;
  std::map<std::tuple<std::string, int, std::string>, std::string> files;
  for (const Part& part : parts) {
    merged.seconds += part.run.seconds;
    if (merged.started == 0 ||
        (part.run.started > 0 && part.run.started < merged.started)) {
      merged.started = part.run.started;
    }
    for (const Verdict& verdict : part.run.verdicts) {
      const auto [known, fresh] = files.emplace(
          std::tuple(verdict.id, verdict.round, verdict.implementation),
          part.file);
      if (!fresh) {
        errors.push_back(fmt::format("{} is in {} and in {}", verdict.id,
                                     known->second, part.file));
      }
      merged.verdicts.push_back(verdict);
    }
    for (const std::string& problem : part.run.problems) {
      if (std::find(merged.problems.begin(), merged.problems.end(), problem) ==
          merged.problems.end()) {
        merged.problems.push_back(problem);
      }
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  std::stable_sort(merged.verdicts.begin(), merged.verdicts.end(),
                   [](const Verdict& a, const Verdict& b) {
                     return std::tie(a.round, a.id) < std::tie(b.round, b.id);
                   });
  return merged;
}

}  // namespace copilot::conformance
