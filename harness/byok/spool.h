// SPDX-License-Identifier: MIT
//
// A body that was received: a little in memory, more in a file without a name,
// so that it can be sent again and memory stays small.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace copilot::harness {

class Spool {
 public:
  Spool() = default;
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // False when the file cannot be written.
  bool Append(std::string_view bytes);
  size_t size() const { return size_; }
  // At most `most` bytes from `offset` on; empty at the end, or when they
  // cannot be read.
  std::string Read(size_t offset, size_t most) const;

 private:
  std::string memory_;
  int file_ = -1;
  size_t size_ = 0;
};

}  // namespace copilot::harness
