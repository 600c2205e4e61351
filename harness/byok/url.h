// SPDX-License-Identifier: MIT
//
// URLs of web servers, read as a browser reads them (WHATWG URL), because the
// client that will be given them does: a host in decimal, octal or hexadecimal
// form is the address that it means.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace copilot::harness {

struct Url {
  std::string scheme;  // lowercase, without colon
  bool has_credentials = false;
  // Lowercase, without percent-encoding; an IPv4 address in its dotted form,
  // an IPv6 address in brackets. Keeps a trailing dot.
  std::string host;
  int port = 0;       // the scheme's when none is named; 0 without one
  std::string path;   // begins with a slash
  std::string query;  // with its question mark; may be empty

  // The host without what only its writing needs: brackets and trailing dots.
  std::string bare_host() const;
  // The path without slashes at its end; may be empty.
  std::string base_path() const;
  // scheme://host[:port], without a port that the scheme implies.
  std::string origin() const;
};

// Nothing for a text that is no absolute URL with a host. A host that is not
// ASCII is none either: it has to be given in its ASCII form.
std::optional<Url> ParseUrl(std::string_view text);

// `reference` as seen from `base`, as in a Location header.
std::optional<Url> ResolveUrl(const Url& base, const std::string& reference);

// Percent-encoded bytes become what they stand for; broken ones are kept.
std::string PercentDecoded(std::string_view text);

}  // namespace copilot::harness
