// SPDX-License-Identifier: MIT
#include "fake-cli/tools/shell_syntax.h"

#include <algorithm>
#include <array>
#include <utility>

namespace copilot::fake_cli {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

bool IsOperator(char c) {
  return c == ';' || c == '&' || c == '|' || c == '\n';
}

// Whether a program's arguments are texts rather than paths.
bool TakesTexts(const std::string& program) {
  constexpr std::array<std::string_view, 5> kTexts = {"echo", "printf", "sleep",
                                                      "kill", "exit"};
  return std::find(kTexts.begin(), kTexts.end(), program) != kTexts.end();
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  ShellCommand Read() && {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (IsSpace(c)) {
        ++at_;
      } else if (IsOperator(c)) {
        EndSegment();
        ++at_;
      } else if (c == '>' || c == '<') {
        Redirect(c == '>');
      } else {
        words_.push_back(Word());
      }
    }
    EndSegment();
    return std::move(command_);
  }

 private:
  struct Piece {
    std::string raw;   // with its quotes
    std::string text;  // without
  };

  Piece Word() {
    Piece word;
    const size_t begin = at_;
    char quote = '\0';
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote == '\0' &&
          (IsSpace(c) || IsOperator(c) || c == '>' || c == '<')) {
        break;
      }
      if (c == quote) {
        quote = '\0';
      } else if (quote == '\0' && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && at_ + 1 < text_.size()) {
        word.text.push_back(text_[++at_]);
      } else {
        word.text.push_back(c);
      }
    }
    word.raw = std::string(text_.substr(begin, at_ - begin));
    return word;
  }

  void Redirect(bool output) {
    while (at_ < text_.size() && (text_[at_] == '>' || text_[at_] == '<')) {
      ++at_;
    }
    if (at_ < text_.size() && text_[at_] == '&') {  // into another stream
      ++at_;
      Word();
      return;
    }
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    const Piece target = Word();
    if (target.text.empty()) return;
    command_.writes |= output;
    targets_.push_back(target.text);
  }

  void EndSegment() {
    if (!words_.empty()) {
      ShellSegment segment{words_[0].text, ""};
      for (const Piece& word : words_) {
        if (!segment.text.empty()) segment.text.push_back(' ');
        segment.text += word.raw;
      }
      if (!TakesTexts(segment.program)) {
        for (size_t i = 1; i < words_.size(); ++i) {
          const std::string& text = words_[i].text;
          if (!text.empty() && text[0] != '-') command_.paths.push_back(text);
        }
      }
      command_.segments.push_back(std::move(segment));
    }
    for (std::string& target : targets_) {
      command_.paths.push_back(std::move(target));
    }
    words_.clear();
    targets_.clear();
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Piece> words_;
  std::vector<std::string> targets_;
  ShellCommand command_;
};

}  // namespace

ShellCommand ReadShellCommand(std::string_view command) {
  return Reader(command).Read();
}

}  // namespace copilot::fake_cli
