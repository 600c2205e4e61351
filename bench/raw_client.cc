// SPDX-License-Identifier: MIT
#include "bench/raw_client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

namespace copilot::bench {

RawClient::RawClient(const std::string& program,
                     const std::string& copilot_home)
    : cli_({program, "--headless", "--stdio"},
           {"COPILOT_HOME=" + copilot_home}) {}

std::string RawClient::Frame(int id, std::string_view method,
                             std::string_view params) {
  const std::string body =
      fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})",
                  id, method, params);
  return fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

bool RawClient::Exchange(const std::string& frame, std::string_view text) {
  if (!WriteAll(cli_.in(), frame.data(), frame.size())) return false;
  buffer_.clear();
  std::array<char, 65'536> piece;
  size_t searched = 0;
  while (buffer_.find(text, searched) == std::string::npos) {
    searched = buffer_.size() < text.size() ? 0 : buffer_.size() - text.size();
    const ssize_t got = read(cli_.out(), piece.data(), piece.size());
    if (got <= 0) return false;
    buffer_.append(piece.data(), static_cast<size_t>(got));
  }
  return true;
}

}  // namespace copilot::bench
