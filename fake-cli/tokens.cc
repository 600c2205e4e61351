// SPDX-License-Identifier: MIT
#include "fake-cli/tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace copilot::fake_cli {
namespace {

// Words that are longer are rarely one token.
constexpr size_t kLongWord = 10;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsWide(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool IsLetter(char c) { return IsUpper(c) || IsLower(c) || IsWide(c); }

class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  int64_t Count() {
    int64_t count = 0;
    while (at_ < text_.size()) count += Next();
    return count;
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  template <typename Kind>
  size_t Skip(Kind kind, size_t most) {
    const size_t begin = at_;
    while (at_ < text_.size() && at_ - begin < most && kind(text_[at_])) ++at_;
    return at_ - begin;
  }

  int64_t Next() {
    const char c = Peek();
    if (IsLetter(c)) return Word();
    if (IsDigit(c)) {
      Skip(IsDigit, 3);
      return 1;
    }
    if (c == ' ' && IsLetter(Peek(1))) {
      ++at_;
      return Word();
    }
    if (IsSpace(c)) return Spaces();
    if (IsLetter(Peek(1))) {
      ++at_;
      // The merges know these as beginnings of words.
      return Word() + (c == '.' || c == '-' || c == '_' || c == '/' ? 0 : 1);
    }
    Skip([](char s) { return !IsSpace(s) && !IsLetter(s) && !IsDigit(s); },
         text_.size());
    Skip([](char s) { return s == '\n' || s == '\r'; }, text_.size());
    return 1;
  }

  // Capitals and what follows them.
  int64_t Word() {
    size_t length =
        Skip([](char s) { return IsUpper(s) || IsWide(s); }, text_.size());
    length +=
        Skip([](char s) { return IsLower(s) || IsWide(s); }, text_.size());
    return static_cast<int64_t>((length + kLongWord - 1) / kLongWord);
  }

  // Up to the last line feed; without one the last space goes with the word
  // that follows.
  int64_t Spaces() {
    const size_t begin = at_;
    Skip(IsSpace, text_.size());
    const std::string_view run = text_.substr(begin, at_ - begin);
    const size_t feed = run.find_last_of("\r\n");
    if (feed != run.npos) {
      at_ = begin + feed + 1;
    } else if (run.size() > 1 && at_ < text_.size()) {
      --at_;
    }
    return 1;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

int64_t CountTokens(std::string_view text) { return Pieces(text).Count(); }

int64_t MessageTokens(const nlohmann::json& message) {
  constexpr int64_t kFrame = 4;
  int64_t tokens = kFrame;
  for (const auto& [name, member] : message.items()) {
    if (member.is_string()) {
      tokens += CountTokens(member.get_ref<const std::string&>());
    } else if (name == "tool_calls") {
      tokens += CountTokens(member.dump(
          -1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
  }
  return tokens;
}

}  // namespace copilot::fake_cli
