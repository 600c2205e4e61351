// SPDX-License-Identifier: MIT
#include "wire/secret.h"

#include <openssl/sha.h>

#include <algorithm>

namespace copilot::wire {

std::string Sha256Hex(std::string_view bytes, size_t chars) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         digest);
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += {kHex[byte >> 4], kHex[byte & 15]};
  }
  hex.resize(std::min(chars, hex.size()));
  return hex;
}

std::string Fingerprint(std::string_view secret) {
  return "sha256:" + Sha256Hex(secret, 12);
}

}  // namespace copilot::wire
