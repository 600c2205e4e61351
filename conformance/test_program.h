// SPDX-License-Identifier: MIT
//
// For tests: runs a program to its end.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace copilot::conformance {

struct Ran {
  int code = -1;       // -1: ended by a signal
  std::string output;  // stdout and stderr
};

// Runs a command line of the shell.
inline Ran Shell(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  size_t size;
  while ((size = fread(buffer, 1, sizeof(buffer), pipe)) > 0) {
    ran.output.append(buffer, size);
  }
  const int status = pclose(pipe);
  // The shell says 128 and more of a program that a signal has ended.
  if (WIFEXITED(status) && WEXITSTATUS(status) < 128) {
    ran.code = WEXITSTATUS(status);
  }
  return ran;
}

}  // namespace copilot::conformance
