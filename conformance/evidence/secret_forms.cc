// SPDX-License-Identifier: MIT
#include "conformance/evidence/secret_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace copilot::conformance {
namespace {

// Fewer characters would be found in innocent text.
constexpr size_t kLeastBase64 = 8;

std::string Quoted(const std::string& secret, bool ascii) {
  const std::string text = nlohmann::json(secret).dump(
      -1, ' ', ascii, nlohmann::json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

// Of a JSON text inside of a JSON text.
std::string QuotedTwice(const std::string& secret) {
  return Quoted(Quoted(secret, false), false);
}

std::string UrlEncoded(const std::string& secret, bool upper) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string text;
  for (const char c : secret) {
    if (kPlain.find(c) != std::string_view::npos) {
      text.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text +=
          upper ? fmt::format("%{:02X}", byte) : fmt::format("%{:02x}", byte);
    }
  }
  return text;
}

// The characters that stand for the bits of `secret` alone when `before` bytes
// come before it.
std::string Base64(const std::string& secret, size_t before, bool for_urls) {
  const std::string_view alphabet =
      for_urls ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                 "0123456789-_"
               : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                 "0123456789+/";
  const auto bit = [&](size_t at) {
    const auto byte = static_cast<unsigned char>(secret[at / 8]);
    return (byte >> (7 - at % 8)) & 1;
  };
  // Characters begin where the bits before are a multiple of six.
  std::string text;
  const size_t bits = secret.size() * 8;
  for (size_t at = (6 - before * 8 % 6) % 6; at + 6 <= bits; at += 6) {
    size_t index = 0;
    for (size_t i = 0; i < 6; ++i) {
      index = index * 2 + static_cast<size_t>(bit(at + i));
    }
    text.push_back(alphabet[index]);
  }
  return text;
}

}  // namespace

std::vector<SecretForm> FormsOf(const std::string& secret) {
  std::vector<SecretForm> forms;
  const auto add = [&](std::string text, const char* how) {
    if (text.empty() ||
        std::any_of(forms.begin(), forms.end(), [&](const SecretForm& each) {
          return each.text == text;
        })) {
      return;
    }
    forms.push_back({std::move(text), how});
  };
  add(secret, "");
  add(Quoted(secret, false), "quoted for JSON ");
  add(Quoted(secret, true), "quoted for JSON ");
  add(QuotedTwice(secret), "quoted for JSON ");
  add(UrlEncoded(secret, true), "encoded for URLs ");
  add(UrlEncoded(secret, false), "encoded for URLs ");
  for (const bool for_urls : {false, true}) {
    for (const size_t before : {0u, 1u, 2u}) {
      std::string text = Base64(secret, before, for_urls);
      if (text.size() >= kLeastBase64) add(std::move(text), "in base64 ");
    }
  }
  return forms;
}

}  // namespace copilot::conformance
