// SPDX-License-Identifier: MIT
#include "harness/config/utf8.h"

#include <cstdint>

namespace copilot::harness {
namespace {

bool IsSurrogate(char32_t point) { return point >= 0xD800 && point <= 0xDFFF; }

}  // namespace

char32_t DecodeUtf8(std::string_view text, size_t at, size_t* length) {
  // The smallest code point that needs so many bytes.
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto byte = [&](size_t i) {
    return static_cast<uint8_t>(text[at + i]);
  };
  const uint8_t lead = byte(0);
  *length = 1;
  if (lead < 0x80) return lead;
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < size) return kNotUtf8;
  char32_t point = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kNotUtf8;
    point = (point << 6) | (byte(i) & 0x3F);
  }
  if (point < kLeast[size] || point > 0x10FFFF || IsSurrogate(point)) {
    return kNotUtf8;
  }
  *length = size;
  return point;
}

void AppendUtf8(char32_t point, std::string* out) {
  if (IsSurrogate(point) || point > 0x10FFFF) point = 0xFFFD;
  const auto put = [out](char32_t bits) {
    out->push_back(static_cast<char>(bits));
  };
  const auto rest = [&](int shift) { put(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    rest(0);
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    rest(6);
    rest(0);
  } else {
    put(0xF0 | (point >> 18));
    rest(12);
    rest(6);
    rest(0);
  }
}

}  // namespace copilot::harness
