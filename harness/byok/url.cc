// SPDX-License-Identifier: MIT
#include "harness/byok/url.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <vector>

#include "harness/text.h"

namespace copilot::harness {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int DefaultPort(const std::string& scheme) {
  if (scheme == "https") return 443;
  return scheme == "http" ? 80 : 0;
}

// One part of an IPv4 address: decimal, 0octal or 0xhex. Nothing for another
// text, or a number that no address has.
std::optional<uint64_t> Ipv4Number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int base = 10;
  if (text.size() >= 2 && text[0] == '0') {
    base = text[1] == 'x' || text[1] == 'X' ? 16 : 8;
    text.remove_prefix(base == 16 ? 2 : 1);
  }
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = HexDigit(c);
    if (digit < 0 || digit >= base) return std::nullopt;
    value = value * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
    if (value > 0xFFFFFFFF) return std::nullopt;
  }
  return value;
}

std::vector<std::string_view> Labels(std::string_view host) {
  std::vector<std::string_view> labels;
  while (true) {
    const size_t dot = host.find('.');
    labels.push_back(host.substr(0, dot));
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
  return labels;
}

bool EndsInNumber(std::string_view host) {
  const std::string_view last = Labels(host).back();
  const bool digits =
      !last.empty() && std::all_of(last.begin(), last.end(),
                                   [](char c) { return c >= '0' && c <= '9'; });
  return digits || Ipv4Number(last).has_value();
}

// The dotted form of what a browser takes for an IPv4 address.
std::optional<std::string> Ipv4Host(std::string_view host) {
  const auto labels = Labels(host);
  if (labels.size() > 4) return std::nullopt;
  std::vector<uint64_t> numbers;
  for (const std::string_view label : labels) {
    const auto number = Ipv4Number(label);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  // The last number fills what the others leave.
  const size_t rest = 5 - numbers.size();
  if (numbers.back() >> (8 * rest) != 0) return std::nullopt;
  uint64_t address = numbers.back();
  for (size_t i = 0; i + 1 < numbers.size(); ++i) {
    if (numbers[i] > 255) return std::nullopt;
    address |= numbers[i] << (8 * (3 - i));
  }
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255,
                     address >> 8 & 255, address & 255);
}

std::optional<std::string> Ipv6Host(const std::string& text) {
  in6_addr address;
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> buffer;
  inet_ntop(AF_INET6, &address, buffer.data(), buffer.size());
  return fmt::format("[{}]", buffer.data());
}

std::optional<std::string> ParseHost(std::string_view text) {
  if (text.size() > 2 && text.front() == '[') {
    if (text.back() != ']') return std::nullopt;
    return Ipv6Host(std::string(text.substr(1, text.size() - 2)));
  }
  const std::string host = Lower(PercentDecoded(text));
  const bool fine = std::all_of(host.begin(), host.end(), [](char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view("\"#%/:<>?@[\\]^`{|}").find(c) ==
               std::string_view::npos;
  });
  if (host.empty() || !fine || host.find_first_not_of('.') == host.npos) {
    return std::nullopt;
  }
  return EndsInNumber(host) ? Ipv4Host(host) : host;
}

// 0 without one; nothing for what is none.
std::optional<int> ParsePort(std::string_view text) {
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + (c - '0');
    if (port > 65535) return std::nullopt;
  }
  return port;
}

// Without "." and "..", also where they are encoded.
std::string ResolveDots(std::string_view path) {
  std::vector<std::string> kept;
  bool directory = true;
  while (!path.empty()) {
    path.remove_prefix(1);  // a slash
    const size_t end = path.find('/');
    const std::string part(path.substr(0, end));
    path.remove_prefix(std::min(part.size(), path.size()));
    std::string plain = Lower(part);
    for (size_t at = 0; (at = plain.find("%2e", at)) != plain.npos;) {
      plain.replace(at, 3, ".");
    }
    directory = plain == "." || plain == "..";
    if (plain == ".." && !kept.empty()) kept.pop_back();
    if (!directory) kept.push_back(part);
  }
  std::string resolved;
  for (const std::string& part : kept) resolved += "/" + part;
  return resolved.empty() || directory ? resolved + "/" : resolved;
}

