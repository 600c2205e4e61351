// SPDX-License-Identifier: MIT
#include "conformance/expectations/jsonc_array.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace copilot::conformance {
namespace {

constexpr size_t kNone = std::string::npos;
using Comment = std::pair<size_t, size_t>;  // begin and end

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsComment(std::string_view text, size_t at) {
  return at + 1 < text.size() && text[at] == '/' &&
         (text[at + 1] == '/' || text[at + 1] == '*');
}

// Behind the comment; a line's end is not part of one.
size_t SkipComment(std::string_view text, size_t at) {
  if (text[at + 1] == '/') {
    size_t end = std::min(text.find('\n', at), text.size());
    if (end > at && text[end - 1] == '\r') --end;
    return end;
  }
  const size_t end = text.find("*/", at + 2);
  return end == kNone ? text.size() : end + 2;
}

// To what is neither blank nor comment. `comments` may be null.
size_t SkipBlanks(std::string_view text, size_t at,
                  std::vector<Comment>* comments = nullptr) {
  while (at < text.size()) {
    if (IsBlank(text[at])) {
      ++at;
    } else if (IsComment(text, at)) {
      const size_t end = SkipComment(text, at);
      if (comments != nullptr) comments->emplace_back(at, end);
      at = end;
    } else {
      break;
    }
  }
  return at;
}

size_t SkipString(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

size_t SkipValue(std::string_view text, size_t at) {
  int depth = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = SkipString(text, at);
    } else if (IsComment(text, at)) {
      at = SkipComment(text, at);
    } else if (text[at] == '{' || text[at] == '[') {
      ++depth;
      ++at;
    } else if (text[at] == '}' || text[at] == ']') {
      --depth;
      ++at;
    } else if (depth > 0) {
      ++at;
      continue;
    } else {
      // A number or a name.
      while (at < text.size() && !IsBlank(text[at]) &&
             std::string_view(",]}/").find(text[at]) == kNone) {
        ++at;
      }
    }
    if (depth == 0) return at;
  }
  return at;
}

// Whether `text` goes on in a new line after `at`, or ends.
bool EndsLine(std::string_view text, size_t at) {
  at = std::min(text.find_first_not_of(" \t\r", at), text.size());
  return at == text.size() || text[at] == '\n';
}

// Behind the comments that stand in the line of `at` and end there.
size_t SkipCommentsOfLine(std::string_view text, size_t at) {
  while (true) {
    const size_t begin = text.find_first_not_of(" \t", at);
    if (begin == kNone || !IsComment(text, begin)) return at;
    const size_t end = SkipComment(text, begin);
    if (text.substr(begin, end - begin).find('\n') != kNone) return at;
    at = end;
  }
}

std::string Indented(const nlohmann::ordered_json& value,
                     const std::string& indent, const std::string& newline) {
  std::string text;
  for (const char c : value.dump(2)) {
    text += c == '\n' ? newline + indent : std::string(1, c);
  }
  return indent + text;
}

}  // namespace

std::optional<JsoncArray> JsoncArray::Find(std::string text,
                                           const std::string& name) {
  JsoncArray array;
  array.text_ = std::move(text);
  const std::string_view all = array.text_;
  size_t at = all.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
  at = SkipBlanks(all, at);
  if (at >= all.size() || all[at] != '{') return std::nullopt;
  at = SkipBlanks(all, at + 1);
  while (at < all.size() && all[at] == '"') {
    const size_t key_end = SkipString(all, at);
    const auto key =
        nlohmann::json::parse(all.substr(at, key_end - at), nullptr, false);
    at = SkipBlanks(all, key_end);  // the colon
    at = SkipBlanks(all, std::min(at + 1, all.size()));
    if (key == name) {
      if (at >= all.size() || all[at] != '[') return std::nullopt;
      array.ReadElements(at + 1);
      return array;
    }
    at = SkipBlanks(all, SkipValue(all, at));
    if (at < all.size() && all[at] == ',') at = SkipBlanks(all, at + 1);
  }
  return std::nullopt;
}

