// SPDX-License-Identifier: MIT
#include "conformance/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kExpected = "  expected  ";
constexpr std::string_view kCame = "  came      ";

bool Begins(const std::string& text, std::string_view with) {
  return text.compare(0, with.size(), with) == 0;
}

}  // namespace

std::string Printable(const std::string& text) {
  std::string clean =
      Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  clean = Json::parse(clean).get<std::string>();
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) c = '?';
  }
  return clean;
}

std::string OneLine(const std::string& text) {
  std::string line = Printable(text);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) {
    line.pop_back();
  }
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return line;
}

size_t Columns(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(),
                    [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string Cut(const std::string& text, size_t columns) {
  if (Columns(text) <= columns) return text;
  std::string cut;
  size_t used = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins && ++used >= columns) break;
    cut.push_back(c);
  }
  return cut + "…";
}

std::vector<DiffLine> DiffOf(const std::string& detail) {
  std::vector<DiffLine> lines;
  std::istringstream in(detail);
  std::string line;
  while (std::getline(in, line)) {
    if (Begins(line, kExpected)) {
      lines.push_back(
          {DiffLine::Kind::kExpected, line.substr(kExpected.size())});
    } else if (Begins(line, kCame)) {
      lines.push_back({DiffLine::Kind::kCame, line.substr(kCame.size())});
    } else {
      lines.push_back({DiffLine::Kind::kText, line});
    }
  }
  return lines;
}

std::string DiffText(const std::string& detail) {
  std::string text;
  for (const DiffLine& line : DiffOf(detail)) {
    text += line.kind == DiffLine::Kind::kExpected ? "- "
            : line.kind == DiffLine::Kind::kCame   ? "+ "
                                                   : "  ";
    text += line.text + "\n";
  }
  return text;
}

std::string Message(const Verdict& verdict) {
  const std::string of_status =
      verdict.status == Status::kUnexpectedPass
          ? "passed, though the expectations say that it fails"
      : verdict.status == Status::kFlake
          ? "failed among others, and passed on its own"
          : "";
  std::string why = !verdict.failures.empty() ? verdict.failures.front().title
                                              : OneLine(verdict.reason);
  if (of_status.empty()) return OneLine(why);
  return OneLine(why.empty() ? of_status : of_status + ": " + why);
}

std::string Explanation(const Verdict& verdict) {
  std::string text;
  if (!verdict.reason.empty()) text = Printable(verdict.reason);
  if (!text.empty() && text.back() != '\n') text += "\n";
  for (const Failure& failure : verdict.failures) {
    text +=
        Printable(failure.title) + "\n" + DiffText(Printable(failure.detail));
  }
  return text;
}

std::string NameOf(const Verdict& verdict) {
  return verdict.round > 1
             ? fmt::format("{} (round {})", verdict.id, verdict.round)
             : verdict.id;
}

}  // namespace copilot::conformance
