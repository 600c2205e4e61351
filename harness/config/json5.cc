// SPDX-License-Identifier: MIT
#include "harness/config/json5.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "harness/config/json5_characters.h"
#include "harness/config/utf8.h"

namespace copilot::harness {
namespace {

using json5::HexValue, json5::IsDigit, json5::IsLineEnd, json5::IsNamePart,
    json5::IsNameStart, json5::IsSpace, json5::kEnd, json5::Shown;

// Members give false when there is an error to be told.
class Parser {
 public:
  Parser(std::string_view text, const std::string& file)
      : text_(text), file_(file) {}

  tl::expected<Json, Json5Error> Parse() {
    Json value;
    if (CheckEncoding() && Value(&value, 0) && SkipBlanks() &&
        (Peek() == kEnd || Expected("the end of the file"))) {
      return value;
    }
    return tl::unexpected(error_);
  }

 private:
  char32_t Peek() const {
    size_t length = 0;
    return pos_ < text_.size() ? DecodeUtf8(text_, pos_, &length) : kEnd;
  }
  char32_t Next() {
    if (pos_ >= text_.size()) return kEnd;
    size_t length = 0;
    const char32_t c = DecodeUtf8(text_, pos_, &length);
    pos_ += length;
    return c;
  }
  bool Take(char32_t wanted) {
    if (Peek() != wanted) return false;
    Next();
    return true;
  }

  bool Error(size_t at, std::string message) {
    error_.file = file_;
    error_.message = std::move(message);
    error_.line = 1;
    error_.column = 1;
    for (size_t i = 0; i < at;) {
      size_t length = 0;
      const char32_t c = DecodeUtf8(text_, i, &length);
      const bool first_of_two = c == '\r' && i + 1 < at && text_[i + 1] == '\n';
      if ((c == '\n' || c == '\r') && !first_of_two) {
        ++error_.line;
        error_.column = 1;
      } else {
        ++error_.column;
      }
      i += length;
    }
    return false;
  }
  bool Expected(const std::string& what) {
    return Error(pos_, "expected " + what + ", got " + Shown(Peek()));
  }

  bool CheckEncoding() {
    for (size_t i = 0; i < text_.size();) {
      size_t length = 0;
      if (DecodeUtf8(text_, i, &length) == kNotUtf8) {
        return Error(i, fmt::format("expected UTF-8, got the byte 0x{:02X}",
                                    static_cast<uint8_t>(text_[i])));
      }
      i += length;
    }
    return true;
  }

  bool SkipBlanks() {
    for (;;) {
      const size_t begin = pos_;
      if (IsSpace(Peek())) {
        Next();
      } else if (text_.substr(pos_, 2) == "//") {
        while (Peek() != kEnd && !IsLineEnd(Peek())) Next();
      } else if (text_.substr(pos_, 2) == "/*") {
        const size_t end = text_.find("*/", pos_ + 2);
        if (end == std::string_view::npos) {
          return Error(begin, "expected '*/' to end this comment");
        }
        pos_ = end + 2;
      } else {
        return true;
      }
    }
  }

  bool Value(Json* out, int depth) {
    if (!SkipBlanks()) return false;
    const char32_t c = Peek();
    if (c == '{' || c == '[') {
      if (depth == kMostJson5Depth) {
        return Error(pos_, fmt::format("expected at most {} levels of nesting",
                                       kMostJson5Depth));
      }
      return c == '{' ? Object(out, depth) : Array(out, depth);
    }
    if (c == '"' || c == '\'') {
      std::string text;
      if (!String(&text)) return false;
      *out = std::move(text);
      return true;
    }
    if (IsDigit(c) || c == '+' || c == '-' || c == '.') return Number(out);
    return Literal(out);
  }

