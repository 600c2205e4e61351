// SPDX-License-Identifier: MIT
#include "conformance/report/github.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "conformance/report/excerpt.h"
#include "conformance/report/text.h"
#include "conformance/report/totals.h"

namespace copilot::conformance {
namespace {

namespace fs = std::filesystem;

constexpr size_t kConversation = 25;           // lines
constexpr size_t kWidth = 160;                 // characters of one
constexpr size_t kMostAnnotation = 4000;       // bytes of a message
constexpr size_t kMostSummary = 900u * 1024u;  // GitHub takes 1 MiB

// The data of a workflow command.
std::string Data(const std::string& text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '\n') {
      escaped += "%0A";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

// A property of one: colons and commas mean something there.
std::string Property(const std::string& text) {
  std::string escaped;
  for (const char c : Data(text)) {
    if (c == ':') {
      escaped += "%3A";
    } else if (c == ',') {
      escaped += "%2C";
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

// "../x" is nothing that GitHub could show.
std::string FromRoot(const std::string& file, const std::string& root) {
  const fs::path relative = fs::path(file).lexically_proximate(root);
  return relative.empty() || *relative.begin() == ".." ? file
                                                       : relative.string();
}

std::string Annotation(const Verdict& verdict, const std::string& root) {
  const bool red = IsRed(verdict.status);
  std::string text = red ? "::error " : "::notice ";
  if (!verdict.file.empty()) {
    text += "file=" + Property(FromRoot(verdict.file, root)) + ",line=1,";
  }
  text += "title=" + Property(fmt::format("{} ({})", NameOf(verdict),
                                          Name(verdict.status)));
  std::string message = verdict.title + "\n" + Explanation(verdict);
  if (message.size() > kMostAnnotation) {
    message = message.substr(0, kMostAnnotation) + "…\n";
  }
  if (!verdict.reproduce.empty()) message += verdict.reproduce;
  return text + "::" + Data(message) + "\n";
}

// In a table and in plain text.
std::string Markdown(const std::string& text) {
  std::string escaped;
  for (const char c : OneLine(text)) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      if (std::string_view("\\`*_{}[]#|~").find(c) != std::string_view::npos) {
        escaped.push_back('\\');
      }
      escaped.push_back(c);
    }
  }
  return escaped;
}

// A fence that nothing in `text` can close.
std::string Fenced(const char* language, const std::string& text) {
  size_t longest = 0;
  size_t row = 0;
  for (const char c : text) {
    row = c == '`' ? row + 1 : 0;
    longest = std::max(longest, row);
  }
  const std::string fence(std::max<size_t>(3, longest + 1), '`');
  std::string body = Printable(text);
  if (!body.empty() && body.back() != '\n') body += "\n";
  return fence + language + "\n" + body + fence + "\n\n";
}

std::string Section(const Verdict& verdict) {
  std::string text = fmt::format(
      "<details><summary><strong>{}</strong> {}: {}</summary>\n\n",
      Markdown(NameOf(verdict)), Name(verdict.status), Markdown(verdict.title));
  text += Fenced("diff", Explanation(verdict));
  const std::string around = ExcerptText(verdict, kConversation, kWidth);
  if (!around.empty()) text += "What was said:\n\n" + Fenced("text", around);
  if (!verdict.stderr_tail.empty()) {
    text += "stderr:\n\n" + Fenced("text", verdict.stderr_tail);
  }
  if (!verdict.reproduce.empty()) text += Fenced("sh", verdict.reproduce);
  return text + "</details>\n\n";
}

std::string TotalsOf(const RunReport& run) {
  const Totals totals = Count(run.verdicts);
  const std::string name = JudgedIn(run);
  std::map<std::string, std::vector<Verdict>> areas;
  for (const Verdict& verdict : run.verdicts) {
    areas[verdict.area].push_back(verdict);
  }
  std::string text =
      fmt::format("## {} {}\n\n", totals.failed == 0 ? "✅" : "❌",
                  name.empty() ? "copilot-conformance" : Markdown(name));
  text +=
      fmt::format("{} of {} scenarios passed, {} failed, {} skipped",
                  totals.passed, totals.total(), totals.failed, totals.skipped);
  if (totals.expected_failures > 0) {
    text += fmt::format(", {} failed as expected", totals.expected_failures);
  }
  if (totals.rehearsed > 0) {
    text += fmt::format(", {} rehearsed", totals.rehearsed);
  }
  text += fmt::format(", in {:.1f} s.\n\n", run.seconds);
  text += "| area | passed | failed | skipped | other |\n";
  text += "|---|---:|---:|---:|---:|\n";
  for (const auto& [area, verdicts] : areas) {
    const Totals some = Count(verdicts);
    text += fmt::format("| {} | {} | {} | {} | {} |\n", Markdown(area),
                        some.passed, some.failed, some.skipped,
                        some.rehearsed + some.expected_failures);
  }
  return text + "\n";
}

}  // namespace

std::string GitHubAnnotations(const RunReport& run, const std::string& root) {
  std::string text;
  for (const Verdict& verdict : run.verdicts) {
    if (IsRed(verdict.status) || verdict.status == Status::kExpectedFail) {
      text += Annotation(verdict, root);
    }
  }
  return text;
}

std::string MarkdownSummary(const RunReport& run) {
  std::string text = TotalsOf(run);
  int left_out = 0;
  for (const Verdict& verdict : run.verdicts) {
    if (!IsRed(verdict.status)) continue;
    const std::string section = Section(verdict);
    if (text.size() + section.size() > kMostSummary) {
      ++left_out;
    } else {
      text += section;
    }
  }
  if (left_out > 0) {
    text += fmt::format("{} more failures have no place here.\n", left_out);
  }
  return text;
}

}  // namespace copilot::conformance
