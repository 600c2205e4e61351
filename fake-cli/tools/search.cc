// SPDX-License-Identifier: MIT
//
// grep and glob.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <utility>
#include <vector>

#include "fake-cli/session.h"
#include "fake-cli/tools/built_in.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// Longer lines are not searched: std::regex recurses along them.
constexpr size_t kLongLine = 2000;

// `*` and `?` stay within a name, `**` does not, {a,b} is either.
bool Matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '{') {
    const size_t close = pattern.find('}');
    if (close != pattern.npos) {
      std::string_view choices = pattern.substr(1, close - 1);
      for (;;) {
        const size_t comma = choices.find(',');
        const std::string chosen = std::string(choices.substr(0, comma)) +
                                   std::string(pattern.substr(close + 1));
        if (Matches(text, chosen)) return true;
        if (comma == choices.npos) return false;
        choices.remove_prefix(comma + 1);
      }
    }
  }
  if (pattern.substr(0, 3) == "**/") {
    if (Matches(text, pattern.substr(3))) return true;
    const size_t slash = text.find('/');
    return slash != text.npos && Matches(text.substr(slash + 1), pattern);
  }
  if (pattern[0] == '*') {
    const bool deep = pattern.substr(0, 2) == "**";
    const std::string_view rest = pattern.substr(deep ? 2 : 1);
    for (size_t i = 0; i <= text.size(); ++i) {
      if (Matches(text.substr(i), rest)) return true;
      if (i < text.size() && text[i] == '/' && !deep) return false;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0] != text[0] && (pattern[0] != '?' || text[0] == '/')) {
    return false;
  }
  return Matches(text.substr(1), pattern.substr(1));
}

// A pattern without a slash is one for names.
bool IsNamed(const std::string& relative, const std::string& pattern) {
  if (pattern.find('/') != pattern.npos) return Matches(relative, pattern);
  return Matches(fs::path(relative).filename().string(), pattern);
}

// The files below `root`, relative to it, sorted; hidden ones are left out.
std::vector<std::string> Files(const std::string& root) {
  std::vector<std::string> files;
  std::error_code trouble;
  fs::recursive_directory_iterator next(
      root, fs::directory_options::skip_permission_denied, trouble);
  for (const fs::recursive_directory_iterator end; !trouble && next != end;
       next.increment(trouble)) {
    if (next->path().filename().string()[0] == '.') {
      next.disable_recursion_pending();
    } else if (next->is_regular_file(trouble)) {
      files.push_back(next->path().lexically_relative(root).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

class SearchTool : public BuiltInTool {
 public:
  explicit SearchTool(ToolCall call)
      : call_(std::move(call)),
        shown_(call_.Text("path").empty() ? "." : call_.Text("path")),
        root_(call_.Text("path").empty()
                  ? call_.session.config.working_directory
                  : call_.Path("path")) {}

 protected:
  Json ReadOf(const char* intention) const {
    return {
        {"kind", "read"}, {"intention", intention + root_}, {"path", root_}};
  }

  // With the telemetry that both have.
  static ToolResult Told(ToolResult result, Json properties,
                         Json restricted = nullptr, Json metrics = {}) {
    properties["sandboxApplied"] = "false";
    properties["search_engine"] = "ripgrep";
    result.telemetry = {{"properties", std::move(properties)}};
    if (!restricted.is_null()) {
      result.telemetry["restrictedProperties"] = std::move(restricted);
    }
    if (!metrics.is_null()) result.telemetry["metrics"] = std::move(metrics);
    return result;
  }

  const ToolCall call_;
  const std::string shown_;  // as results begin
  const std::string root_;
};

class Glob : public SearchTool {
 public:
  using SearchTool::SearchTool;

  Json Permission() override {
    return ReadOf("Search for files matching pattern in: ");
  }

  void Run(Finish finish) override {
    const std::string pattern = call_.Text("pattern");
    std::string found;
    int64_t count = 0;
    for (const std::string& file : Files(root_)) {
      if (!IsNamed(file, pattern)) continue;
      if (count++ > 0) found.push_back('\n');
      found += shown_ + "/" + file;
    }
    const bool any = count > 0;
    Json metrics = {{"file_count", count}};
    if (any) metrics["result_length"] = found.size();
    finish(Told(Succeeded(any ? found : "No files matched the pattern."),
                {{"files_found", any ? "true" : "false"}},
                {{"path", shown_}, {"pattern", pattern}}, std::move(metrics)));
  }
};

class Grep : public SearchTool {
 public:
  explicit Grep(ToolCall call)
      : SearchTool(std::move(call)), mode_(call_.Text("output_mode")) {
    if (mode_.empty()) mode_ = "files_with_matches";
  }

  Json Permission() override { return ReadOf("Search in directory: "); }

  void Run(Finish finish) override {
    const std::string pattern = call_.Text("pattern");
    auto flags = std::regex::ECMAScript;
    if (call_.arguments.value("-i", Json()) == true) flags |= std::regex::icase;
    std::regex expression;
    try {
      expression.assign(pattern, flags);
    } catch (const std::regex_error& wrong) {
      finish(Wrong(pattern, wrong.what()));
      return;
    }
    std::string found;
    for (const std::string& file : Searched()) Search(file, expression, &found);
    if (!found.empty()) found.pop_back();
    const bool any = !found.empty();
    finish(Told(Succeeded(any ? found : "No matches found."), Properties(any),
                nullptr, any ? Json{{"result_length", found.size()}} : Json()));
  }

 private:
  Json Properties(bool any) const {
    return {{"matches_found", any ? "true" : "false"}, {"output_mode", mode_}};
  }

  ToolResult Wrong(const std::string& pattern, const char* why) const {
    const std::string error = fmt::format(
        "rg: regex parse error:\n    (?:{})\n    ^\nerror: {}", pattern, why);
    return Told(Failed("Error: " + error, error), Properties(false),
                {{"error", error}});
  }

  // Empty for the root itself, when that is a file.
  std::vector<std::string> Searched() const {
    std::error_code ignored;
    if (fs::is_regular_file(root_, ignored)) return {""};
    std::vector<std::string> files = Files(root_);
    const std::string glob = call_.Text("glob");
    if (!glob.empty()) {
      std::erase_if(
          files, [&](const std::string& file) { return !IsNamed(file, glob); });
    }
    return files;
  }

  void Search(const std::string& file, const std::regex& expression,
              std::string* found) const {
    const std::string name = file.empty() ? shown_ : shown_ + "/" + file;
    const bool numbered = call_.arguments.value("-n", Json()) == true;
    std::ifstream in(file.empty() ? root_ : root_ + "/" + file);
    std::string line;
    int64_t count = 0;
    for (int64_t number = 1; std::getline(in, line); ++number) {
      if (line.find('\0') != line.npos) return;  // no text
      if (line.size() > kLongLine || !std::regex_search(line, expression)) {
        continue;
      }
      ++count;
      if (mode_ != "content") continue;
      *found += name + ":";
      if (numbered) *found += std::to_string(number) + ":";
      *found += line + "\n";
    }
    if (count == 0 || mode_ == "content") return;
    *found += name;
    if (mode_ == "count") *found += ":" + std::to_string(count);
    found->push_back('\n');
  }

  std::string mode_;
};

}  // namespace

std::shared_ptr<BuiltInTool> MakeSearchTool(ToolCall call) {
  if (call.name == "glob") return std::make_shared<Glob>(std::move(call));
  if (call.name == "grep" || call.name == "rg") {
    return std::make_shared<Grep>(std::move(call));
  }
  return nullptr;
}

}  // namespace copilot::fake_cli
