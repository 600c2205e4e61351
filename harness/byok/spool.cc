// SPDX-License-Identifier: MIT
#include "harness/byok/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace copilot::harness {
namespace {

constexpr size_t kMostInMemory = 256 * 1024;

int OpenNameless() {
  std::error_code error;
  const auto directory = std::filesystem::temp_directory_path(error);
  if (error) return -1;
  std::string path = directory / "copilot-harness-XXXXXX";
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) unlink(path.c_str());
  return file;
}

bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Spool::~Spool() {
  if (file_ >= 0) close(file_);
}

bool Spool::Append(std::string_view bytes) {
  size_ += bytes.size();
  if (file_ < 0 && size_ <= kMostInMemory) {
    memory_ += bytes;
    return true;
  }
  if (file_ < 0) {
    file_ = OpenNameless();
    if (file_ < 0 || !WriteAll(file_, memory_)) return false;
    memory_ = std::string();
  }
  return WriteAll(file_, bytes);
}

std::string Spool::Read(size_t offset, size_t most) const {
  if (file_ < 0) return memory_.substr(std::min(offset, memory_.size()), most);
  std::string bytes(std::min(most, size_ - std::min(offset, size_)), '\0');
  const ssize_t got =
      pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

}  // namespace copilot::harness
