// SPDX-License-Identifier: MIT
#include "fake-cli/git.h"

#include <filesystem>
#include <fstream>
#include <string_view>

namespace copilot::fake_cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBranch = "ref: refs/heads/";

std::string FirstLine(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// The directory that `.git` is or, in a work tree, names.
fs::path GitDirectory(const fs::path& root) {
  const fs::path git = root / ".git";
  std::error_code error;
  if (fs::is_directory(git, error)) return git;
  constexpr std::string_view kPointer = "gitdir: ";
  const std::string line = FirstLine(git);
  if (line.rfind(kPointer, 0) != 0) return git;
  return root / line.substr(kPointer.size());
}

// The URL of the remote "origin".
std::string OriginUrl(const fs::path& config) {
  std::ifstream in(config);
  bool origin = false;
  for (std::string line; std::getline(in, line);) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos) continue;
    if (line[begin] == '[') origin = line.find("\"origin\"") != line.npos;
    const size_t equals = line.find('=');
    if (origin && line.compare(begin, 3, "url") == 0 && equals != line.npos) {
      const size_t value = line.find_first_not_of(" \t", equals + 1);
      return value == line.npos ? "" : line.substr(value);
    }
  }
  return "";
}

// "https://host/owner/name.git" and "git@host:owner/name.git".
void TakeUrl(std::string url, GitContext* context) {
  if (const size_t scheme = url.find("://"); scheme != std::string::npos) {
    url.erase(0, scheme + 3);
  }
  if (const size_t user = url.find('@'); user != std::string::npos) {
    url.erase(0, user + 1);
  }
  const size_t end = url.find_first_of("/:");
  if (end == std::string::npos) return;
  context->host = url.substr(0, end);
  context->repository = url.substr(end + 1);
  constexpr std::string_view kSuffix = ".git";
  const size_t suffix = context->repository.rfind(kSuffix);
  if (suffix != std::string::npos &&
      suffix + kSuffix.size() == context->repository.size()) {
    context->repository.erase(suffix);
  }
}

}  // namespace

GitContext ReadGitContext(const std::string& directory) {
  GitContext context;
  std::error_code error;
  fs::path root = directory;
  while (!fs::exists(root / ".git", error)) {
    if (!root.has_relative_path()) return context;
    root = root.parent_path();
  }
  context.root = root;
  const fs::path git = GitDirectory(root);
  const std::string head = FirstLine(git / "HEAD");
  if (head.rfind(kBranch, 0) == 0) context.branch = head.substr(kBranch.size());
  TakeUrl(OriginUrl(git / "config"), &context);
  return context;
}

}  // namespace copilot::fake_cli
