// SPDX-License-Identifier: MIT
#include "conformance/report/changes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace copilot::conformance {
namespace {

enum class Colour { kNone, kGreen, kRed };

std::map<std::string, Colour> ColoursOf(const RunReport& run) {
  std::map<std::string, Colour> colours;
  for (const Verdict& verdict : run.verdicts) {
    Colour& colour =
        colours.try_emplace(verdict.id, Colour::kNone).first->second;
    if (IsRed(verdict.status)) {
      colour = Colour::kRed;
    } else if (verdict.status != Status::kSkip && colour == Colour::kNone) {
      colour = Colour::kGreen;
    }
  }
  return colours;
}

}  // namespace

Changes Compare(const RunReport& before, const RunReport& now) {
  const auto then = ColoursOf(before);
  const auto today = ColoursOf(now);
  Changes changes;
  for (const auto& [id, colour] : today) {
    const auto old = then.find(id);
    if (old == then.end()) {
      changes.added.push_back(id);
    }
    const bool was_red = old != then.end() && old->second == Colour::kRed;
    if (colour == Colour::kRed && !was_red) changes.newly_failing.push_back(id);
    if (colour == Colour::kGreen && was_red) changes.fixed.push_back(id);
  }
  for (const auto& [id, colour] : then) {
    if (!today.contains(id)) changes.gone.push_back(id);
  }
  return changes;
}

std::string ChangesText(const Changes& changes) {
  std::string text;
  const auto add = [&](const char* what, const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    text += fmt::format("{} {}: {}\n", ids.size(), what, fmt::join(ids, ", "));
  };
  add("newly failing", changes.newly_failing);
  add("fixed", changes.fixed);
  add("new", changes.added);
  add("gone", changes.gone);
  return text.empty() ? "nothing has changed\n" : text;
}

}  // namespace copilot::conformance
