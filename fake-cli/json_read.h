// SPDX-License-Identifier: MIT
//
// Reads JSON that anybody may have sent: a member of another type than is asked
// for counts as absent, and so do those of a value that is no object.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace copilot::fake_cli {

// Null without one.
const nlohmann::json& MemberOf(const nlohmann::json& object, const char* name);
std::string TextOf(const nlohmann::json& object, const char* name,
                   std::string fallback = "");
// A fraction is cut off, and what is too large for the type is the largest.
int64_t NumberOf(const nlohmann::json& object, const char* name,
                 int64_t fallback = 0);
bool FlagOf(const nlohmann::json& object, const char* name,
            bool fallback = false);
// Empty ones without.
const nlohmann::json& ListOf(const nlohmann::json& object, const char* name);
const nlohmann::json& ObjectOf(const nlohmann::json& object, const char* name);

// Invalid UTF-8 becomes U+FFFD.
std::string Dump(const nlohmann::json& value);

}  // namespace copilot::fake_cli
