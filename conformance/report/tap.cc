// SPDX-License-Identifier: MIT
#include "conformance/report/tap.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "conformance/report/excerpt.h"
#include "conformance/report/text.h"
#include "conformance/report/totals.h"

namespace copilot::conformance {
namespace {

constexpr size_t kConversation = 25;  // lines
constexpr size_t kWidth = 160;        // characters of one

// A description: "#" would begin a directive.
std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : OneLine(text)) {
    if (c == '#' || c == '\\') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

// JSON is YAML.
std::string Quoted(const std::string& text) {
  return nlohmann::json(OneLine(text)).dump();
}

// A block keeps its lines; the first one decides the indentation, so it has
// none of its own.
std::string Block(const char* name, const std::string& text) {
  std::string block = fmt::format("  {}: |\n", name);
  std::istringstream in(Printable(text));
  std::string line;
  bool first = true;
  while (std::getline(in, line)) {
    if (first) {
      const size_t begin = line.find_first_not_of(" \t");
      if (begin == std::string::npos) continue;
      line = line.substr(begin);
    }
    first = false;
    block += line.empty() ? "\n" : "    " + line + "\n";
  }
  return first ? "" : block;
}

std::string Diagnostic(const Verdict& verdict) {
  std::string text = "  ---\n";
  text += fmt::format("  message: {}\n", Quoted(Message(verdict)));
  text += fmt::format("  severity: {}\n", Name(verdict.status));
  text += fmt::format("  duration_ms: {:.0f}\n", verdict.seconds * 1000);
  if (!verdict.contract.empty()) {
    text += fmt::format("  contract: {}\n",
                        nlohmann::json(verdict.contract).dump());
  }
  if (!verdict.file.empty()) {
    text += fmt::format("  file: {}\n", Quoted(verdict.file));
  }
  text += Block("explanation", Explanation(verdict));
  if (!verdict.conversation.empty()) {
    // The lines begin with blanks, which the first one of a block may not.
    text +=
        Block("conversation", "seconds, from → to, what was said\n" +
                                  ExcerptText(verdict, kConversation, kWidth));
  }
  text += Block("stderr", verdict.stderr_tail);
  if (!verdict.reproduce.empty()) {
    text += fmt::format("  reproduce: {}\n", Quoted(verdict.reproduce));
  }
  return text + "  ...\n";
}

std::string PointOf(const Verdict& verdict, size_t number) {
  const bool ok = verdict.status == Status::kPass ||
                  verdict.status == Status::kSkip ||
                  verdict.status == Status::kRehearsed;
  std::string line =
      fmt::format("{} {} - {}: {}", ok ? "ok" : "not ok", number,
                  Escaped(NameOf(verdict)), Escaped(verdict.title));
  if (verdict.status == Status::kRehearsed) line += " (rehearsed)";
  if (verdict.status == Status::kSkip) {
    line += " # SKIP " + Escaped(verdict.reason);
  }
  if (verdict.status == Status::kExpectedFail) {
    line += " # TODO " + Escaped(Message(verdict));
  }
  line += "\n";
  return ok ? line : line + Diagnostic(verdict);
}

}  // namespace

std::string TapReport(const RunReport& run) {
  std::string text =
      fmt::format("TAP version 14\n1..{}\n", run.verdicts.size());
  const std::string name = JudgedIn(run);
  if (!name.empty()) text += "# " + OneLine(name) + "\n";
  size_t number = 0;
  for (const Verdict& verdict : run.verdicts) {
    text += PointOf(verdict, ++number);
  }
  return text;
}

}  // namespace copilot::conformance
