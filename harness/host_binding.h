// SPDX-License-Identifier: MIT
//
// What ties an attempt's tools to the host that gave them (harness spec 8.2):
// a tool that somebody kept must do nothing once the host is gone.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

namespace copilot::harness {

struct HostTool;

// The code of what a bound tool fails with after Close.
inline constexpr char kHostInactive[] = "host_inactive";

// Shared by a host and its tools. Thread-safe.
class HostBinding {
 public:
  bool active() const { return active_; }

  // Calls that have begun run on.
  void Close() { active_ = false; }

 private:
  std::atomic<bool> active_ = true;
};

// From now on the tools fail without being executed when the host is closed.
// A tool without `execute` stays as it is.
void BindTools(const std::shared_ptr<const HostBinding>& binding,
               std::vector<HostTool>* tools);

}  // namespace copilot::harness
