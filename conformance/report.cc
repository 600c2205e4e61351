// SPDX-License-Identifier: MIT
#include "conformance/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

const char* Name(Status status) {
  switch (status) {
    case Status::kPass:
      return "pass";
    case Status::kFail:
      return "fail";
    case Status::kError:
      return "error";
    case Status::kSkip:
      return "skip";
    case Status::kRehearsed:
      return "rehearsed";
  }
  return "error";
}

std::string Details(const Verdict& verdict) {
  std::string text;
  for (const Failure& failure : verdict.failures) {
    text += failure.title + "\n" + failure.detail;
  }
  if (!verdict.reason.empty()) text += verdict.reason + "\n";
  return text;
}

// XML has no way to write most control characters.
std::string ForXml(const std::string& text) {
  std::string clean =
      Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  clean = Json::parse(clean).get<std::string>();
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t') c = '?';
  }
  return clean;
}

void AddCase(pugi::xml_node suite, const Verdict& verdict) {
  auto node = suite.append_child("testcase");
  std::string name = verdict.id;
  if (verdict.round > 1) name += fmt::format(" (round {})", verdict.round);
  const bool rehearsed = verdict.status == Status::kRehearsed;
  if (rehearsed) name += " (rehearsed)";
  node.append_attribute("name") = name.c_str();
  node.append_attribute("classname") = verdict.area.c_str();
  node.append_attribute("time") =
      fmt::format("{:.3f}", verdict.seconds).c_str();
  if (verdict.status == Status::kSkip) {
    node.append_child("skipped").append_attribute("message") =
        ForXml(verdict.reason).c_str();
  } else if (verdict.status != Status::kPass && !rehearsed) {
    auto problem = node.append_child(verdict.status == Status::kFail ? "failure"
                                                                     : "error");
    problem.append_attribute("message") =
        ForXml(verdict.failures.empty() ? verdict.reason
                                        : verdict.failures[0].title)
            .c_str();
    problem.append_child(pugi::node_pcdata)
        .set_value(ForXml(Details(verdict)).c_str());
    if (!verdict.stderr_tail.empty()) {
      node.append_child("system-err")
          .append_child(pugi::node_pcdata)
          .set_value(ForXml(verdict.stderr_tail).c_str());
    }
  }
}

std::string Indent(const std::string& text, const std::string& by) {
  std::string out;
  std::istringstream in(text);
  std::string line;
  while (std::getline(in, line)) out += by + line + "\n";
  return out;
}

}  // namespace

Totals Count(const std::vector<Verdict>& verdicts) {
  Totals totals;
  for (const Verdict& verdict : verdicts) {
    switch (verdict.status) {
      case Status::kPass:
        ++totals.passed;
        break;
      case Status::kSkip:
        ++totals.skipped;
        break;
      case Status::kRehearsed:
        ++totals.rehearsed;
        break;
      case Status::kError:
        ++totals.errors;
        ++totals.failed;
        break;
      case Status::kFail:
        ++totals.failed;
        break;
    }
  }
  return totals;
}

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
  seen_.push_back(verdict);
  const bool wrong =
      verdict.status == Status::kFail || verdict.status == Status::kError;
  ClearProgress();
  if (wrong) ShowProblem(verdict);
  totals_ = Count(seen_);
  ShowProgress();
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
  const bool failed = verdict.status == Status::kFail;
  std::string text =
      fmt::format("{} {}  {}\n", Paint("31;1", failed ? "FAIL " : "ERROR"),
                  Paint("1", verdict.id), verdict.title);
  for (const std::string& id : verdict.contract) {
    const auto clause = contract_.find(id);
    if (clause == contract_.end()) continue;
    text += fmt::format("      {}  {}\n", Paint("2", id), clause->second.text);
  }
  for (const Failure& failure : verdict.failures) {
    text += "    " + Paint("33", failure.title) + "\n" +
            Indent(failure.detail, "      ");
  }
  if (!verdict.reason.empty()) text += Indent(verdict.reason, "    ");
  if (!verdict.stderr_tail.empty()) {
    text += "    " + Paint("2", "stderr") + "\n" +
            Indent(verdict.stderr_tail, "      ");
  }
  if (!verdict.kept_directory.empty()) {
    text += "    kept " + verdict.kept_directory + "\n";
  }
  std::fputs((text + "\n").c_str(), out_);
}

