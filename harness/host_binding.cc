// SPDX-License-Identifier: MIT
#include "harness/host_binding.h"

#include <string>
#include <utility>

#include "harness/attempt_types.h"

namespace copilot::harness {

void BindTools(const std::shared_ptr<const HostBinding>& binding,
               std::vector<HostTool>* tools) {
  for (HostTool& tool : *tools) {
    if (!tool.execute) continue;
    tool.execute = [binding, execute = std::move(tool.execute)](
                       const std::string& tool_call_id, const Json& arguments,
                       const AbortSignal& signal) -> Expected<Json> {
      if (!binding->active()) {
        return Fail("Copilot host capability is no longer active",
                    kHostInactive);
      }
      return execute(tool_call_id, arguments, signal);
    };
  }
}

}  // namespace copilot::harness
