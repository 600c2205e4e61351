// SPDX-License-Identifier: MIT
#include "conformance/report/terminal.h"

#include <fmt/format.h>

#include <map>
#include <sstream>

#include "conformance/report/excerpt.h"
#include "conformance/report/text.h"

namespace copilot::conformance {
namespace {

constexpr int kMostExplained = 20;  // failures
constexpr size_t kMostLines = 25;   // of one conversation
constexpr size_t kWidth = 150;      // characters of one line

std::string Indent(const std::string& text, const std::string& by) {
  std::string out;
  std::istringstream in(text);
  std::string line;
  while (std::getline(in, line)) out += by + line + "\n";
  return out;
}

// How a problem is announced, in five columns or more.
const char* Label(Status status) {
  switch (status) {
    case Status::kFail:
      return "FAIL ";
    case Status::kFlake:
      return "FLAKE";
    case Status::kUnexpectedPass:
      return "UNEXPECTED PASS";
    default:
      return "ERROR";
  }
}

}  // namespace

TerminalReport::TerminalReport(std::FILE* out, bool colour, bool progress,
                               size_t total, const Contract& contract)
    : out_(out),
      colour_(colour),
      progress_(progress),
      total_(total),
      contract_(contract) {}

std::string TerminalReport::Paint(const char* code,
                                  const std::string& text) const {
  return colour_ ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

void TerminalReport::Add(const Verdict& verdict) {
  ClearProgress();
  if (IsRed(verdict.status)) ShowProblem(verdict);
  seen_.push_back(verdict);
  seen_.back().conversation.clear();  // may be large, and is not needed again
  totals_ = Count(seen_);
  ShowProgress();
}

std::string TerminalReport::Diff(const std::string& detail) const {
  std::string text;
  for (const DiffLine& line : DiffOf(Printable(detail))) {
    switch (line.kind) {
      case DiffLine::Kind::kExpected:
        text += Paint("32", "- " + line.text) + "\n";
        break;
      case DiffLine::Kind::kCame:
        text += Paint("31", "+ " + line.text) + "\n";
        break;
      case DiffLine::Kind::kText:
        text += line.text + "\n";
        break;
    }
  }
  return text;
}

std::string TerminalReport::Conversation(const Verdict& verdict) const {
  std::istringstream in(ExcerptText(verdict, kMostLines, kWidth));
  std::string text;
  std::string line;
  while (std::getline(in, line)) {
    text += (line[0] == '>' ? Paint("1", line) : line) + "\n";
  }
  return text;
}

void TerminalReport::ClearProgress() {
  if (progress_) std::fputs("\r\033[K", out_);
}

void TerminalReport::ShowProgress() {
  if (!progress_) return;
  std::fputs(
      fmt::format("{}/{} run, {} failed", seen_.size(), total_, totals_.failed)
          .c_str(),
      out_);
  std::fflush(out_);
}

void TerminalReport::ShowProblem(const Verdict& verdict) {
  std::string text =
      fmt::format("{} {}  {}\n", Paint("31;1", Label(verdict.status)),
                  Paint("1", verdict.id), verdict.title);
  for (const std::string& id : verdict.contract) {
    const auto clause = contract_.find(id);
    if (clause == contract_.end()) continue;
    text += fmt::format("      {}  {}\n", Paint("2", id), clause->second.text);
  }
  for (const Failure& failure : verdict.failures) {
    text += "    " + Paint("33", failure.title) + "\n" +
            Indent(Diff(failure.detail), "      ");
  }
  if (!verdict.reason.empty()) text += Indent(verdict.reason, "    ");
  if (!verdict.conversation.empty() && ++explained_ <= kMostExplained) {
    text += "    " + Paint("2", "what was said") + "\n" +
            Indent(Conversation(verdict), "    ");
  }
  if (!verdict.stderr_tail.empty()) {
    text += "    " + Paint("2", "stderr") + "\n" +
            Indent(Printable(verdict.stderr_tail), "      ");
  }
  if (!verdict.reproduce.empty()) {
    text += "    " + Paint("2", "again") + "  " + verdict.reproduce + "\n";
  }
  if (!verdict.kept_directory.empty()) {
    text += "    kept " + verdict.kept_directory + "\n";
  }
  std::fputs((text + "\n").c_str(), out_);
}

void TerminalReport::Finish(double seconds) {
  ClearProgress();
  if (explained_ > kMostExplained) {
    std::fputs(fmt::format("what was said is shown for the first {} failures; "
                           "a report has it all: --report html=FILE\n",
                           kMostExplained)
                   .c_str(),
               out_);
  }
  std::map<std::string, int> reasons;
  for (const Verdict& verdict : seen_) {
    if (verdict.status == Status::kSkip) ++reasons[verdict.reason];
  }
  for (const auto& [reason, count] : reasons) {
    std::fputs(fmt::format("{} {}: {}\n", Paint("33", "skipped"), count, reason)
                   .c_str(),
               out_);
  }
  std::string last =
      fmt::format("{} passed, {} failed", totals_.passed, totals_.failed);
  if (totals_.rehearsed > 0) {
    last += fmt::format(", {} rehearsed with stand-ins", totals_.rehearsed);
  }
  if (totals_.expected_failures > 0) {
    last += fmt::format(", {} failed as expected", totals_.expected_failures);
  }
  if (totals_.skipped > 0) last += fmt::format(", {} skipped", totals_.skipped);
  std::fputs(
      fmt::format("{} scenarios in {:.1f} s\n", seen_.size(), seconds).c_str(),
      out_);
  std::fputs((Paint(totals_.failed > 0 ? "31;1" : "32;1", last) + "\n").c_str(),
             out_);
  std::fflush(out_);
}

}  // namespace copilot::conformance
