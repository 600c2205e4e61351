// SPDX-License-Identifier: MIT
#include "wire/message.h"

#include <fmt/format.h>

#include <optional>

#include "wire/json_scan.h"

namespace copilot::wire {
namespace {

constexpr char kNoMessage[] =
    "not a recognizable JSON-RPC request, notification, or response";

struct Envelope {
  std::optional<std::string_view> version, id, method, params, result, error;

  void Set(std::string_view key, std::string_view value) {
    if (key == "jsonrpc") {
      version = value;
    } else if (key == "id") {
      id = value;
    } else if (key == "method") {
      method = value;
    } else if (key == "params") {
      params = value;
    } else if (key == "result") {
      result = value;
    } else if (key == "error") {
      error = value;
    }
  }
};

bool IsString(std::string_view raw) {
  return raw.size() >= 2 && raw.front() == '"';
}

bool IsNumber(std::string_view raw) {
  return !raw.empty() &&
         (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9'));
}

bool IsInteger(std::string_view raw) {
  return IsNumber(raw) && raw.find_first_of(".eE") == std::string_view::npos;
}

tl::unexpected<RpcError> Invalid(std::string message) {
  return tl::unexpected(RpcError{kInvalidRequest, std::move(message), nullptr});
}

// The complaint about an id that the rule does not allow; empty when it does.
std::string IdComplaint(std::string_view id, IdRule rule) {
  if (rule == IdRule::kAny || IsString(id) || IsInteger(id)) return "";
  if (IsNumber(id)) {
    return "data did not match any variant of untagged enum RequestId";
  }
  return kNoMessage;
}

}  // namespace

tl::expected<Message, RpcError> ParseMessage(std::string_view body,
                                             IdRule rule) {
  Envelope envelope;
  const auto value =
      ScanJson(body, [&](std::string_view key, std::string_view raw) {
        envelope.Set(key, raw);
      });
  if (!value) {
    return tl::unexpected(
        RpcError{kParseError, value.error().message, nullptr});
  }
  if (value->front() != '{') return Invalid(kNoMessage);
  if (!envelope.version) return Invalid("missing field `jsonrpc`");
  if (*envelope.version != "\"2.0\"") {
    return Invalid(
        fmt::format("unsupported jsonrpc version: expected \"2.0\", got {}",
                    *envelope.version));
  }
  Message message;
  if (envelope.id) {
    const std::string complaint = IdComplaint(*envelope.id, rule);
    if (!complaint.empty()) return Invalid(complaint);
    message.id = *envelope.id;
  }
  if (envelope.method) {
    if (!IsString(*envelope.method)) return Invalid(kNoMessage);
    message.kind =
        envelope.id ? Message::Kind::kRequest : Message::Kind::kNotification;
    message.method = RawString(*envelope.method);
    message.params = envelope.params.value_or("");
    return message;
  }
  if (!envelope.id || (!envelope.result && !envelope.error)) {
    return Invalid(kNoMessage);
  }
  message.kind =
      envelope.error ? Message::Kind::kError : Message::Kind::kResult;
  message.result = envelope.result.value_or("");
  message.error = envelope.error.value_or("");
  return message;
}

std::string_view RawMember(std::string_view object, std::string_view key) {
  if (object.empty() || object.front() != '{') return {};
  std::string_view found;
  (void)ScanJson(object, [&](std::string_view raw_key, std::string_view raw) {
    if (raw_key == key) found = raw;
  });
  return found;
}

std::string RawString(std::string_view raw) {
  if (!IsString(raw)) return "";
  return UnescapeJson(raw.substr(1, raw.size() - 2));
}

std::string RequestBody(std::string_view id, std::string_view method,
                        std::string_view params) {
  std::string body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":{})", id,
                                 Json(method).dump());
  if (!params.empty())
    fmt::format_to(std::back_inserter(body), R"(,"params":{})", params);
  body.push_back('}');
  return body;
}

std::string NotificationBody(std::string_view method, std::string_view params) {
  std::string body =
      fmt::format(R"({{"jsonrpc":"2.0","method":{})", Json(method).dump());
  if (!params.empty())
    fmt::format_to(std::back_inserter(body), R"(,"params":{})", params);
  body.push_back('}');
  return body;
}

std::string ResultBody(std::string_view id, std::string_view result) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
}

std::string ErrorBody(std::string_view id, const RpcError& error) {
  // Invalid UTF-8 in a message must not keep the answer from being sent.
  constexpr auto kReplace = Json::error_handler_t::replace;
  std::string body = fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":{})", id,
      error.code, Json(error.message).dump(-1, ' ', false, kReplace));
  if (!error.data.is_null()) {
    fmt::format_to(std::back_inserter(body), R"(,"data":{})",
                   error.data.dump(-1, ' ', false, kReplace));
  }
  return body + "}}";
}

}  // namespace copilot::wire
