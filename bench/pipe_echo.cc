// SPDX-License-Identifier: MIT
#include "bench/pipe_echo.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

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

}  // namespace

PipeEcho::PipeEcho(size_t request_bytes, size_t response_bytes)
    : request_(request_bytes, 'q'),
      response_(response_bytes, '\0'),
      child_({"/proc/self/exe", "--pipe-echo", std::to_string(request_bytes),
              std::to_string(response_bytes)}) {}

void PipeEcho::RoundTrip() {
  if (!WriteAll(child_.in(), request_.data(), request_.size()) ||
      !ReadAll(child_.out(), response_.data(), response_.size())) {
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
