// SPDX-License-Identifier: MIT
//
// Matchers of docs/scenarios.md: a partial match with operators, and a list of
// what differs, each with its JSON path.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace copilot::conformance {

// Named values that `$ref` reads and `$capture` writes.
using Bindings = std::map<std::string, nlohmann::json>;

struct Mismatch {
  std::string path;      // "$.result.kind"
  std::string expected;  // "\"reject\"", "a string that matches /x/"
  std::string came;      // "nothing", "\"approve-once\""
};

using Mismatches = std::vector<Mismatch>;

// What keeps `actual` from matching; empty when it matches. `actual` may be
// null for a member that is missing. Captures are kept even when the match
// fails.
Mismatches Match(const nlohmann::json& expected, const nlohmann::json* actual,
                 Bindings& bindings, const std::string& path = "$");

struct MatcherProblem {
  std::string path;
  std::string message;  // "expected …, got …"
};

// What is wrong with a matcher itself: operators that do not exist, operands
// that do not fit. Such a matcher never matches, or, within "$not", always.
std::vector<MatcherProblem> CheckMatcher(const nlohmann::json& matcher,
                                         const std::string& path = "$");

// The value that "name.member.0" names. Null when there is none.
const nlohmann::json* Resolve(const Bindings& bindings,
                              const std::string& reference);

// `value` with each {"$ref": …} replaced; unknown references stay.
nlohmann::json ResolveAll(const nlohmann::json& value,
                          const Bindings& bindings);

// JSON for people: shortened in the middle when it is long.
std::string Shown(const nlohmann::json& value, size_t limit = 300);

// A member that is an object; an empty one when there is none. Lives as long as
// `object`, so that its items can be iterated over.
const nlohmann::json& Section(const nlohmann::json& object, const char* name);

// A member that is a string; "" when there is none.
std::string StringMember(const nlohmann::json& object, const char* name);

// "is a matcher": an object whose members' names begin with "$".
bool IsOperator(const nlohmann::json& value);

}  // namespace copilot::conformance
