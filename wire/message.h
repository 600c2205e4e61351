// SPDX-License-Identifier: MIT
//
// A JSON-RPC 2.0 message seen without building a document: one pass checks the
// syntax and notes where the envelope's members are. Routing a message costs
// this pass and nothing more; who needs the parameters parses them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace copilot::wire {

using Json = nlohmann::json;

// JSON-RPC error codes, and those that the Copilot CLI adds.
enum ErrorCode : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kAuthenticationRequired = -32001,
  kAuthenticationFailed = -32002,
  kAuthenticationNotConfigured = -32003,
  // Ours, never on the wire: the call ended without an answer.
  kConnectionClosed = -1,
  kTimeout = -2,
};

struct RpcError {
  int code = kInternalError;
  std::string message;
  Json data = nullptr;  // null: the member is absent
};

// Views into the body that was parsed; valid as long as that is.
struct Message {
  enum class Kind { kRequest, kNotification, kResult, kError };

  Kind kind = Kind::kNotification;
  std::string_view id;      // raw JSON (`7`, `"a"`); empty when absent
  std::string method;       // unescaped
  std::string_view params;  // raw JSON; empty when absent
  std::string_view result;  // raw JSON; set for kResult
  std::string_view error;   // raw JSON; set for kError
};

// Which ids a peer accepts. The CLI takes strings and integers only; JSON-RPC
// at large, any JSON value.
enum class IdRule { kAny, kStringOrInteger };

// Fails with kParseError and the position for text that is not JSON, and with
// kInvalidRequest for JSON that is not a message; texts as the real CLI's.
tl::expected<Message, RpcError> ParseMessage(std::string_view body,
                                             IdRule rule = IdRule::kAny);

// The raw value of the member `key` of the JSON object `object`, without
// building a document; empty when `object` is no object or has no such member.
// `object` must be valid JSON. Of repeated members the last one wins.
std::string_view RawMember(std::string_view object, std::string_view key);

// The unescaped text of a raw JSON string; empty for anything else.
std::string RawString(std::string_view raw);

// Bodies of messages. `id`, `params`, `result` are raw JSON; empty params are
// left out.
std::string RequestBody(std::string_view id, std::string_view method,
                        std::string_view params);
std::string NotificationBody(std::string_view method, std::string_view params);
std::string ResultBody(std::string_view id, std::string_view result);
std::string ErrorBody(std::string_view id, const RpcError& error);

}  // namespace copilot::wire
