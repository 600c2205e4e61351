// SPDX-License-Identifier: MIT
//
// Reads what fake CLIs record (docs/script.md), while they record it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace copilot::conformance {

class Journal {
 public:
  explicit Journal(std::string path) : path_(std::move(path)) {}

  // Takes in what has been added; an unfinished line waits for its end.
  void Refresh();

  const std::vector<nlohmann::json>& records() const { return records_; }

  // The `start` records.
  std::vector<nlohmann::json> Spawned() const;
  // Params of received calls and notifications of a method, in order.
  std::vector<nlohmann::json> Received(const std::string& method) const;
  // Params of calls and notifications that the CLI sent.
  std::vector<nlohmann::json> Sent(const std::string& method) const;
  // Methods received, in order.
  std::vector<std::string> ReceivedMethods() const;
  // How many CLIs have ended, by themselves or by force.
  int Exited() const;
  // Process ids of CLIs that are still there.
  std::vector<int> Running() const;

 private:
  std::vector<nlohmann::json> Params(const char* direction,
                                     const std::string& method) const;

  std::string path_;
  size_t read_ = 0;  // bytes of the file
  std::string unfinished_;
  std::vector<nlohmann::json> records_;
};

}  // namespace copilot::conformance
