// SPDX-License-Identifier: MIT
#include "bench/pipe_echo.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

extern char** environ;

namespace copilot::bench {
namespace {

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::abort();
}

// Reads exactly `size` bytes; false at the end of the stream.
bool ReadAll(int fd, char* out, size_t size) {
  while (size > 0) {
    const ssize_t n = read(fd, out, size);
    if (n <= 0) return false;
    out += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool WriteAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, bytes, size);
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

PipeEcho::PipeEcho(size_t request_bytes, size_t response_bytes)
    : request_(request_bytes, 'q'), response_(response_bytes, '\0') {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) Fail("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::string self = "/proc/self/exe";
  std::string flag = "--pipe-echo";
  std::string request = std::to_string(request_bytes);
  std::string response = std::to_string(response_bytes);
  char* argv[] = {self.data(), flag.data(), request.data(), response.data(),
                  nullptr};
  if (posix_spawn(&pid_, self.c_str(), &actions, nullptr, argv, environ) != 0) {
    Fail("posix_spawn");
  }
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_child_ = in[1];
  from_child_ = out[0];
}

PipeEcho::~PipeEcho() {
  close(to_child_);
  close(from_child_);
  waitpid(pid_, nullptr, 0);
}

void PipeEcho::RoundTrip() {
  if (!WriteAll(to_child_, request_.data(), request_.size()) ||
      !ReadAll(from_child_, response_.data(), response_.size())) {
    Fail("pipe echo");
  }
}

int RunPipeEchoChild(size_t request_bytes, size_t response_bytes) {
  std::string request(request_bytes, '\0');
  const std::string response(response_bytes, 'r');
  while (ReadAll(STDIN_FILENO, request.data(), request.size())) {
    if (!WriteAll(STDOUT_FILENO, response.data(), response.size())) return 1;
  }
  return 0;
}

std::string ProgramDirectory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace copilot::bench
