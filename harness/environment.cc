// SPDX-License-Identifier: MIT
#include "harness/environment.h"

#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

extern char** environ;

namespace copilot::harness {

ProcessEnvironment::ProcessEnvironment() {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    variables_[text.substr(0, equals)] = text.substr(equals + 1);
  }
}

void ProcessEnvironment::Set(const std::string& name,
                             std::optional<std::string> value) {
  const std::lock_guard lock(mutex_);
  if (value) {
    variables_[name] = *std::move(value);
  } else {
    variables_.erase(name);
  }
}

std::optional<std::string> ProcessEnvironment::Get(
    const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = variables_.find(name);
  if (it == variables_.end()) return std::nullopt;
  return it->second;
}

Variables ProcessEnvironment::All() const {
  const std::lock_guard lock(mutex_);
  return variables_;
}

std::string ProcessEnvironment::HomeDirectory() const {
  if (auto home = Get("HOME"); home && !home->empty()) return *home;
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(getuid(), &entry, buffer, sizeof(buffer), &found) != 0 ||
      found == nullptr || found->pw_dir == nullptr) {
    return {};
  }
  return found->pw_dir;
}

std::string ProcessEnvironment::CurrentDirectory() const {
  std::error_code error;
  const auto path = std::filesystem::current_path(error);
  return error ? std::string("/") : path.string();
}

std::string AbsolutePath(const std::string& path, const std::string& base) {
  std::filesystem::path joined = std::filesystem::path(base) / path;
  std::string normal = joined.lexically_normal().string();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

}  // namespace copilot::harness
