// SPDX-License-Identifier: MIT
#include "fake-cli/identity.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>

namespace copilot::fake_cli {

std::string IdSource::Uuid() {
  constexpr char kHex[] = "0123456789abcdef";
  const uint64_t high = (random_() & ~uint64_t{0xF000}) | 0x4000;
  const uint64_t low = (random_() & ~(uint64_t{3} << 62)) | (uint64_t{2} << 62);
  std::string uuid = "00000000-0000-0000-0000-000000000000";
  int nibble = 0;
  for (char& c : uuid) {
    if (c == '-') continue;
    const uint64_t word = nibble < 16 ? high : low;
    c = kHex[(word >> (60 - 4 * (nibble % 16))) & 15];
    ++nibble;
  }
  return uuid;
}

double IdSource::Fraction() {
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

uint64_t ArbitrarySeed() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return static_cast<uint64_t>(now) * 2654435761u ^
         static_cast<uint64_t>(getpid()) << 32;
}

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string IsoTime(int64_t epoch_ms) {
  const std::time_t seconds = epoch_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof(text), "%FT%T", &parts);
  std::snprintf(text + size, sizeof(text) - size, ".%03dZ",
                static_cast<int>(epoch_ms % 1000));
  return text;
}

}  // namespace copilot::fake_cli