  bool Literal(Json* out) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    if (Word("true")) return *out = true, true;
    if (Word("false")) return *out = false, true;
    if (Word("null")) return *out = nullptr, true;
    if (Word("Infinity")) return *out = kInfinity, true;
    if (Word("NaN")) return *out = kNan, true;
    return Expected("a value");
  }

  // Takes `word` where it is not the beginning of a longer one.
  bool Word(std::string_view word) {
    if (text_.substr(pos_, word.size()) != word) return false;
    const size_t begin = pos_;
    pos_ += word.size();
    if (!IsNamePart(Peek())) return true;
    pos_ = begin;
    return false;
  }

  bool Object(Json* out, int depth) {
    *out = Json::object();
    Next();
    for (;;) {
      if (!SkipBlanks()) return false;
      if (Take('}')) return true;
      std::string key;
      if (!Key(&key) || !SkipBlanks()) return false;
      if (!Take(':')) return Expected("':'");
      Json value;
      if (!Value(&value, depth + 1) || !SkipBlanks()) return false;
      (*out)[key] = std::move(value);
      if (Take(',')) continue;
      if (Take('}')) return true;
      return Expected("',' or '}'");
    }
  }

  bool Array(Json* out, int depth) {
    *out = Json::array();
    Next();
    for (;;) {
      if (!SkipBlanks()) return false;
      if (Take(']')) return true;
      Json value;
      if (!Value(&value, depth + 1) || !SkipBlanks()) return false;
      out->push_back(std::move(value));
      if (Take(',')) continue;
      if (Take(']')) return true;
      return Expected("',' or ']'");
    }
  }

  bool Key(std::string* key) {
    char32_t c = Peek();
    if (c == '"' || c == '\'') return String(key);
    if (!IsNameStart(c) && c != '\\') return Expected("a key or '}'");
    for (; IsNamePart(c) || c == '\\'; c = Peek()) {
      const size_t at = pos_;
      Next();
      if (c == '\\') {
        if (!Take('u')) return Expected("'u'");
        if (!Hex(4, &c)) return false;
        if (!(key->empty() ? IsNameStart(c) : IsNamePart(c))) {
          return Error(at, "expected a letter or digit, got " + Shown(c));
        }
      }
      AppendUtf8(c, key);
    }
    return true;
  }