void JsoncArray::ReadElements(size_t open) {
  size_t before = SkipCommentsOfLine(text_, open);
  while (true) {
    std::vector<Comment> comments;
    const size_t begin = SkipBlanks(text_, before, &comments);
    if (begin >= text_.size() || text_[begin] == ']') {
      close_ = begin;
      return;
    }
    Element element{begin, begin, SkipValue(text_, begin), kNone, 0};
    while (!comments.empty()) {
      const auto [from, to] = comments.back();
      const std::string_view between =
          std::string_view(text_).substr(to, element.own_begin - to);
      if (std::count(between.begin(), between.end(), '\n') > 1) break;
      element.own_begin = from;
      comments.pop_back();
    }
    const size_t next = SkipBlanks(text_, element.end);
    if (next < text_.size() && text_[next] == ',') element.comma = next;
    before = SkipCommentsOfLine(
        text_, element.comma == kNone ? element.end : element.comma + 1);
    element.own_end = before;
    elements_.push_back(element);
  }
}

int JsoncArray::LineOf(size_t element) const {
  const auto end =
      text_.begin() + static_cast<std::ptrdiff_t>(elements_[element].begin);
  return 1 + static_cast<int>(std::count(text_.begin(), end, '\n'));
}

bool JsoncArray::StartsLine(size_t place) const {
  const size_t last = text_.find_last_not_of(" \t", place - 1);
  return last == kNone || text_[last] == '\n';
}

std::string JsoncArray::IndentAt(size_t place) const {
  const size_t newline = text_.rfind('\n', place);
  const size_t line = newline == kNone ? 0 : newline + 1;
  const size_t first =
      std::min(text_.find_first_not_of(" \t", line), text_.size());
  return text_.substr(line, first - line);
}

JsoncArray::Edit JsoncArray::Removal(size_t i) const {
  const Element& element = elements_[i];
  size_t begin = element.own_begin;
  size_t end = element.own_end;
  if (StartsLine(begin) && EndsLine(text_, end)) {
    begin = text_.find_last_not_of(" \t", begin - 1) + 1;
    end = std::min(text_.find('\n', end), text_.size() - 1) + 1;
  } else if (i + 1 == elements_.size()) {
    while (text_[begin - 1] == ' ' || text_[begin - 1] == '\t') --begin;
  } else {
    end = std::min(text_.find_first_not_of(" \t", end), text_.size());
  }
  return {begin, end - begin, ""};
}

void JsoncArray::Add(const std::vector<nlohmann::ordered_json>& added,
                     const Element* last, std::vector<Edit>* edits) const {
  const std::string newline = text_.find("\r\n") == kNone ? "\n" : "\r\n";
  const std::string outer = IndentAt(close_);
  const std::string indent = last != nullptr && StartsLine(last->begin)
                                 ? IndentAt(last->begin)
                                 : outer + "  ";
  std::string block;
  for (const auto& value : added) {
    block +=
        (block.empty() ? "" : "," + newline) + Indented(value, indent, newline);
  }
  if (last != nullptr) {
    if (last->comma == kNone) edits->push_back({last->end, 0, ","});
    const bool in_line = !StartsLine(close_);
    edits->push_back(
        {last->own_end, 0, newline + block + (in_line ? newline + outer : "")});
  } else if (StartsLine(close_)) {
    const size_t line = text_.find_last_not_of(" \t", close_ - 1) + 1;
    edits->push_back({line, 0, block + newline});
  } else {
    edits->push_back({close_, 0, newline + block + newline + outer});
  }
}

std::string JsoncArray::Edited(
    const std::set<size_t>& removed,
    const std::vector<nlohmann::ordered_json>& added) const {
  std::vector<Edit> edits;
  const Element* last = nullptr;
  for (size_t i = 0; i < elements_.size(); ++i) {
    if (!removed.contains(i)) last = &elements_[i];
  }
  if (!added.empty()) {
    Add(added, last, &edits);
  } else if (last != nullptr && last != &elements_.back()) {
    edits.push_back({last->comma, 1, ""});
  }
  for (const size_t i : removed) edits.push_back(Removal(i));
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& a, const Edit& b) { return a.at < b.at; });
  std::string result;
  size_t at = 0;
  for (const Edit& edit : edits) {
    if (edit.at > at) result += text_.substr(at, edit.at - at);
    result += edit.inserted;
    at = std::max(at, edit.at + edit.erased);
  }
  return result + text_.substr(at);
}

}  // namespace copilot::conformance
