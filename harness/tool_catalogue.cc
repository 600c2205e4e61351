// SPDX-License-Identifier: MIT
#include "harness/tool_catalogue.h"

#include <algorithm>

#include "harness/tool_call.h"
#include "harness/tool_filter.h"

namespace copilot::harness {
namespace {

tl::unexpected<Error> Aborted() {
  return Fail("[copilot-tool-bridge] the tool catalogue is closed", "aborted");
}

}  // namespace

ToolCatalogue::ToolCatalogue(std::vector<HostTool> tools, AttemptHost host,
                             const AbortSignal& attempt)
    : host_(std::move(host)), attempt_(attempt), tools_(std::move(tools)) {}

std::vector<HostTool> ToolCatalogue::tools() const {
  const std::lock_guard lock(mutex_);
  return tools_;
}

Expected<Json> ToolCatalogue::Call(const std::string& tool_call_id,
                                   const std::string& name,
                                   const Json& arguments) {
  HostTool tool;
  ToolInvocation call;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Aborted();
    const auto found =
        std::find_if(tools_.begin(), tools_.end(),
                     [&](const HostTool& each) { return each.name == name; });
    if (found == tools_.end()) {
      return Fail("[copilot-tool-bridge] unknown tool '" + name + "'");
    }
    tool = *found;
    call.signal = closing_.signal();
  }
  call.tool_call_id = tool_call_id;
  call.tool_name = name;
  call.arguments = arguments;
  const auto place = queue_->Take(tool.sequential);
  ToolOutcome outcome = CallTool(tool, host_, attempt_, call, *place);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Aborted();
  }
  if (auto* failure = std::get_if<ToolFailure>(&outcome)) {
    return Fail(failure->text);
  }
  return std::get<Json>(std::move(outcome));
}

void ToolCatalogue::Narrow(const std::vector<std::string>& allowlist) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tools_, [&](const HostTool& tool) {
    return !IsAllowed(allowlist, tool.name);
  });
}

void ToolCatalogue::Close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
  }
  closing_.Abort();
}

}  // namespace copilot::harness
