// SPDX-License-Identifier: MIT
#include "fake-cli/tools/shell_syntax.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

namespace copilot::fake_cli {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

bool IsOperator(char c) {
  return c == ';' || c == '&' || c == '|' || c == '\n';
}

template <size_t kSize>
bool IsOneOf(const std::string_view (&names)[kSize], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Programs whose arguments are texts rather than paths.
constexpr std::string_view kTakeTexts[] = {"echo", "printf", "sleep", "exit"};
// Those whose first argument is a pattern or a program.
constexpr std::string_view kTakePattern[] = {"grep", "egrep", "fgrep",
                                             "rg",   "sed",   "awk"};

// As the real CLI guesses: anything with the marks of a path, and words of at
// least three letters.
bool MayBePath(std::string_view text) {
  if (text.empty() || text[0] == '-') return false;
  if (text[0] == '~' || text[0] == '$') return true;
  if (text.find_first_of("/.") != text.npos) return true;
  constexpr size_t kShortest = 3;
  return text.size() >= kShortest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
                  c == '-' || c == ' ';
         });
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
      const size_t program = Program();
      ShellSegment segment{words_[program].text, ""};
      for (const Piece& word : words_) {
        if (!segment.text.empty()) segment.text.push_back(' ');
        segment.text += word.raw;
      }
      AddPaths(program);
      command_.segments.push_back(std::move(segment));
    }
    for (std::string& target : targets_) {
      command_.paths.push_back(std::move(target));
    }
    words_.clear();
    targets_.clear();
  }

  // Behind the variables that are set for it.
  size_t Program() const {
    size_t at = 0;
    while (at + 1 < words_.size() &&
           words_[at].text.find('=') != std::string::npos) {
      ++at;
    }
    return at;
  }

  void AddPaths(size_t at) {
    const std::string& program = words_[at].text;
    if (program.find_first_of("/.") != program.npos) {
      command_.paths.push_back(program);
    }
    if (IsOneOf(kTakeTexts, program)) return;
    bool pattern = IsOneOf(kTakePattern, program);
    for (size_t i = at + 1; i < words_.size(); ++i) {
      const std::string& text = words_[i].text;
      const bool option = text.rfind('-', 0) == 0;
      if (option && program == "find") return;  // its expression
      if (option || std::exchange(pattern, false)) continue;
      if (MayBePath(text)) command_.paths.push_back(text);
    }
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
