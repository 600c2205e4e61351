// SPDX-License-Identifier: MIT
#include "harness/prompt_hooks.h"

#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr char kBlankLine[] = "\n\n";

void Merge(const Json& contribution, PromptContributions* into) {
  const auto add = [&](const char* name, std::string* text) {
    *text = JoinNonEmpty({*text, StringMember(contribution, name)}, kBlankLine);
  };
  add("prependContext", &into->prepend);
  add("appendContext", &into->append);
  add("prependSystemContext", &into->prepend_system);
  add("appendSystemContext", &into->append_system);
  if (into->system.empty()) {
    into->system = StringMember(contribution, "systemPrompt");
  }
  const Json& allow = MemberOrNull(contribution, "toolsAllow");
  if (!allow.is_array()) return;
  std::vector<std::string>& list = into->tool_allowlists.emplace_back();
  for (const Json& name : allow) {
    if (name.is_string()) list.push_back(name);
  }
}

Json RunHook(const char* hook, const AttemptParams& params,
             const AttemptHost& host) {
  if (!host.wants(hook)) return nullptr;
  const auto result = host.run_hook(
      hook, {{"prompt", params.prompt}, {"messages", params.messages}});
  if (result) return *result;
  host.Warn(std::string(hook) + " hook failed: " + result.error().message);
  return nullptr;
}

}  // namespace

std::string PromptContributions::Around(const std::string& prompt) const {
  return JoinNonEmpty({prepend, prompt, append}, kBlankLine);
}

PromptContributions RunPromptHooks(const AttemptParams& params,
                                   const AttemptHost& host) {
  PromptContributions all;
  if (params.raw_run()) return all;
  Merge(RunHook("before_prompt_build", params, host), &all);
  Merge(params.before_agent_start_result.is_object()
            ? params.before_agent_start_result
            : RunHook("before_agent_start", params, host),
        &all);
  return all;
}

}  // namespace copilot::harness