// Without surrounding blanks and control characters, and without tabs and line
// breaks anywhere; a backslash is a slash until the query.
std::string Cleaned(std::string_view text) {
  const auto blank = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20;
  };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  std::string clean;
  bool in_query = false;
  for (const char c : text) {
    if (c == '\t' || c == '\n' || c == '\r') continue;
    in_query |= c == '?' || c == '#';
    clean.push_back(c == '\\' && !in_query ? '/' : c);
  }
  return clean;
}

void TakePathAndQuery(std::string_view rest, Url* url) {
  rest = rest.substr(0, rest.find('#'));
  const size_t question = rest.find('?');
  if (question != std::string_view::npos && question + 1 < rest.size()) {
    url->query = rest.substr(question);
  }
  url->path = ResolveDots(rest.substr(0, question));
}

}  // namespace

std::string Url::bare_host() const {
  std::string bare = host;
  if (!bare.empty() && bare.front() == '[')
    bare = bare.substr(1, bare.size() - 2);
  while (!bare.empty() && bare.back() == '.') bare.pop_back();
  return bare;
}

std::string Url::base_path() const {
  return path.substr(0, path.find_last_not_of('/') + 1);
}

std::string Url::origin() const {
  const std::string start = scheme + "://" + host;
  return port == DefaultPort(scheme) ? start
                                     : fmt::format("{}:{}", start, port);
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 +
                                          HexDigit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

std::optional<Url> ParseUrl(std::string_view text) {
  const std::string clean = Cleaned(text);
  const size_t colon = clean.find(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  Url url;
  url.scheme = Lower(clean.substr(0, colon));
  const bool named =
      std::isalpha(static_cast<unsigned char>(url.scheme[0])) &&
      std::all_of(url.scheme.begin(), url.scheme.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '+' || c == '-' || c == '.';
      });
  if (!named) return std::nullopt;
  const size_t begin = clean.find_first_not_of('/', colon + 1);
  if (begin == std::string::npos) return std::nullopt;
  const size_t end = std::min(clean.find_first_of("/?#", begin), clean.size());
  std::string authority = clean.substr(begin, end - begin);
  if (const size_t at = authority.rfind('@'); at != std::string::npos) {
    url.has_credentials = at > 0;
    authority.erase(0, at + 1);
  }
  const size_t bracket = authority.rfind(']');
  const size_t port_colon =
      authority.find(':', bracket == std::string::npos ? 0 : bracket);
  const auto host = ParseHost(authority.substr(0, port_colon));
  const auto port = ParsePort(
      port_colon == std::string::npos ? "" : authority.substr(port_colon + 1));
  if (!host || !port) return std::nullopt;
  url.host = *host;
  const bool named_port =
      port_colon != std::string::npos && port_colon + 1 < authority.size();
  url.port = named_port ? *port : DefaultPort(url.scheme);
  TakePathAndQuery(std::string_view(clean).substr(end), &url);
  return url;
}

std::optional<Url> ResolveUrl(const Url& base, const std::string& reference) {
  const std::string clean = Cleaned(reference);
  const size_t colon = clean.find(':');
  if (colon != std::string::npos && clean.find_first_of("/?#") > colon) {
    return ParseUrl(clean);
  }
  if (clean.rfind("//", 0) == 0) return ParseUrl(base.scheme + ":" + clean);
  Url url = base;
  url.query.clear();
  if (clean.empty() || clean[0] == '#') return base;
  if (clean[0] == '/') {
    TakePathAndQuery(clean, &url);
  } else if (clean[0] == '?') {
    TakePathAndQuery(base.path + clean, &url);
  } else {
    TakePathAndQuery(base.path.substr(0, base.path.rfind('/') + 1) + clean,
                     &url);
  }
  return url;
}

}  // namespace copilot::harness
