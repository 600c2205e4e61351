// SPDX-License-Identifier: MIT
//
// Writes one JSON object straight into text: the hot path of a fake that sends
// hundreds of small objects per turn builds no documents.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace copilot::fake_cli {

// `text` as a JSON string, with quotes. Invalid UTF-8 becomes U+FFFD.
std::string Quote(std::string_view text);

// Members appear in the order of the calls.
class JsonObject {
 public:
  JsonObject& Text(std::string_view key, std::string_view value);
  JsonObject& Raw(std::string_view key, std::string_view json);
  JsonObject& Int(std::string_view key, int64_t value);
  JsonObject& Bool(std::string_view key, bool value);
  JsonObject& Null(std::string_view key);
  // Left out when empty.
  JsonObject& TextIf(std::string_view key, std::string_view value);
  JsonObject& RawIf(std::string_view key, std::string_view json);

  std::string str() const { return text_ + '}'; }

 private:
  void Key(std::string_view key);
  std::string text_ = "{";
};

}  // namespace copilot::fake_cli
