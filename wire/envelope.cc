// SPDX-License-Identifier: MIT
#include "wire/envelope.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <vector>

#include "wire/json_scan.h"

namespace copilot::wire {
namespace {

bool IsString(std::string_view raw) { return raw.front() == '"'; }

bool IsNumber(std::string_view raw) {
  return raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9');
}

bool IsInt64(std::string_view raw) {
  int64_t value = 0;
  const auto [end, code] =
      std::from_chars(raw.data(), raw.data() + raw.size(), value);
  // The real CLI reads -0 as a floating-point number.
  return code == std::errc() && end == raw.data() + raw.size() && raw != "-0";
}

// "a\tb" with its quotes, as Rust prints a string for debugging.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kNamed = {"\0\t\n\r\"\\", 6};
    constexpr std::string_view kLetters = "0tnr\"\\";
    if (const size_t at = kNamed.find(c); at != std::string_view::npos) {
      out += {'\\', kLetters[at]};
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

// "integer `2`": what a value is, in the words of the real parser.
std::string Described(std::string_view raw) {
  switch (raw.front()) {
    case '{':
      return "map";
    case '[':
      return "sequence";
    case '"':
      return "string " + Quoted(RawString(raw));
    case 'n':
      return "null";
    case 't':
    case 'f':
      return fmt::format("boolean `{}`", raw);
    default:
      break;
  }
  const Json number = Json::parse(raw, nullptr, false);
  return fmt::format("{} `{}`",
                     number.is_number_float() ? "floating point" : "integer",
                     number.dump());
}

std::string WrongType(std::string_view raw, std::string_view expected) {
  return fmt::format("invalid type: {}, expected {}", Described(raw), expected);
}

std::string VersionComplaint(std::string_view raw) {
  if (raw == "\"2.0\"") return "";
  if (!IsString(raw)) return WrongType(raw, "a string");
  const std::string version = RawString(raw);
  if (version == "2.0") return "";
  return fmt::format("unsupported jsonrpc version: expected \"2.0\", got {}",
                     Quoted(version));
}

std::string IdComplaint(std::string_view raw) {
  if (!IsNumber(raw) || IsInt64(raw)) return "";
  return "data did not match any variant of untagged enum RequestId";
}

std::string CodeComplaint(std::string_view raw) {
  if (IsInt64(raw)) return "";
  const bool too_large = Json::parse(raw, nullptr, false).is_number_unsigned();
  if (!too_large) return WrongType(raw, "i64");
  return fmt::format("invalid value: {}, expected i64", Described(raw));
}

std::string ErrorMemberComplaint(std::string_view key, std::string_view raw) {
  if (key == "code") return CodeComplaint(raw);
  if (key == "message" && !IsString(raw)) return WrongType(raw, "a string");
  return "";
}

std::string ErrorObjectComplaint(std::string_view raw) {
  std::string complaint;
  bool code = false;
  bool message = false;
  (void)ScanJson(raw, [&](std::string_view key, std::string_view value) {
    code = code || key == "code";
    message = message || key == "message";
    if (complaint.empty()) complaint = ErrorMemberComplaint(key, value);
  });
  if (!complaint.empty()) return complaint;
  if (!code) return "missing field `code`";
  return message ? "" : "missing field `message`";
}

// The real CLI reads `[code, message, data]` as an error, too.
std::string ErrorArrayComplaint(std::string_view raw) {
  const Json items = Json::parse(raw, nullptr, false);
  constexpr const char* kKeys[] = {"code", "message"};
  for (size_t i = 0; i < 2 && i < items.size(); ++i) {
    const std::string complaint =
        ErrorMemberComplaint(kKeys[i], items[i].dump());
    if (!complaint.empty()) return complaint;
  }
  if (items.size() < 2) {
    return fmt::format(
        "invalid length {}, expected struct ResponseError with 3 elements",
        items.size());
  }
  if (items.size() <= 3) return "";
  return fmt::format("invalid length {}, expected fewer elements in array",
                     items.size());
}

std::string ErrorComplaint(std::string_view raw) {
  if (raw.front() == '{') return ErrorObjectComplaint(raw);
  if (raw.front() == '[') return ErrorArrayComplaint(raw);
  return WrongType(raw, "struct ResponseError");
}

}  // namespace

void Envelope::Set(std::string_view raw_key, std::string_view raw_value) {
  if (raw_key.find('\\') != std::string_view::npos) {
    const std::string key = UnescapeJson(raw_key);
    if (key.find('\\') == std::string::npos) Set(key, raw_value);
    return;
  }
  if (raw_key == "jsonrpc") {
    version = raw_value;
  } else if (raw_key == "id") {
    id = raw_value;
  } else if (raw_key == "method") {
    method = raw_value;
  } else if (raw_key == "params") {
    params = raw_value;
  } else if (raw_key == "result") {
    result = raw_value;
  } else if (raw_key == "error") {
    error = raw_value;
  }
}

std::optional<Message::Kind> Envelope::Kind(IdRule rule) const {
  const bool any = rule == IdRule::kAny;
  const bool good_id = id && (any || IsString(*id) || IsNumber(*id));
  if (method && IsString(*method)) {
    if (!id) return Message::Kind::kNotification;
    return good_id ? std::optional(Message::Kind::kRequest) : std::nullopt;
  }
  if (!good_id && (!id || *id != "null")) return std::nullopt;
  if (error && *error != "null") return Message::Kind::kError;
  return result ? std::optional(Message::Kind::kResult) : std::nullopt;
}

std::string Envelope::Complaint(Message::Kind kind, IdRule rule) const {
  const bool strict = rule == IdRule::kStringOrInteger;
  // Of several complaints, the real CLI utters the one about the member that
  // comes first.
  std::string first;
  const char* place = nullptr;
  const auto note = [&](std::string_view raw, std::string complaint) {
    if (complaint.empty() || (place != nullptr && place < raw.data())) return;
    first = std::move(complaint);
    place = raw.data();
  };
  if (version) note(*version, VersionComplaint(*version));
  if (id && strict) note(*id, IdComplaint(*id));
  if (strict && kind == Message::Kind::kError) {
    note(*error, ErrorComplaint(*error));
  }
  if (first.empty() && !version) return "missing field `jsonrpc`";
  return first;
}

}  // namespace copilot::wire
