// SPDX-License-Identifier: MIT
#include "harness/usage.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "harness/session_event.h"

namespace copilot::harness {
namespace {

std::optional<int64_t> Count(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  if (!std::isfinite(number)) return std::nullopt;
  constexpr double kMost = 9e15;
  return static_cast<int64_t>(std::clamp(std::trunc(number), 0.0, kMost));
}

}  // namespace

Json UsageSnapshot(const Json& payload) {
  if (!payload.is_object()) return nullptr;
  constexpr struct {
    const char* from;
    const char* to;
  } kMembers[] = {{"inputTokens", "input"},
                  {"outputTokens", "output"},
                  {"cacheReadTokens", "cacheRead"},
                  {"cacheWriteTokens", "cacheWrite"}};
  Json snapshot = Json::object();
  int64_t total = 0;
  for (const auto& member : kMembers) {
    if (const auto count = Count(MemberOrNull(payload, member.from))) {
      snapshot[member.to] = *count;
      total += *count;
    }
  }
  snapshot["total"] = total;
  return snapshot;
}

Json AssistantUsage(const Json& snapshot, const Json& message_data) {
  Json usage = {{"input", 0},
                {"output", 0},
                {"cacheRead", 0},
                {"cacheWrite", 0},
                {"totalTokens", 0}};
  if (snapshot.is_object()) {
    for (const char* name : {"input", "output", "cacheRead", "cacheWrite"}) {
      if (snapshot.contains(name)) usage[name] = snapshot[name];
    }
    usage["totalTokens"] = snapshot.value("total", 0);
  } else if (const auto output =
                 Count(MemberOrNull(message_data, "outputTokens"))) {
    usage["output"] = *output;
    usage["totalTokens"] = *output;
  }
  usage["cost"] = {{"input", 0},
                   {"output", 0},
                   {"cacheRead", 0},
                   {"cacheWrite", 0},
                   {"total", 0}};
  return usage;
}

}  // namespace copilot::harness
