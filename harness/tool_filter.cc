// SPDX-License-Identifier: MIT
#include "harness/tool_filter.h"

#include <map>
#include <set>
#include <string_view>

#include "harness/text.h"

namespace copilot::harness {
namespace {

const std::map<std::string, std::set<std::string>>& Groups() {
  static const auto* const groups =
      new std::map<std::string, std::set<std::string>>{
          {"group:fs", {"read", "write", "edit", "apply_patch"}},
          {"group:runtime", {"exec", "process"}},
          {"group:web", {"web_search", "web_fetch"}},
          {"group:memory", {"memory_search", "memory_get"}},
          {"group:sessions",
           {"sessions_list", "sessions_history", "sessions_send",
            "sessions_spawn", "session_status"}}};
  return *groups;
}

std::string Canonical(std::string_view name) {
  const std::string plain = Normalized(name);
  if (plain == "bash") return "exec";
  if (plain == "apply-patch") return "apply_patch";
  return plain;
}

// `*` stands for any text. Linear in the usual case, never exponential: only
// the latest star is ever taken up again.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

bool IsAllowed(const std::vector<std::string>& allowlist,
               const std::string& tool_name) {
  const std::string name = Canonical(tool_name);
  for (const std::string& entry : allowlist) {
    const std::string wanted = Canonical(entry);
    if (wanted == "*" || wanted == name) return true;
    const auto group = Groups().find(wanted);
    if (group != Groups().end() && group->second.count(name) != 0) return true;
    if (wanted.find('*') != std::string::npos && GlobMatches(wanted, name)) {
      return true;
    }
  }
  return false;
}

}  // namespace copilot::harness
