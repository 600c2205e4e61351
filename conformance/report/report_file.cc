// SPDX-License-Identifier: MIT
#include "conformance/report/report_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "conformance/report/ctrf.h"
#include "conformance/report/github.h"
#include "conformance/report/json.h"
#include "conformance/report/junit.h"
#include "conformance/report/tap.h"
#include "conformance/stage/programs.h"

namespace copilot::conformance {
namespace {

struct Format {
  const char* name;
  std::string (*make)(const RunReport& run, const Background& background);
};

// Where paths of the repository begin.
std::string Root() {
  const std::string workspace = OwnVariable("GITHUB_WORKSPACE");
  std::error_code error;
  return workspace.empty() ? std::filesystem::current_path(error).string()
                           : workspace;
}

constexpr Format kFormats[] = {
    {"junit",
     [](const RunReport& run, const Background&) {
       return JUnitReport(run.verdicts, run.seconds);
     }},
    {"json",
     [](const RunReport& run, const Background&) { return JsonReport(run); }},
    {"ctrf",
     [](const RunReport& run, const Background&) { return CtrfReport(run); }},
    {"tap",
     [](const RunReport& run, const Background&) { return TapReport(run); }},
    {"github",
     [](const RunReport& run, const Background&) {
       return GitHubAnnotations(run, Root());
     }},
    {"summary", [](const RunReport& run,
                   const Background&) { return MarkdownSummary(run); }},
    {"html", HtmlReport},
};

const Format* FindFormat(const std::string& name) {
  for (const Format& format : kFormats) {
    if (name == format.name) return &format;
  }
  return nullptr;
}

// Other steps may have something there already.
void AddStepSummary(const RunReport& run) {
  const std::string path = OwnVariable("GITHUB_STEP_SUMMARY");
  if (path.empty()) return;
  std::ofstream(path, std::ios::binary | std::ios::app) << MarkdownSummary(run);
}

}  // namespace

tl::expected<ReportFile, std::string> ReportFile::Parse(
    const std::string& text, const std::string& option) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size()) {
    return tl::unexpected(
        fmt::format("{}{}: expected FORMAT=FILE", option, text));
  }
  ReportFile file{text.substr(0, equals), text.substr(equals + 1)};
  if (FindFormat(file.format) == nullptr) {
    return tl::unexpected(
        fmt::format("{}{}: unknown format \"{}\", expected one of {}", option,
                    text, file.format, Formats()));
  }
  if (file.path == "-") return file;
  std::filesystem::path directory =
      std::filesystem::path(file.path).parent_path();
  if (directory.empty()) directory = ".";
  if (access(directory.c_str(), W_OK) != 0 ||
      std::filesystem::is_directory(file.path)) {
    return tl::unexpected(fmt::format(
        "{}{}: cannot write {}: {}", option, text, file.path,
        std::filesystem::is_directory(file.path) ? "it is a directory"
                                                 : std::strerror(errno)));
  }
  return file;
}

std::string ReportFile::Formats() {
  std::string names;
  for (const Format& format : kFormats) {
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return names;
}

tl::expected<void, std::string> ReportFile::Write(
    const RunReport& run, const Background& background) const {
  const std::string text = FindFormat(format)->make(run, background);
  if (format == "github") AddStepSummary(run);
  if (path == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    return {};
  }
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
