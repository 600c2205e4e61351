// SPDX-License-Identifier: MIT
#include "harness/byok/endpoint_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "harness/text.h"

namespace copilot::harness {
namespace {

using Ipv6 = std::array<uint8_t, 16>;

struct Ipv4Range {
  uint32_t prefix;
  int bits;
};

constexpr uint32_t V4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IANA's registry of special-purpose IPv4 addresses, multicast and reserved.
constexpr std::array<Ipv4Range, 16> kSpecialIpv4 = {{
    {V4(0, 0, 0, 0), 8},        // this network
    {V4(10, 0, 0, 0), 8},       // private
    {V4(100, 64, 0, 0), 10},    // shared, behind carrier NAT
    {V4(127, 0, 0, 0), 8},      // loopback
    {V4(169, 254, 0, 0), 16},   // link-local, with the clouds' metadata
    {V4(172, 16, 0, 0), 12},    // private
    {V4(192, 0, 0, 0), 24},     // protocol assignments
    {V4(192, 0, 2, 0), 24},     // documentation
    {V4(192, 31, 196, 0), 24},  // AS112
    {V4(192, 52, 193, 0), 24},  // AMT
    {V4(192, 88, 99, 0), 24},   // 6to4 relays
    {V4(192, 168, 0, 0), 16},   // private
    {V4(198, 18, 0, 0), 15},    // benchmarks
    {V4(198, 51, 100, 0), 24},  // documentation
    {V4(203, 0, 113, 0), 24},   // documentation
    {V4(224, 0, 0, 0), 3},      // multicast, reserved, broadcast
}};

struct Ipv6Range {
  Ipv6 prefix;
  int bits;
};

// Of 2000::/3, the only addresses that are given out; the rest is not public.
constexpr std::array<Ipv6Range, 3> kSpecialIpv6 = {{
    {{0x20, 0x01, 0x00}, 23},        // protocols; Teredo
    {{0x20, 0x01, 0x0D, 0xB8}, 32},  // documentation
    {{0x3F, 0xFF, 0x00}, 20},        // documentation
}};

bool IsPublicIpv4(uint32_t address) {
  return std::none_of(
      kSpecialIpv4.begin(), kSpecialIpv4.end(), [&](const Ipv4Range& range) {
        return (address ^ range.prefix) >> (32 - range.bits) == 0;
      });
}

bool HasPrefix(const Ipv6& address, const Ipv6& prefix, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(address.data(), prefix.data(), whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

uint32_t Ipv4At(const Ipv6& address, size_t at) {
  return V4(address[at], address[at + 1], address[at + 2], address[at + 3]);
}

bool IsPublicIpv6(const Ipv6& address) {
  constexpr Ipv6 kNat64 = {0x00, 0x64, 0xFF, 0x9B};
  if (HasPrefix(address, kNat64, 96)) return IsPublicIpv4(Ipv4At(address, 12));
  constexpr Ipv6 k6to4 = {0x20, 0x02};
  if (HasPrefix(address, k6to4, 16)) return IsPublicIpv4(Ipv4At(address, 2));
  if (address[0] >> 5 != 1) return false;  // 2000::/3
  return std::none_of(kSpecialIpv6.begin(), kSpecialIpv6.end(),
                      [&](const Ipv6Range& range) {
                        return HasPrefix(address, range.prefix, range.bits);
                      });
}

bool IsAddress(const std::string& host) {
  in6_addr ignored;
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

// The length of a character at `at` that shows as nothing: control characters,
// blanks, soft hyphens, joiners, marks of direction, byte order marks; 0 for
// any other.
size_t InvisibleAt(std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte <= 0x20 || byte == 0x7F || byte == '+') return 1;
  const std::string_view rest = text.substr(at);
  if (byte == 0xC2 && rest.size() > 1) {
    const auto next = static_cast<unsigned char>(rest[1]);
    return next <= 0xA0 || next == 0xAD ? 2 : 0;
  }
  if (rest.size() < 3) return 0;
  const uint32_t code = (byte & 0x0F) << 12 |
                        (static_cast<unsigned char>(rest[1]) & 0x3F) << 6 |
                        (static_cast<unsigned char>(rest[2]) & 0x3F);
  const bool invisible =
      (byte & 0xF0) == 0xE0 &&
      ((code >= 0x2000 && code <= 0x200F) ||
       (code >= 0x2028 && code <= 0x202F) ||
       (code >= 0x205F && code <= 0x206F) || code == 0x3000 || code == 0x180E ||
       code == 0xFEFF || code == 0x1680);
  return invisible ? 3 : 0;
}

std::string WithoutInvisible(std::string_view text) {
  std::string visible;
  for (size_t at = 0; at < text.size();) {
    const size_t skip = InvisibleAt(text, at);
    if (skip == 0) visible.push_back(text[at]);
    at += std::max<size_t>(skip, 1);
  }
  return visible;
}

bool IsCredentialName(const std::string& encoded) {
  constexpr std::array<std::string_view, 28> kNames = {
      "accesstoken",   "appsecret",
      "auth",          "authtoken",
      "apikey",        "authorization",
      "clientsecret",  "code",
      "credential",    "hooktoken",
      "idtoken",       "jwt",
      "key",           "pass",
      "passwd",        "password",
      "privatekey",    "refreshtoken",
      "secret",        "session",
      "sig",           "signature",
      "token",         "xapikey",
      "xaccesstoken",  "xamzsecuritytoken",
      "xamzsignature", "xauthtoken"};
  std::string name = WithoutInvisible(
      Lower(PercentDecoded(WithoutInvisible(Lower(PercentDecoded(encoded))))));
  std::erase_if(name, [](char c) { return c == '-' || c == '_'; });
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

bool IsPublicAddress(std::string_view address) {
  const std::string text(address);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return IsPublicIpv4(ntohl(v4.s_addr));
  }
  Ipv6 v6;
  return inet_pton(AF_INET6, text.c_str(), v6.data()) == 1 && IsPublicIpv6(v6);
}

bool IsBlockedHost(const std::string& bare_host) {
  if (bare_host.empty()) return true;
  if (IsAddress(bare_host)) return !IsPublicAddress(bare_host);
  for (const std::string_view name : {"localhost", "localhost.localdomain",
                                      "metadata.google.internal", "metadata"}) {
    if (bare_host == name) return true;
  }
  for (const std::string_view end :
       {".localhost", ".local", ".internal", ".localdomain"}) {
    if (bare_host.ends_with(end)) return true;
  }
  return false;
}

bool HasCredentialParameter(std::string_view query) {
  if (!query.empty() && query.front() == '?') query.remove_prefix(1);
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    if (IsCredentialName(
            std::string(parameter.substr(0, parameter.find('='))))) {
      return true;
    }
  }
  return false;
}

bool IsAllowedEndpoint(const Url& url) {
  return url.scheme == "https" && !url.has_credentials &&
         !HasCredentialParameter(url.query) && !IsBlockedHost(url.bare_host());
}

}  // namespace copilot::harness
