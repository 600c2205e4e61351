// SPDX-License-Identifier: MIT
#include "wire/secret.h"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace copilot::wire {

std::string Sha256Hex(std::string_view bytes, size_t chars) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(),
                 nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex.push_back(kHex[digest[i] >> 4]);
    hex.push_back(kHex[digest[i] & 15]);
  }
  hex.resize(std::min(chars, hex.size()));
  return hex;
}

std::string Fingerprint(std::string_view secret) {
  return "sha256:" + Sha256Hex(secret, 12);
}

}  // namespace copilot::wire
