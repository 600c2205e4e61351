// SPDX-License-Identifier: MIT
//
// What a session has used so far, as session.shutdown and the usage methods
// tell of it (protocol 16).
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace copilot::fake_cli {

// Of one call to a model, or of several.
struct TokenUsage {
  int64_t calls = 0;
  int64_t input = 0;
  int64_t output = 0;
  int64_t cache_read = 0;
  int64_t cache_write = 0;
  int64_t reasoning = -1;  // -1: the endpoint does not say
  int64_t duration_ms = 0;

  void Add(const TokenUsage& other);
};

class Usage {
 public:
  void Add(const std::string& model, const TokenUsage& call);
  void AddEdit(const std::string& path, int64_t added, int64_t removed);
  void AddUserRequest() { ++user_requests_; }
  // The number of the last call, from 1.
  int64_t sequence() const { return calls_; }

  bool empty() const { return calls_ == 0; }
  int64_t duration_ms() const { return duration_ms_; }

  // By model; "{}" when nothing was used.
  nlohmann::json ModelMetrics() const;
  nlohmann::json AgentMetrics() const;
  nlohmann::json CodeChanges() const;
  nlohmann::json ProviderModelMetrics() const;
  nlohmann::json Snapshot(int64_t session_start_ms,
                          const std::string& model) const;

 private:
  std::map<std::string, TokenUsage> models_;
  TokenUsage last_;
  std::set<std::string> edited_;  // paths
  int64_t lines_added_ = 0;
  int64_t lines_removed_ = 0;
  int64_t calls_ = 0;
  int64_t user_requests_ = 0;
  int64_t duration_ms_ = 0;
};

}  // namespace copilot::fake_cli
