// SPDX-License-Identifier: MIT
#include "wire/message.h"

#include <fmt/format.h>

#include <utility>

#include "wire/envelope.h"
#include "wire/json_scan.h"

namespace copilot::wire {
namespace {

constexpr char kNoMessage[] =
    "not a recognizable JSON-RPC request, notification, or response";

tl::unexpected<RpcError> Invalid(std::string message) {
  return tl::unexpected(RpcError{kInvalidRequest, std::move(message), nullptr});
}

constexpr auto kReplace = Json::error_handler_t::replace;

// `text` as a JSON string. Invalid UTF-8 becomes U+FFFD: it must not keep a
// message from being sent.
std::string Quoted(std::string_view text) {
  return Json(text).dump(-1, ' ', false, kReplace);
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
  const auto kind = envelope.Kind(rule);
  if (!kind) return Invalid(kNoMessage);
  std::string complaint = envelope.Complaint(*kind, rule);
  if (!complaint.empty()) return Invalid(std::move(complaint));
  Message message;
  message.kind = *kind;
  message.id = envelope.id.value_or("");
  if (*kind == Message::Kind::kResult) {
    message.result = *envelope.result;
  } else if (*kind == Message::Kind::kError) {
    message.error = *envelope.error;
  } else {
    message.method = RawString(*envelope.method);
    message.params = envelope.params.value_or("");
  }
  return message;
}

std::string_view RawMember(std::string_view object, std::string_view key) {
  if (object.empty() || object.front() != '{') return {};
  std::string_view found;
  (void)ScanJson(object, [&](std::string_view raw_key, std::string_view raw) {
    if (raw_key == key) {
      found = raw;
    } else if (raw_key.find('\\') != std::string_view::npos &&
               UnescapeJson(raw_key) == key) {
      found = raw;
    }
  });
  return found;
}

std::string RawString(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"') return "";
  return UnescapeJson(raw.substr(1, raw.size() - 2));
}

std::string RequestBody(std::string_view id, std::string_view method,
                        std::string_view params) {
  std::string body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":{})", id,
                                 Quoted(method));
  if (!params.empty())
    fmt::format_to(std::back_inserter(body), R"(,"params":{})", params);
  body.push_back('}');
  return body;
}

std::string NotificationBody(std::string_view method, std::string_view params) {
  std::string body =
      fmt::format(R"({{"jsonrpc":"2.0","method":{})", Quoted(method));
  if (!params.empty())
    fmt::format_to(std::back_inserter(body), R"(,"params":{})", params);
  body.push_back('}');
  return body;
}

std::string ResultBody(std::string_view id, std::string_view result) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result);
}

std::string ErrorBody(std::string_view id, const RpcError& error) {
  std::string body = fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":{})", id,
      error.code, Quoted(error.message));
  if (!error.data.is_null()) {
    fmt::format_to(std::back_inserter(body), R"(,"data":{})",
                   error.data.dump(-1, ' ', false, kReplace));
  }
  return body + "}}";
}

}  // namespace copilot::wire
