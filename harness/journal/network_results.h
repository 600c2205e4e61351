// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace copilot::harness {

// The tool calls whose results come from the network: answers after them may
// repeat what a stranger wrote (harness spec 7.2). Thread-safe.
class NetworkResults {
 public:
  void Add(const std::string& tool_call_id) {
    const std::lock_guard lock(mutex_);
    ids_.insert(tool_call_id);
  }
  bool Has(const std::string& tool_call_id) const {
    const std::lock_guard lock(mutex_);
    return ids_.count(tool_call_id) != 0;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> ids_;
};

}  // namespace copilot::harness