void TerminalReport::Finish(double seconds) {
  ClearProgress();
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
  if (totals_.skipped > 0) last += fmt::format(", {} skipped", totals_.skipped);
  std::fputs(
      fmt::format("{} scenarios in {:.1f} s\n", seen_.size(), seconds).c_str(),
      out_);
  std::fputs((Paint(totals_.failed > 0 ? "31;1" : "32;1", last) + "\n").c_str(),
             out_);
  std::fflush(out_);
}

std::string JUnitReport(const std::vector<Verdict>& verdicts, double seconds) {
  pugi::xml_document document;
  auto root = document.append_child("testsuites");
  const Totals totals = Count(verdicts);
  root.append_attribute("name") = "copilot-conformance";
  root.append_attribute("tests") = totals.total();
  root.append_attribute("failures") = totals.failed - totals.errors;
  root.append_attribute("errors") = totals.errors;
  root.append_attribute("skipped") = totals.skipped;
  root.append_attribute("time") = fmt::format("{:.3f}", seconds).c_str();
  std::map<std::string, std::vector<Verdict>> areas;
  for (const Verdict& verdict : verdicts) {
    areas[verdict.area].push_back(verdict);
  }
  for (const auto& [area, members] : areas) {
    auto suite = root.append_child("testsuite");
    const Totals some = Count(members);
    suite.append_attribute("name") = area.c_str();
    suite.append_attribute("tests") = some.total();
    suite.append_attribute("failures") = some.failed - some.errors;
    suite.append_attribute("errors") = some.errors;
    suite.append_attribute("skipped") = some.skipped;
    for (const Verdict& verdict : members) AddCase(suite, verdict);
  }
  std::ostringstream out;
  document.save(out, "  ");
  return out.str();
}

std::string JsonReport(const std::vector<Verdict>& verdicts, double seconds) {
  const Totals totals = Count(verdicts);
  Json list = Json::array();
  for (const Verdict& verdict : verdicts) {
    Json entry = {{"id", verdict.id},
                  {"title", verdict.title},
                  {"area", verdict.area},
                  {"contract", verdict.contract},
                  {"status", Name(verdict.status)},
                  {"seconds", verdict.seconds},
                  {"round", verdict.round}};
    if (!verdict.reason.empty()) entry["reason"] = verdict.reason;
    for (const Failure& failure : verdict.failures) {
      entry["failures"].push_back(
          {{"title", failure.title}, {"detail", failure.detail}});
    }
    if (!verdict.stderr_tail.empty()) entry["stderr"] = verdict.stderr_tail;
    list.push_back(std::move(entry));
  }
  return Json{{"tool", "copilot-conformance"},
              {"seconds", seconds},
              {"totals",
               {{"passed", totals.passed},
                {"failed", totals.failed},
                {"errors", totals.errors},
                {"skipped", totals.skipped}}},
              {"scenarios", std::move(list)}}
             .dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

tl::expected<ReportFile, std::string> ReportFile::Parse(
    const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size()) {
    return tl::unexpected(
        fmt::format("--report {}: expected FORMAT=FILE", text));
  }
  ReportFile file{text.substr(0, equals), text.substr(equals + 1)};
  if (file.format != "junit" && file.format != "json") {
    return tl::unexpected(fmt::format(
        "--report {}: unknown format \"{}\", expected junit or json", text,
        file.format));
  }
  std::filesystem::path directory =
      std::filesystem::path(file.path).parent_path();
  if (directory.empty()) directory = ".";
  if (access(directory.c_str(), W_OK) != 0 ||
      std::filesystem::is_directory(file.path)) {
    return tl::unexpected(fmt::format(
        "--report {}: cannot write {}: {}", text, file.path,
        std::filesystem::is_directory(file.path) ? "it is a directory"
                                                 : std::strerror(errno)));
  }
  return file;
}

tl::expected<void, std::string> ReportFile::Write(
    const std::vector<Verdict>& verdicts, double seconds) const {
  const std::string text = format == "junit" ? JUnitReport(verdicts, seconds)
                                             : JsonReport(verdicts, seconds);
  const std::string temporary = path + ".tmp";
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary, path, error);
  if (!out || error) {
    return tl::unexpected(fmt::format("cannot write {}", path));
  }
  return {};
}

}  // namespace copilot::conformance
