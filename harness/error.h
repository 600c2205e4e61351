// SPDX-License-Identifier: MIT
//
// Errors as values. Whatever goes wrong in the harness is one of these; the
// text is what a host shows, the code what it switches on.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace copilot::harness {

using Json = nlohmann::json;

struct Error {
  std::string message;
  std::string code;  // "model_not_supported", "session_aborted", …; may be ""
  int rpc_code = 0;  // JSON-RPC code when the CLI answered with an error
  int status = 0;    // HTTP status the CLI reported, 0 when none

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Expected = tl::expected<T, Error>;

using Status = tl::expected<void, Error>;

inline tl::unexpected<Error> Fail(std::string message, std::string code = "") {
  Error error;
  error.message = std::move(message);
  error.code = std::move(code);
  return tl::unexpected<Error>(std::move(error));
}

inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

// `{message, code?}`, as results show it.
Json ToJson(const Error& error);

}  // namespace copilot::harness
