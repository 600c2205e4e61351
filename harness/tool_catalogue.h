// SPDX-License-Identifier: MIT
//
// The tools behind a few controls, and what executes them (harness spec 8.4).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/tool_queue.h"

namespace copilot::harness {

// Thread-safe. Controls may keep it beyond the attempt: a closed catalogue
// executes nothing.
class ToolCatalogue {
 public:
  // `attempt` is the attempt's signal. Names are unique.
  ToolCatalogue(std::vector<HostTool> tools, AttemptHost host,
                const AbortSignal& attempt);

  // What can be called, in order.
  std::vector<HostTool> tools() const;

  // Executes a tool as if the CLI had called it; the host's observers see it
  // under its own name and `tool_call_id`. Blocks. Fails for an unknown tool,
  // when the tool does, and with code "aborted" once the catalogue is closed,
  // even if the tool gives a result after that.
  Expected<Json> Call(const std::string& tool_call_id, const std::string& name,
                      const Json& arguments);

  // Leaves only what an allowlist keeps.
  void Narrow(const std::vector<std::string>& allowlist);

  // Aborts what runs, once, and ends the catalogue.
  void Close();

 private:
  const AttemptHost host_;
  const AbortSignal attempt_;
  // Of its own: a control that runs must not hold back what it calls.
  const std::shared_ptr<ToolQueue> queue_ = std::make_shared<ToolQueue>();
  mutable std::mutex mutex_;  // guards what follows
  std::vector<HostTool> tools_;
  AbortController closing_;
  bool closed_ = false;
};

}  // namespace copilot::harness
