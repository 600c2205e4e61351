// SPDX-License-Identifier: MIT
#include "conformance/expectations/version_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>

namespace copilot::conformance {
namespace {

struct Version {
  std::vector<std::string> numbers;  // without leading zeros
  std::vector<std::string> before_release;
};

bool IsNumber(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text) {
    if (c == '.') {
      parts.push_back(std::move(part));
      part.clear();
    } else {
      part += c;
    }
  }
  parts.push_back(std::move(part));
  return parts;
}

std::string WithoutZeros(const std::string& number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

std::optional<Version> ParseVersion(std::string text) {
  if (!text.empty() && text[0] == 'v') text.erase(0, 1);
  text = text.substr(0, text.find('+'));  // what it was built from
  Version version;
  if (const size_t dash = text.find('-'); dash != std::string::npos) {
    version.before_release = Split(text.substr(dash + 1));
    text.resize(dash);
  }
  for (const std::string& number : Split(text)) {
    if (!IsNumber(number)) return std::nullopt;
    version.numbers.push_back(WithoutZeros(number));
  }
  while (!version.numbers.empty() && version.numbers.back().empty()) {
    version.numbers.pop_back();
  }
  return version;
}

// Of any length: nobody promises that they fit into a machine's.
int CompareNumbers(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

int CompareNames(const std::string& a, const std::string& b) {
  if (IsNumber(a) && IsNumber(b)) {
    return CompareNumbers(WithoutZeros(a), WithoutZeros(b));
  }
  if (IsNumber(a) != IsNumber(b)) return IsNumber(a) ? -1 : 1;
  return a.compare(b);
}

int Compare(const Version& a, const Version& b) {
  const size_t most = std::max(a.numbers.size(), b.numbers.size());
  for (size_t i = 0; i < most; ++i) {
    const auto at = [i](const Version& version) {
      return i < version.numbers.size() ? version.numbers[i] : "";
    };
    if (const int order = CompareNumbers(at(a), at(b)); order != 0) {
      return order;
    }
  }
  const auto& x = a.before_release;
  const auto& y = b.before_release;
  if (x.empty() || y.empty()) {
    return static_cast<int>(x.empty()) - static_cast<int>(y.empty());
  }
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (const int order = CompareNames(x[i], y[i]); order != 0) return order;
  }
  return x.size() == y.size() ? 0 : (x.size() < y.size() ? -1 : 1);
}

}  // namespace

tl::expected<VersionRange, std::string> VersionRange::Parse(
    const std::string& text) {
  VersionRange range;
  std::istringstream words(text);
  std::string word;
  while (words >> word) {
    const size_t length = std::min(word.find_first_not_of("<>="), word.size());
    Bound bound{word.substr(0, length), word.substr(length)};
    if (bound.version.empty() && !(words >> bound.version)) {
      return tl::unexpected(fmt::format(
          "expected a version after \"{}\", got the end", bound.comparison));
    }
    const bool exact = bound.comparison.empty() || bound.comparison == "=";
    if (exact) bound.comparison = "=";
    if (exact &&
        std::isalnum(static_cast<unsigned char>(bound.version[0])) == 0) {
      return tl::unexpected(fmt::format(
          "expected <, <=, >, >=, = or a version, got \"{}\"", bound.version));
    }
    if (!exact && bound.comparison != "<" && bound.comparison != "<=" &&
        bound.comparison != ">" && bound.comparison != ">=") {
      return tl::unexpected(fmt::format(
          "expected <, <=, >, >= or =, got \"{}\"", bound.comparison));
    }
    if (!exact && !ParseVersion(bound.version)) {
      return tl::unexpected(
          fmt::format("expected a version such as 1.2.3 after {}, got \"{}\"",
                      bound.comparison, bound.version));
    }
    range.bounds_.push_back(std::move(bound));
  }
  if (range.bounds_.empty()) {
    return tl::unexpected(
        std::string("expected a version or a range such as \">=1.2 <2\""));
  }
  return range;
}

bool VersionRange::Contains(const std::string& version) const {
  const auto is = ParseVersion(version);
  return std::all_of(bounds_.begin(), bounds_.end(), [&](const Bound& bound) {
    const auto limit = ParseVersion(bound.version);
    if (!is || !limit) return bound.version == version;
    const int order = Compare(*is, *limit);
    if (bound.comparison == "=") return order == 0;
    if (bound.comparison == "<") return order < 0;
    if (bound.comparison == "<=") return order <= 0;
    if (bound.comparison == ">") return order > 0;
    return order >= 0;
  });
}

}  // namespace copilot::conformance
