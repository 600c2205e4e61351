// SPDX-License-Identifier: MIT
#include "harness/tool_bridge.h"

#include <fmt/format.h>

#include <utility>

#include "harness/byok/provider.h"
#include "harness/session_event.h"
#include "harness/text.h"
#include "harness/tool_call.h"
#include "harness/tool_filter.h"

namespace copilot::harness {
namespace {

constexpr char kOutput[] = "structured_output";

// Filters of the attempt, of its conversation and of its sandbox.
bool MayUse(const AttemptParams& params, const Json& sandbox,
            const HostTool& tool) {
  if (params.denied_tools.count(tool.name) != 0) return false;
  for (const Json& denied :
       MemberOrNull(MemberOrNull(sandbox, "tools"), "deny")) {
    if (denied == tool.name) return false;
  }
  if (!params.tools_allow) return true;
  const bool forced = tool.name == "message" && params.force_message_tool &&
                      !params.disable_message_tool;
  const bool collects = tool.name == kOutput && tool.direct_only;
  return forced || collects || IsAllowed(*params.tools_allow, tool.name);
}

Status CheckShape(const std::vector<HostTool>& tools) {
  for (const HostTool& tool : tools) {
    if (IsBlank(tool.name)) {
      return Fail("[copilot-tool-bridge] tool name must be a non-empty string");
    }
    if (!tool.execute) {
      return Fail(
          fmt::format("[copilot-tool-bridge] tool '{}' must define an "
                      "execute function",
                      tool.name));
    }
  }
  return {};
}

// Fails with every name that comes twice, once and sorted.
Status CheckNames(const std::vector<HostTool>& tools) {
  std::set<std::string> seen;
  std::set<std::string> twice;
  for (const HostTool& tool : tools) {
    if (!seen.insert(tool.name).second) twice.insert(tool.name);
  }
  if (twice.empty()) return {};
  return Fail(fmt::format("[copilot-tool-bridge] duplicate tool names: {}",
                          fmt::join(twice, ", ")));
}

SdkTool Convert(const HostTool& tool, const AttemptHost& host,
                const AbortSignal& signal,
                const std::shared_ptr<ToolQueue>& queue,
                const ToolRules& rules) {
  SdkTool out;
  out.name = tool.name;
  out.description = tool.description;
  out.parameters = tool.parameters;
  out.never_defer = tool.direct_only;
  out.line_up = [queue, alone = tool.sequential] { return queue->Take(alone); };
  out.handler = [tool, host, signal, queue, rules](const ToolInvocation& call) {
    auto place = std::static_pointer_cast<ToolQueue::Place>(call.place);
    if (!place) place = queue->Take(tool.sequential);
    const ToolOutcome outcome = CallTool(tool, host, signal, call, *place);
    const auto* failure = std::get_if<ToolFailure>(&outcome);
    const Redactor* redactor = rules.redactor.get();
    Json answer = failure
                      ? ConvertToolFailure(*failure, redactor)
                      : ConvertToolResult(std::get<Json>(outcome), redactor);
    if (rules.on_result) {
      rules.on_result(call.tool_call_id, tool.name,
                      answer["resultType"] == "failure");
    }
    return answer;
  };
  return out;
}

// Puts all tools but the direct ones behind the host's controls.
Expected<std::vector<HostTool>> Compact(std::vector<HostTool> tools,
                                        const AttemptParams& params,
                                        const AttemptHost& host,
                                        const AbortSignal& signal,
                                        const ToolRules& rules,
                                        ToolSurface& surface) {
  if (!host.make_controls) {
    return Fail("Copilot tool construction requires a current host capability");
  }
  std::vector<HostTool> hidden;
  std::vector<HostTool> direct;
  for (HostTool& tool : tools) {
    (tool.direct_only ? direct : hidden).push_back(std::move(tool));
  }
  surface.catalogue =
      std::make_shared<ToolCatalogue>(std::move(hidden), host, signal);
  auto visible = host.make_controls(params.tool_mode, surface.catalogue);
  if (!visible) return Fail(visible.error());
  if (rules.host_bound) BindTools(host.capabilities->binding, &*visible);
  for (const HostTool& control : *visible) {
    surface.controls.insert(control.name);
  }
  visible->insert(visible->end(), std::make_move_iterator(direct.begin()),
                  std::make_move_iterator(direct.end()));
  return visible;
}

// What the host must have before any tool is made.
Status CheckCapabilities(const AttemptParams& params, const AttemptHost& host) {
  if (!host.capabilities || !host.capabilities->binding) {
    return Fail("Copilot attempt tools require host-bound capabilities.");
  }
  if (params.tool_mode == ToolMode::kCode &&
      !host.capabilities->commit_provider_transcript_prefix) {
    return Fail(
        "Copilot Code Mode requires host provider transcript commit "
        "capability; upgrade OpenClaw or disable Code Mode.");
  }
  return {};
}

bool HasProvider(const AttemptParams& params) {
  return ResolveByok(params).has_value();
}

}  // namespace

ToolRules ToolRulesOf(Profile profile,
                      const std::vector<wire::Secret>& secrets) {
  ToolRules rules;
  if (profile != Profile::kJournal) return rules;
  rules.host_bound = true;
  rules.redactor = std::make_shared<Redactor>(secrets);
  return rules;
}

void ToolSurface::Narrow(const std::vector<std::string>& allowlist) {
  std::erase_if(tools, [&](const SdkTool& tool) {
    return controls.count(tool.name) == 0 &&
           !(tool.name == kOutput && tool.never_defer) &&
           !IsAllowed(allowlist, tool.name);
  });
  if (catalogue) catalogue->Narrow(allowlist);
}

std::vector<std::string> ToolSurface::CallableNames() const {
  std::vector<std::string> names;
  for (const SdkTool& tool : tools) names.push_back(tool.name);
  if (!catalogue) return names;
  for (const HostTool& tool : catalogue->tools()) names.push_back(tool.name);
  return names;
}

Expected<ToolSurface> BridgeTools(const AttemptParams& params,
                                  const AttemptHost& host,
                                  const AbortSignal& signal,
                                  const ToolContext& context,
                                  const ToolRules& rules) {
  ToolSurface surface;
  if (params.disable_tools || params.raw_run() || !HasProvider(params)) {
    return surface;
  }
  if (rules.host_bound) {
    const Status capable = CheckCapabilities(params, host);
    if (!capable) return Fail(capable.error());
  }
  Expected<std::vector<HostTool>> tools = host.tools;
  if (host.make_tools) tools = host.make_tools(context);
  if (!tools) return Fail(tools.error());
  if (rules.host_bound) BindTools(host.capabilities->binding, &*tools);
  const Json& sandbox = MemberOrNull(context.fields, "sandbox");
  std::erase_if(*tools, [&](const HostTool& tool) {
    return !MayUse(params, sandbox, tool);
  });
  if (params.tool_mode != ToolMode::kDirect) {
    if (const Status unique = CheckNames(*tools); !unique) {
      return Fail(unique.error());
    }
    tools = Compact(*std::move(tools), params, host, signal, rules, surface);
    if (!tools) return Fail(tools.error());
  }
  for (const Status& check : {CheckShape(*tools), CheckNames(*tools)}) {
    if (!check) return Fail(check.error());
  }
  const auto queue = std::make_shared<ToolQueue>();
  for (const HostTool& tool : *tools) {
    surface.tools.push_back(Convert(tool, host, signal, queue, rules));
  }
  return surface;
}

}  // namespace copilot::harness
