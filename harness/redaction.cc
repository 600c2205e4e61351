// SPDX-License-Identifier: MIT
#include "harness/redaction.h"

#include <algorithm>
#include <utility>

#include "harness/text.h"

namespace copilot::harness {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsWord(char c) { return IsAlnum(c) || c == '_'; }
bool IsKey(char c) { return IsWord(c) || c == '-'; }
bool IsBearer(char c) {
  return IsKey(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// A credential that begins with a fixed text. What follows is at least
// `shortest` characters long: a run that is too short ends the look-ahead, so
// that no character is looked at more often than that.
struct Shape {
  std::string_view prefix;
  bool (*part)(char);
  size_t shortest;
  bool at_word;      // nothing that could be a part comes before it
  bool needs_digit;  // words with hyphens have none
};

constexpr Shape kShapes[] = {
    {"ghp_", IsAlnum, 20, false, false},
    {"gho_", IsAlnum, 20, false, false},
    {"ghu_", IsAlnum, 20, false, false},
    {"ghs_", IsAlnum, 20, false, false},
    {"ghr_", IsAlnum, 20, false, false},
    {"github_pat_", IsWord, 20, false, false},
    {"sk-", IsKey, 16, true, true},
    {"xoxa-", IsKey, 10, true, true},
    {"xoxb-", IsKey, 10, true, true},
    {"xoxp-", IsKey, 10, true, true},
    {"xoxr-", IsKey, 10, true, true},
    {"xoxs-", IsKey, 10, true, true},
};

// The end of the credential of this shape at `at`; `at`: there is none.
size_t EndOfShape(const Shape& shape, std::string_view text, size_t at) {
  if (text.compare(at, shape.prefix.size(), shape.prefix) != 0) return at;
  if (shape.at_word && at > 0 && shape.part(text[at - 1])) return at;
  const size_t begin = at + shape.prefix.size();
  size_t end = begin;
  bool digit = false;
  for (; end < text.size() && shape.part(text[end]); ++end) {
    digit |= IsDigit(text[end]);
  }
  const bool is_one =
      end - begin >= shape.shortest && (digit || !shape.needs_digit);
  return is_one ? end : at;
}

// The same for `Bearer` and a token.
size_t EndOfBearer(std::string_view text, size_t at) {
  constexpr std::string_view kWord = "bearer";
  constexpr size_t kShortest = 16;
  if (text.size() - at <= kWord.size() || !IsSpace(text[at + kWord.size()]) ||
      (at > 0 && IsWord(text[at - 1])) ||
      Lower(text.substr(at, kWord.size())) != kWord) {
    return at;
  }
  size_t begin = at + kWord.size();
  while (begin < text.size() && IsSpace(text[begin])) ++begin;
  size_t end = begin;
  while (end < text.size() && IsBearer(text[end])) ++end;
  return end - begin >= kShortest ? end : at;
}

// The same for a private key; one that is cut off goes to the end.
size_t EndOfPrivateKey(std::string_view text, size_t at) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kKey = "PRIVATE KEY-----";
  constexpr size_t kLongestLabel = 40;
  if (text.compare(at, kBegin.size(), kBegin) != 0) return at;
  const std::string_view label = text.substr(at + kBegin.size(), kLongestLabel);
  if (label.find(kKey) == std::string_view::npos) return at;
  const size_t end = text.find("-----END ", at + kBegin.size());
  if (end == std::string_view::npos) return text.size();
  const size_t tail = text.find(kKey, end);
  return tail == std::string_view::npos ? text.size() : tail + kKey.size();
}

size_t EndOfCredential(std::string_view text, size_t at) {
  switch (text[at]) {
    case '-':
      return EndOfPrivateKey(text, at);
    case 'b':
    case 'B':
      return EndOfBearer(text, at);
    case 'g':
    case 's':
    case 'x':
      for (const Shape& shape : kShapes) {
        const size_t end = EndOfShape(shape, text, at);
        if (end != at) return end;
      }
      return at;
    default:
      return at;
  }
}

}  // namespace

Redactor::Redactor(const std::vector<wire::Secret>& secrets) {
  constexpr size_t kShortest = 4;
  for (const wire::Secret& secret : secrets) {
    if (secret.Reveal().size() >= kShortest) secrets_.push_back(secret);
  }
}

// Sorted, without overlaps.
std::vector<Redactor::Span> Redactor::Find(std::string_view text) const {
  std::vector<Span> found;
  for (const wire::Secret& secret : secrets_) {
    const std::string& bytes = secret.Reveal();
    for (size_t at = text.find(bytes); at != std::string_view::npos;
         at = text.find(bytes, at + bytes.size())) {
      found.push_back({at, at + bytes.size()});
    }
  }
  for (size_t at = 0; at < text.size();) {
    const size_t end = EndOfCredential(text, at);
    if (end != at) found.push_back({at, end});
    at = std::max(end, at + 1);
  }
  std::sort(found.begin(), found.end(), [](const Span& one, const Span& other) {
    return one.begin < other.begin;
  });
  std::vector<Span> merged;
  for (const Span& span : found) {
    if (!merged.empty() && span.begin < merged.back().end) {
      merged.back().end = std::max(merged.back().end, span.end);
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

std::string Redactor::Redact(const std::string& text) const {
  std::vector<std::string> blocks = {text};
  RedactBlocks(&blocks);
  return std::move(blocks[0]);
}

void Redactor::RedactBlocks(std::vector<std::string>* blocks) const {
  std::string lines;          // the blocks as the model gets them
  std::string dense;          // the blocks with nothing between them
  std::vector<size_t> place;  // of each byte of `dense` in `lines`
  for (const std::string& block : *blocks) {
    if (&block != &blocks->front()) lines.push_back('\n');
    for (size_t i = 0; i < block.size(); ++i) place.push_back(lines.size() + i);
    lines += block;
    dense += block;
  }
  std::vector<bool> hidden(lines.size(), false);
  std::vector<bool> begins(lines.size(), false);
  const auto hide = [&](size_t begin, size_t end) {
    begins[begin] = true;
    for (size_t i = begin; i < end; ++i) hidden[i] = true;
  };
  for (const Span& span : Find(lines)) hide(span.begin, span.end);
  if (blocks->size() > 1) {
    for (const Span& span : Find(dense)) {
      hide(place[span.begin], place[span.end - 1] + 1);
    }
  }
  size_t at = 0;
  for (std::string& block : *blocks) {
    std::string shown;
    for (size_t i = 0; i < block.size(); ++i, ++at) {
      if (!hidden[at]) {
        shown.push_back(block[i]);
      } else if (i == 0 || begins[at] || !hidden[at - 1]) {
        shown += kRedacted;
      }
    }
    ++at;  // what is between the blocks
    block = std::move(shown);
  }
}

}  // namespace copilot::harness