  bool Hex(int digits, char32_t* out) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const int digit = HexValue(Peek());
      if (digit < 0) return Expected("a hexadecimal digit");
      Next();
      value = value * 16 + static_cast<char32_t>(digit);
    }
    *out = value;
    return true;
  }

  bool String(std::string* out) {
    const size_t begin = pos_;
    const char32_t quote = Next();
    for (;;) {
      const char32_t c = Peek();
      if (c == kEnd || c == '\n' || c == '\r') {
        return Error(begin, "expected " + Shown(quote) +
                                " to end this string before " + Shown(c));
      }
      Next();
      if (c == quote) return true;
      if (c != '\\') {
        AppendUtf8(c, out);
      } else if (!Escape(out)) {
        return false;
      }
    }
  }

  bool Escape(std::string* out) {
    const size_t at = pos_;
    const char32_t c = Next();
    constexpr std::string_view kNames = "bfnrtv";
    constexpr std::string_view kValues = "\b\f\n\r\t\v";
    const size_t simple =
        c < 0x80 ? kNames.find(static_cast<char>(c)) : std::string_view::npos;
    if (simple != std::string_view::npos) {
      out->push_back(kValues[simple]);
    } else if (c == 'x') {
      char32_t value = 0;
      if (!Hex(2, &value)) return false;
      AppendUtf8(value, out);
    } else if (c == 'u') {
      return Unicode(out);
    } else if (c == '0' && !IsDigit(Peek())) {
      out->push_back('\0');
    } else if (IsDigit(c)) {
      return Error(at, "expected an escape, got the digit " + Shown(c));
    } else if (c == '\r') {
      Take('\n');
    } else if (c == kEnd) {
      pos_ = at;  // String complains
    } else if (!IsLineEnd(c)) {
      AppendUtf8(c, out);
    }
    return true;
  }

  // After `\u`: one code point, or the first half of a pair.
  bool Unicode(std::string* out) {
    char32_t high = 0;
    if (!Hex(4, &high)) return false;
    if (high >= 0xD800 && high <= 0xDBFF && text_.substr(pos_, 2) == "\\u") {
      const size_t second = pos_;
      pos_ += 2;
      char32_t low = 0;
      if (!Hex(4, &low)) return false;
      if (low >= 0xDC00 && low <= 0xDFFF) {
        high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
      } else {
        pos_ = second;
      }
    }
    AppendUtf8(high, out);
    return true;
  }

  bool Number(Json* out) {
    const size_t begin = pos_;
    const bool negative = Peek() == '-';
    if (negative || Peek() == '+') Next();
    if (Peek() == 'I' || Peek() == 'N') {
      if (!Literal(out)) return false;
      if (negative) *out = -out->get<double>();
      return true;
    }
    const std::string_view prefix = text_.substr(pos_, 2);
    const bool good = prefix == "0x" || prefix == "0X"
                          ? HexNumber(negative, out)
                          : Decimal(begin, negative, out);
    if (!good) return false;
    if (out->is_number_float() && !std::isfinite(out->get<double>())) {
      return Error(begin, "expected a number that a double can hold");
    }
    if (IsNamePart(Peek()) || Peek() == '.') {
      return Expected("the end of the number");
    }
    return true;
  }

  bool HexNumber(bool negative, Json* out) {
    pos_ += 2;
    constexpr int kExactDigits = 15;  // fit an int64_t
    if (HexValue(Peek()) < 0) return Expected("a hexadecimal digit");
    double value = 0;
    int64_t exact = 0;
    int digits = 0;
    for (; HexValue(Peek()) >= 0; Next()) {
      const int digit = HexValue(Peek());
      value = value * 16 + digit;
      if (digits < kExactDigits) exact = exact * 16 + digit;
      if (value > 0) ++digits;
    }
    if (digits <= kExactDigits) {
      *out = negative ? -exact : exact;
    } else {
      *out = negative ? -value : value;
    }
    return true;
  }

  bool Decimal(size_t begin, bool negative, Json* out) {
    const size_t digits = pos_;
    if (Peek() == '0' && pos_ + 1 < text_.size() && IsDigit(text_[pos_ + 1])) {
      return Error(pos_, "expected a number without leading zeros");
    }
    const auto skip = [this] {
      const size_t from = pos_;
      while (IsDigit(Peek())) Next();
      return pos_ - from;
    };
    size_t count = skip();
    bool whole = true;
    if (Take('.')) {
      whole = false;
      count += skip();
    }
    if (count == 0) return Expected("a digit");
    if (Peek() == 'e' || Peek() == 'E') {
      whole = false;
      Next();
      if (Peek() == '+' || Peek() == '-') Next();
      if (skip() == 0) return Expected("a digit");
    }
    const char* const first = text_.data() + (negative ? begin : digits);
    const char* const last = text_.data() + pos_;
    int64_t exact = 0;
    if (whole && std::from_chars(first, last, exact).ec == std::errc()) {
      *out = exact;
      return true;
    }
    double value = 0;
    if (std::from_chars(first, last, value).ec != std::errc()) {
      return Error(begin, "expected a number that a double can hold");
    }
    *out = value;
    return true;
  }

  const std::string_view text_;
  const std::string& file_;
  size_t pos_ = 0;
  Json5Error error_;
};

}  // namespace

std::string Json5Error::ToString() const {
  return fmt::format("{}:{}:{}: {}", file, line, column, message);
}

tl::expected<Json, Json5Error> ParseJson5(std::string_view text,
                                          const std::string& file) {
  return Parser(text, file).Parse();
}

}  // namespace copilot::harness
