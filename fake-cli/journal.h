// SPDX-License-Identifier: MIT
//
// The record of a run: JSON lines, documented in docs/script.md. Credentials
// are replaced by their fingerprints before anything is written.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "wire/secret.h"

namespace copilot::fake_cli {

// Knows credentials and takes them out of text and documents.
class Redactor {
 public:
  // Remembers a credential, however it became known.
  void Learn(std::string_view secret);

  // Replaces the values of members that hold credentials, learns them, and
  // replaces what is known inside any other string.
  void Redact(nlohmann::json* value);
  std::string RedactText(std::string text) const;

  // True for names such as gitHubToken, apiKey, GH_TOKEN, authorization.
  static bool IsCredentialName(std::string_view name);

 private:
  std::vector<std::string> secrets_;  // longest first
};

// Lines are buffered until Flush, which writes them with one append, so that
// several processes can share a file. A default journal swallows everything.
// Not thread-safe.
class Journal {
 public:
  Journal() = default;
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Fails with a text that names the file and the reason.
  tl::expected<void, std::string> Open(const std::string& path);
  bool enabled() const { return fd_ >= 0; }

  Redactor& redactor() { return redactor_; }

  // `members` is redacted; t, at, pid, seq and event are added.
  void Add(std::string_view event, nlohmann::json members);
  // A frame: `body` may be anything.
  void AddFrame(bool incoming, int connection, std::string_view body);
  void Flush();

 private:
  int fd_ = -1;
  int64_t started_ms_ = 0;
  int64_t sequence_ = 0;
  std::string pending_;
  Redactor redactor_;
};

}  // namespace copilot::fake_cli
