// SPDX-License-Identifier: MIT
#include "conformance/stage/programs.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace copilot::conformance {

namespace fs = std::filesystem;

std::string ProgramDirectory() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

std::string Sibling(const std::string& name) {
  const std::string path = ProgramDirectory() + "/" + name;
  std::error_code ignored;
  return fs::exists(path, ignored) ? path : "";
}

std::string DefaultScenarios() {
  if (const std::string named = OwnVariable("COPILOT_SCENARIOS");
      !named.empty()) {
    return named;
  }
  const std::string installed =
      ProgramDirectory() + "/../share/copilot-conformance/scenarios";
  std::error_code ignored;
  if (fs::exists(installed, ignored)) return installed;
  return SCENARIO_SOURCE_DIRECTORY;
}

std::string FindProgram(const std::string& word) {
  std::error_code ignored;
  const auto is_file = [&](const fs::path& path) {
    return fs::is_regular_file(path, ignored);
  };
  if (is_file(word)) return fs::absolute(word, ignored).lexically_normal();
  if (word.empty() || word.find('/') != std::string::npos) return "";
  std::istringstream path(OwnVariable("PATH"));
  for (std::string directory; std::getline(path, directory, ':');) {
    const fs::path candidate = fs::path(directory) / word;
    if (is_file(candidate) && access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return "";
}

std::vector<std::string> SplitCommand(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      word.push_back(command[++i]);
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word.push_back(c);
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word.push_back(c);
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

std::vector<std::string> WithAbsolutePaths(std::vector<std::string> command) {
  bool program = true;
  for (std::string& word : command) {
    std::error_code ignored;
    const bool bare = word.find('/') == std::string::npos;
    const bool is_path = bare ? !program && fs::is_regular_file(word, ignored)
                              : fs::exists(word, ignored);
    if (is_path) word = fs::absolute(word, ignored).lexically_normal();
    program = false;
  }
  return command;
}

std::string Quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-+=:,./@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

std::string OwnVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string CacheDirectory() {
  const std::string cache = OwnVariable("XDG_CACHE_HOME");
  if (!cache.empty()) return cache;
  const std::string home = OwnVariable("HOME");
  return home.empty() ? "" : home + "/.cache";
}

}  // namespace copilot::conformance
