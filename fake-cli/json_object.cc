// SPDX-License-Identifier: MIT
#include "fake-cli/json_object.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace copilot::fake_cli {

std::string Quote(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
  });
  if (plain) {
    std::string quoted;
    quoted.reserve(text.size() + 2);
    quoted.push_back('"');
    quoted.append(text);
    quoted.push_back('"');
    return quoted;
  }
  return nlohmann::json(text).dump(-1, ' ', false,
                                   nlohmann::json::error_handler_t::replace);
}

void JsonObject::Key(std::string_view key) {
  if (text_.size() > 1) text_.push_back(',');
  text_.push_back('"');
  text_.append(key);
  text_.append("\":");
}

JsonObject& JsonObject::Text(std::string_view key, std::string_view value) {
  Key(key);
  text_ += Quote(value);
  return *this;
}

JsonObject& JsonObject::Raw(std::string_view key, std::string_view json) {
  Key(key);
  text_ += json;
  return *this;
}

JsonObject& JsonObject::Int(std::string_view key, int64_t value) {
  return Raw(key, std::to_string(value));
}

JsonObject& JsonObject::Bool(std::string_view key, bool value) {
  return Raw(key, value ? "true" : "false");
}

JsonObject& JsonObject::Null(std::string_view key) { return Raw(key, "null"); }

JsonObject& JsonObject::TextIf(std::string_view key, std::string_view value) {
  return value.empty() ? *this : Text(key, value);
}

JsonObject& JsonObject::RawIf(std::string_view key, std::string_view json) {
  return json.empty() ? *this : Raw(key, json);
}

}  // namespace copilot::fake_cli
