// SPDX-License-Identifier: MIT
#include "conformance/report/excerpt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "conformance/report/text.h"

namespace copilot::conformance {
namespace {

using Kind = Utterance::Kind;

// What stays visible after the line that a failure is about.
constexpr size_t kAfterwards = 6;

bool IsWordPart(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' ||
         c == '-';
}

bool HasWord(const std::string& text, const std::string& word) {
  size_t at = 0;
  while ((at = text.find(word, at)) != std::string::npos) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !IsWordPart(text[at - 1]);
    const bool ends = end == text.size() || !IsWordPart(text[end]);
    if (begins && ends) return true;
    at = end;
  }
  return false;
}

// Whether a failure's title speaks of this: "received session.create", "result
// of first", "CLI spawned".
bool Names(const Failure& failure, const Utterance& said) {
  if (said.kind == Kind::kStart) return HasWord(failure.title, "spawned");
  if (said.kind == Kind::kExit) {
    return HasWord(failure.title, "ended") || failure.title == "exit";
  }
  std::istringstream words(said.title);
  std::string word;
  while (words >> word) {
    if (word.size() > 1 && HasWord(failure.title, word)) return true;
  }
  return false;
}

int LastNamed(const std::vector<Repeated>& lines, const Verdict& verdict) {
  for (size_t i = lines.size(); i > 0; --i) {
    for (const Failure& failure : verdict.failures) {
      if (Names(failure, lines[i - 1].first)) return static_cast<int>(i) - 1;
    }
  }
  return -1;
}

std::string FromTo(const Utterance& said) {
  return said.from + " → " + said.to;
}

std::string What(const Repeated& said) {
  std::string what = said.first.title;
  switch (said.first.kind) {
    case Kind::kAnswer:
      what = "✓ " + what;
      break;
    case Kind::kError:
      what = "✗ " + what;
      break;
    default:
      break;
  }
  if (said.times > 1) what += fmt::format(" ×{}", said.times);
  return what;
}

}  // namespace

std::vector<Repeated> Collapse(const std::vector<Utterance>& conversation) {
  std::vector<Repeated> lines;
  for (const Utterance& said : conversation) {
    if (!lines.empty() && said.kind == Kind::kNotification) {
      const Utterance& last = lines.back().first;
      if (last.kind == said.kind && last.from == said.from &&
          last.to == said.to && last.title == said.title) {
        ++lines.back().times;
        continue;
      }
    }
    lines.push_back({said, 1});
  }
  return lines;
}

Excerpt ExcerptOf(const Verdict& verdict, size_t most) {
  const std::vector<Repeated> lines = Collapse(verdict.conversation);
  Excerpt excerpt;
  const int focus = LastNamed(lines, verdict);
  size_t end = lines.size();
  if (focus >= 0) {
    end = std::min(
        end, std::max(static_cast<size_t>(focus) + 1 + kAfterwards, most));
  }
  const size_t begin = end > most ? end - most : 0;
  excerpt.lines.assign(lines.begin() + static_cast<long>(begin),
                       lines.begin() + static_cast<long>(end));
  excerpt.before = static_cast<int>(begin);
  excerpt.after = static_cast<int>(lines.size() - end);
  if (focus >= 0) excerpt.focus = focus - static_cast<int>(begin);
  return excerpt;
}

std::string LineOf(const Repeated& said, size_t from_to, size_t width) {
  const std::string sides = FromTo(said.first);
  std::string line =
      fmt::format("{:7.3f}  {}{}  {}", said.first.at, sides,
                  std::string(from_to - std::min(from_to, Columns(sides)), ' '),
                  What(said));
  if (!said.first.text.empty()) line += "  " + said.first.text;
  return Cut(OneLine(line), width);
}

size_t FromToWidth(const std::vector<Repeated>& lines) {
  size_t width = 0;
  for (const Repeated& line : lines) {
    width = std::max(width, Columns(FromTo(line.first)));
  }
  return width;
}

std::string ExcerptText(const Verdict& verdict, size_t most, size_t width) {
  const Excerpt excerpt = ExcerptOf(verdict, most);
  std::string text;
  if (excerpt.before > 0)
    text += fmt::format("  … {} before\n", excerpt.before);
  const size_t from_to = FromToWidth(excerpt.lines);
  for (size_t i = 0; i < excerpt.lines.size(); ++i) {
    text += static_cast<int>(i) == excerpt.focus ? "> " : "  ";
    text += LineOf(excerpt.lines[i], from_to, width - 2) + "\n";
  }
  if (excerpt.after > 0) text += fmt::format("  … {} after\n", excerpt.after);
  return text;
}

}  // namespace copilot::conformance
