// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "harness/session_event.h"

namespace copilot::harness {

// The tool calls whose results come from the network: answers after them may
// repeat what a stranger wrote (harness spec 7.2). Thread-safe.
class NetworkResults {
 public:
  // Whether a tool says of its result that it comes from there.
  static bool IsOne(const Json& result) {
    return StringMember(MemberOrNull(result, "details"), "contentSource") ==
           "network";
  }

  void Add(const std::string& tool_call_id) {
    const std::lock_guard lock(mutex_);
    ids_.insert(tool_call_id);
  }
  // Whether there is one: the turn is tainted (harness spec 8.7).
  bool any() const {
    const std::lock_guard lock(mutex_);
    return !ids_.empty();
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
