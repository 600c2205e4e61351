// SPDX-License-Identifier: MIT
#include "bench/raw_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

extern char** environ;

namespace copilot::bench {

RawClient::RawClient(const std::string& program,
                     const std::string& copilot_home) {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::string home = "COPILOT_HOME=" + copilot_home;
  std::vector<char*> environment = {home.data()};
  for (char** each = environ; *each != nullptr; ++each) {
    environment.push_back(*each);
  }
  environment.push_back(nullptr);
  std::string path = program;
  std::string headless = "--headless";
  std::string stdio = "--stdio";
  char* argv[] = {path.data(), headless.data(), stdio.data(), nullptr};
  if (posix_spawn(&pid_, path.c_str(), &actions, nullptr, argv,
                  environment.data()) != 0) {
    std::perror(path.c_str());
    std::abort();
  }
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_child_ = in[1];
  from_child_ = out[0];
}

RawClient::~RawClient() {
  close(to_child_);
  close(from_child_);
  waitpid(pid_, nullptr, 0);
}

std::string RawClient::Frame(int id, std::string_view method,
                             std::string_view params) {
  const std::string body =
      fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})",
                  id, method, params);
  return fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

bool RawClient::Exchange(const std::string& frame, std::string_view text) {
  std::string_view rest = frame;
  while (!rest.empty()) {
    const ssize_t written = write(to_child_, rest.data(), rest.size());
    if (written <= 0) return false;
    rest.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
  std::array<char, 65'536> piece;
  size_t searched = 0;
  while (buffer_.find(text, searched) == std::string::npos) {
    searched = buffer_.size() < text.size() ? 0 : buffer_.size() - text.size();
    const ssize_t got = read(from_child_, piece.data(), piece.size());
    if (got <= 0) return false;
    buffer_.append(piece.data(), static_cast<size_t>(got));
  }
  return true;
}

}  // namespace copilot::bench
