// SPDX-License-Identifier: MIT
//
// A child with pipes to its stdin and from its stdout, and nothing more.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace copilot::bench {

class Child {
 public:
  // `environment` comes before that of this process. Aborts when the program
  // cannot be started: without it no figure means anything.
  explicit Child(std::vector<std::string> argv,
                 std::vector<std::string> environment = {});
  // Closes its stdin, and waits for its end.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int in() const { return in_; }    // to write to
  int out() const { return out_; }  // to read from

 private:
  int in_ = -1;
  int out_ = -1;
  pid_t pid_ = -1;
};

// False when the other end is gone.
bool WriteAll(int fd, const char* bytes, size_t size);

}  // namespace copilot::bench
