// SPDX-License-Identifier: MIT
#include "fake-cli/wrap.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace copilot::fake_cli {
namespace {

std::string ShellQuote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

std::string Absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal();
}

}  // namespace

tl::expected<void, std::string> Wrap(const WrapOptions& options) {
  std::string text = "#!/bin/sh\nexec " + ShellQuote(options.program);
  if (!options.script.empty()) {
    text += " --script " + ShellQuote(Absolute(options.script));
  }
  if (!options.journal.empty()) {
    text += " --journal " + ShellQuote(Absolute(options.journal));
  }
  if (!options.emulate.empty()) {
    text += " --emulate " + ShellQuote(options.emulate);
  }
  text += " \"$@\"\n";
  std::ofstream out(options.out, std::ios::trunc);
  out << text;
  out.close();
  if (!out || chmod(options.out.c_str(), 0755) != 0) {
    return tl::unexpected(
        fmt::format("cannot write {}: {}", options.out, std::strerror(errno)));
  }
  return {};
}

}  // namespace copilot::fake_cli
