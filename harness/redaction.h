// SPDX-License-Identifier: MIT
//
// Takes credentials out of what a tool shows to the model (harness spec 8.7):
// the model may repeat them anywhere. On in the journal profile only; the docs
// profile promises that a tool's text reaches the model as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/secret.h"

namespace copilot::harness {

// What stands in the place of a credential.
inline constexpr char kRedacted[] = "[redacted]";

// Immutable, and so thread-safe. Linear in the length of the text, whatever the
// text is: it comes from strangers.
class Redactor {
 public:
  // Besides what looks like a credential (tokens of GitHub, API keys, bearer
  // tokens, private keys) it knows these. Shorter ones than four characters are
  // no secrets and would be found everywhere.
  explicit Redactor(const std::vector<wire::Secret>& secrets = {});

  std::string Redact(const std::string& text) const;

  // Takes out of the blocks of one text what is in one of them and what begins
  // in one and goes on in the next. When in doubt where a credential ends, more
  // is taken.
  void RedactBlocks(std::vector<std::string>* blocks) const;

 private:
  struct Span {
    size_t begin;
    size_t end;
  };
  std::vector<Span> Find(std::string_view text) const;

  std::vector<wire::Secret> secrets_;
};

}  // namespace copilot::harness
