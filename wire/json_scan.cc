// SPDX-License-Identifier: MIT
#include "wire/json_scan.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

namespace copilot::wire {
namespace {

// Nesting that is still accepted.
constexpr int kMaxDepth = 127;

// No number of so few digits and without an exponent is out of range.
constexpr size_t kSafeDigits = 300;

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Bytes of the UTF-8 sequence at `at`, or 0 when it is not well-formed.
size_t Utf8Length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

// Bytes of the longest well-formed beginning of `text`.
size_t ValidUtf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = Utf8Length(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

// Whether a string goes on without more ado at `c`.
constexpr bool IsPlain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

constexpr uint64_t Repeat(unsigned char byte) {
  return byte * (~uint64_t{0} / 0xFF);
}

// Eight times IsPlain. May say no where the answer is yes, never the reverse.
bool AllPlain(uint64_t bytes) {
  const auto has_zero = [](uint64_t x) {
    return (x - Repeat(0x01)) & ~x & Repeat(0x80);
  };
  const uint64_t control = (bytes - Repeat(0x20)) & ~bytes & Repeat(0x80);
  return (control | has_zero(bytes ^ Repeat('"')) |
          has_zero(bytes ^ Repeat('\\'))) == 0;
}

// Whether a number of valid syntax is beyond what a double can hold. Too small
// is not: that is zero.
bool IsOutOfRange(std::string_view number) {
  double value = 0;
  const auto [end, code] =
      std::from_chars(number.data(), number.data() + number.size(), value);
  if (code != std::errc::result_out_of_range) return false;
  if (number.front() == '-') number.remove_prefix(1);
  const size_t e = number.find_first_of("eE");
  if (e != std::string_view::npos) return number[e + 1] != '-';
  return number.front() != '0';
}

class Scanner {
 public:
  Scanner(std::string_view text, const MemberVisitor& visitor)
      : text_(text), visitor_(visitor) {}

  tl::expected<std::string_view, ScanError> Run() {
    SkipSpace();
    const size_t begin = at_;
    if (!Value(0)) return tl::unexpected(ScanError{std::move(error_)});
    const std::string_view value = text_.substr(begin, at_ - begin);
    SkipSpace();
    if (at_ < text_.size()) {
      Fail("trailing characters", at_ + 1);
      return tl::unexpected(ScanError{std::move(error_)});
    }
    return value;
  }

 private:
  bool End() const { return at_ >= text_.size(); }
  char Here() const { return text_[at_]; }

  void SkipSpace() {
    while (!End() && (Here() == ' ' || Here() == '\n' || Here() == '\r' ||
                      Here() == '\t')) {
      ++at_;
    }
  }

  // `consumed` bytes have been read when the error shows; the position named
  // is that of the last of them.
  bool Fail(std::string_view what, size_t consumed) {
    size_t line = 1;
    size_t column = 0;
    for (size_t i = 0; i < consumed && i < text_.size(); ++i) {
      if (text_[i] == '\n') {
        ++line;
        column = 0;
      } else {
        ++column;
      }
    }
    error_ = fmt::format("{} at line {} column {}", what, line, column);
    return false;
  }
  bool FailHere(std::string_view what) { return Fail(what, at_ + 1); }
  bool FailEnd(std::string_view what) { return Fail(what, text_.size()); }

  bool Value(int depth) {
    if (End()) return FailEnd("EOF while parsing a value");
    switch (Here()) {
      case '{':
        return Object(depth + 1);
      case '[':
        return Array(depth + 1);
      case '"':
        return String();
      case 't':
        return Literal("true");
      case 'f':
        return Literal("false");
      case 'n':
        return Literal("null");
      default:
        if (Here() == '-' || IsDigit(Here())) return Number();
        return FailHere("expected value");
    }
  }

  bool Literal(std::string_view word) {
    for (const char c : word) {
      if (End()) return FailEnd("EOF while parsing a value");
      if (Here() != c) return FailHere("expected ident");
      ++at_;
    }
    return true;
  }

  bool Digits() {
    if (End()) return FailEnd("EOF while parsing a value");
    if (!IsDigit(Here())) return FailHere("invalid number");
    while (!End() && IsDigit(Here())) ++at_;
    return true;
  }

  bool Number() {
    const size_t begin = at_;
    if (Here() == '-') ++at_;
    const size_t digits = at_;
    if (!End() && Here() == '0') {
      ++at_;
      if (!End() && IsDigit(Here())) return FailHere("invalid number");
    } else if (!Digits()) {
      return false;
    }
    bool safe = at_ - digits <= kSafeDigits;
    if (!End() && Here() == '.') {
      ++at_;
      if (!Digits()) return false;
    }
    if (!End() && (Here() == 'e' || Here() == 'E')) {
      const std::string_view significand = text_.substr(digits, at_ - digits);
      ++at_;
      if (!Exponent(significand.find_first_of("123456789") !=
                    std::string_view::npos)) {
        return false;
      }
      safe = false;
    }
    if (safe || !IsOutOfRange(text_.substr(begin, at_ - begin))) return true;
    return Fail("number out of range", at_);
  }

  // The real parser gives up in the middle of an exponent that is too large
  // for 32 bits.
  bool Exponent(bool matters) {
    bool negative = false;
    if (!End() && (Here() == '+' || Here() == '-')) {
      negative = Here() == '-';
      ++at_;
    }
    const size_t begin = at_;
    if (!Digits()) return false;
    int64_t value = 0;
    for (size_t i = begin; i < at_ && matters && !negative; ++i) {
      value = value * 10 + (text_[i] - '0');
      if (value > std::numeric_limits<int32_t>::max()) {
        return Fail("number out of range", i + 1);
      }
    }
    return true;
  }

  // The real parser looks at the encoding only when it has found the end.
  bool String() {
    const size_t begin = ++at_;
    bool ascii = true;
    while (true) {
      SkipPlain(&ascii);
      if (End()) return FailEnd("EOF while parsing a string");
      if (Here() == '"') break;
      if (Here() != '\\') {
        return FailHere(
            "control character (\\u0000-\\u001F) found while parsing a "
            "string");
      }
      if (!Escape()) return false;
    }
    const std::string_view raw = text_.substr(begin, at_ - begin);
    if (const size_t valid = ascii ? raw.size() : ValidUtf8(raw);
        valid < raw.size()) {
      // The real parser counts back from the end of the unescaped text.
      return Fail("invalid unicode code point",
                  at_ + 1 - UnescapeJson(raw.substr(valid)).size());
    }
    ++at_;
    return true;
  }

  void SkipPlain(bool* ascii) {
    uint64_t seen = 0;
    uint64_t bytes = 0;
    while (at_ + sizeof(bytes) <= text_.size()) {
      std::memcpy(&bytes, text_.data() + at_, sizeof(bytes));
      if (!AllPlain(bytes)) break;
      seen |= bytes;
      at_ += sizeof(bytes);
    }
    while (!End() && IsPlain(Here())) {
      seen |= static_cast<unsigned char>(Here());
      ++at_;
    }
    if ((seen & Repeat(0x80)) != 0) *ascii = false;
  }

  bool Escape() {
    ++at_;
    if (End()) return FailEnd("EOF while parsing a string");
    const char c = Here();
    ++at_;
    if (c != 'u') {
      if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
        return Fail("invalid escape", at_);
      }
      return true;
    }
    const auto unit = CodeUnit();
    if (!unit) return false;
    if (*unit >= 0xDC00 && *unit <= 0xDFFF) return FailSurrogate();
    if (*unit < 0xD800 || *unit > 0xDBFF) return true;
    return LowSurrogate();
  }

  // Four hex digits; failed if there is nothing.
  std::optional<uint32_t> CodeUnit() {
    if (at_ + 4 > text_.size()) {
      FailEnd("EOF while parsing a string");
      return std::nullopt;
    }
    uint32_t unit = 0;
    bool valid = true;
    for (const size_t end = at_ + 4; at_ < end; ++at_) {
      const int digit = HexValue(Here());
      valid = valid && digit >= 0;
      unit = unit * 16 + static_cast<uint32_t>(digit);
    }
    if (valid) return unit;
    Fail("invalid escape", at_);
    return std::nullopt;
  }

  // The `\uDC00` that must follow a `\uD800`.
  bool LowSurrogate() {
    for (const char c : {'\\', 'u'}) {
      if (End()) return FailEnd("EOF while parsing a string");
      if (Here() != c) return FailHere("unexpected end of hex escape");
      ++at_;
    }
    const auto unit = CodeUnit();
    if (!unit) return false;
    return (*unit >= 0xDC00 && *unit <= 0xDFFF) || FailSurrogate();
  }
  bool FailSurrogate() {
    return Fail("lone leading surrogate in hex escape", at_);
  }

  bool Array(int depth) {
    if (depth > kMaxDepth) return FailHere("recursion limit exceeded");
    ++at_;
    SkipSpace();
    if (End()) return FailEnd("EOF while parsing a list");
    if (Here() == ']') {
      ++at_;
      return true;
    }
    while (true) {
      if (!Value(depth)) return false;
      SkipSpace();
      if (End()) return FailEnd("EOF while parsing a list");
      if (Here() == ']') {
        ++at_;
        return true;
      }
      if (Here() != ',') return FailHere("expected `,` or `]`");
      ++at_;
      SkipSpace();
      if (!End() && Here() == ']') return FailHere("trailing comma");
    }
  }

  bool Object(int depth) {
    if (depth > kMaxDepth) return FailHere("recursion limit exceeded");
    ++at_;
    SkipSpace();
    if (End()) return FailEnd("EOF while parsing an object");
    if (Here() == '}') {
      ++at_;
      return true;
    }
    while (true) {
      if (!Member(depth)) return false;
      SkipSpace();
      if (End()) return FailEnd("EOF while parsing an object");
      if (Here() == '}') {
        ++at_;
        return true;
      }
      if (Here() != ',') return FailHere("expected `,` or `}`");
      ++at_;
      SkipSpace();
      if (End()) return FailEnd("EOF while parsing a value");
      if (Here() == '}') return FailHere("trailing comma");
    }
  }

  bool Member(int depth) {
    if (Here() != '"') return FailHere("key must be a string");
    const size_t key_begin = at_ + 1;
    if (!String()) return false;
    const std::string_view key = text_.substr(key_begin, at_ - 1 - key_begin);
    SkipSpace();
    if (End()) return FailEnd("EOF while parsing an object");
    if (Here() != ':') return FailHere("expected `:`");
    ++at_;
    SkipSpace();
    const size_t value_begin = at_;
    if (!Value(depth)) return false;
    if (depth == 1 && visitor_) {
      visitor_(key, text_.substr(value_begin, at_ - value_begin));
    }
    return true;
  }

  const std::string_view text_;
  const MemberVisitor& visitor_;
  size_t at_ = 0;
  std::string error_;
};

void AppendUtf8(uint32_t point, std::string* out) {
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (point >> 6)));
    out->push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (point >> 12)));
    out->push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | (point >> 18)));
    out->push_back(static_cast<char>(0x80 | ((point >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

// The code unit of the `\uXXXX` at `at`, or nothing when there is none.
std::optional<uint32_t> CodeUnit(std::string_view raw, size_t at) {
  if (at + 6 > raw.size() || raw[at] != '\\' || raw[at + 1] != 'u') {
    return std::nullopt;
  }
  uint32_t unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    unit = unit * 16 + static_cast<uint32_t>(HexValue(raw[i]));
  }
  return unit;
}

// Appends what the `\u` escape at `at` means; returns the bytes it takes.
size_t UnescapeUnit(std::string_view raw, size_t at, std::string* out) {
  const uint32_t unit = CodeUnit(raw, at).value_or(0xFFFD);
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    const auto low = CodeUnit(raw, at + 6);
    if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
      AppendUtf8(0x10000 + ((unit - 0xD800) << 10) + (*low - 0xDC00), out);
      return 12;
    }
  }
  const bool surrogate = unit >= 0xD800 && unit <= 0xDFFF;
  AppendUtf8(surrogate ? 0xFFFD : unit, out);
  return 6;
}

}  // namespace

tl::expected<std::string_view, ScanError> ScanJson(
    std::string_view text, const MemberVisitor& visitor) {
  return Scanner(text, visitor).Run();
}

std::string UnescapeJson(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t at = 0; at < raw.size();) {
    if (raw[at] != '\\' || at + 1 == raw.size()) {
      out.push_back(raw[at++]);
      continue;
    }
    const char c = raw[at + 1];
    if (c == 'u') {
      at += UnescapeUnit(raw, at, &out);
      continue;
    }
    constexpr std::string_view kFrom = "bfnrt";
    constexpr std::string_view kTo = "\b\f\n\r\t";
    const size_t known = kFrom.find(c);
    out.push_back(known == std::string_view::npos ? c : kTo[known]);
    at += 2;
  }
  return out;
}

}  // namespace copilot::wire
