// SPDX-License-Identifier: MIT
//
// The floor under every figure: a child that answers a request of so many bytes
// with so many bytes over pipes, and does nothing else.
#pragma once

#include <cstddef>
#include <string>

#include "bench/child.h"

namespace copilot::bench {

// What a scripted turn with ten events moves, roughly.
inline constexpr size_t kRequestBytes = 400;
inline constexpr size_t kResponseBytes = 6000;

class PipeEcho {
 public:
  // Starts this program again as the child. Aborts when that fails: without
  // a baseline no figure means anything.
  PipeEcho(size_t request_bytes, size_t response_bytes);

  // Writes one request and reads the whole response.
  void RoundTrip();

 private:
  std::string request_;
  std::string response_;
  Child child_;
};

// The child's side: `--pipe-echo REQUEST RESPONSE`. Returns when stdin ends.
int RunPipeEchoChild(size_t request_bytes, size_t response_bytes);

// The directory of this program, where its siblings are.
std::string ProgramDirectory();

}  // namespace copilot::bench
