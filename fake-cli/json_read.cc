// SPDX-License-Identifier: MIT
#include "fake-cli/json_read.h"

#include <algorithm>
#include <limits>

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

}  // namespace

const Json& MemberOf(const Json& object, const char* name) {
  static const Json* const none = new Json;
  if (!object.is_object()) return *none;
  const auto at = object.find(name);
  return at == object.end() ? *none : *at;
}

std::string TextOf(const Json& object, const char* name, std::string fallback) {
  const Json& member = MemberOf(object, name);
  return member.is_string() ? member.get<std::string>() : fallback;
}

int64_t NumberOf(const Json& object, const char* name, int64_t fallback) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const Json& member = MemberOf(object, name);
  if (member.is_number_unsigned()) {
    return static_cast<int64_t>(
        std::min(member.get<uint64_t>(), static_cast<uint64_t>(kMost)));
  }
  if (member.is_number_integer()) return member.get<int64_t>();
  if (!member.is_number_float()) return fallback;
  constexpr double kLimit = 9e18;
  return static_cast<int64_t>(
      std::clamp(member.get<double>(), -kLimit, kLimit));
}

bool FlagOf(const Json& object, const char* name, bool fallback) {
  const Json& member = MemberOf(object, name);
  return member.is_boolean() ? member.get<bool>() : fallback;
}

const Json& ListOf(const Json& object, const char* name) {
  static const Json* const none = new Json(Json::array());
  const Json& member = MemberOf(object, name);
  return member.is_array() ? member : *none;
}

const Json& ObjectOf(const Json& object, const char* name) {
  static const Json* const none = new Json(Json::object());
  const Json& member = MemberOf(object, name);
  return member.is_object() ? member : *none;
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace copilot::fake_cli
