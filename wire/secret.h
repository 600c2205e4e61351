// SPDX-License-Identifier: MIT
//
// Credentials, and the only form of them that may be shown.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace copilot::wire {

// `sha256:` and the first 12 lowercase hex characters of SHA-256 over the
// bytes. Equal secrets have equal fingerprints; nothing leads back.
std::string Fingerprint(std::string_view secret);

// The first `chars` (1 to 64) lowercase hex characters of SHA-256.
std::string Sha256Hex(std::string_view bytes, size_t chars = 64);

// A credential. It has no stream operator, no formatter and no conversion: to
// see the bytes, code must say Reveal(), which is easy to find in a review.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  std::string fingerprint() const { return Fingerprint(value_); }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string value_;
};

}  // namespace copilot::wire
