// SPDX-License-Identifier: MIT
//
// Reads messages that may hold anything.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace copilot::conformance {

// A member of an object; null when it is not there, or `value` is no object.
inline const nlohmann::json& MemberOf(const nlohmann::json& value,
                                      const char* name) {
  static const auto* const nothing = new nlohmann::json();
  const auto found = value.find(name);
  return found == value.end() ? *nothing : *found;
}

// The same of a text; empty when it is none.
inline std::string TextOf(const nlohmann::json& value, const char* name) {
  const nlohmann::json& member = MemberOf(value, name);
  return member.is_string() ? member.get<std::string>() : "";
}

}  // namespace copilot::conformance
