// SPDX-License-Identifier: MIT
#include "harness/tool_bridge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

const std::map<std::string, std::set<std::string>>& Groups() {
  static const auto* const groups =
      new std::map<std::string, std::set<std::string>>{
          {"group:fs", {"read", "write", "edit", "apply_patch"}},
          {"group:runtime", {"exec", "process"}},
          {"group:web", {"web_search", "web_fetch"}},
          {"group:memory", {"memory_search", "memory_get"}},
          {"group:sessions",
           {"sessions_list", "sessions_history", "sessions_send",
            "sessions_spawn", "session_status"}}};
  return *groups;
}

std::string Canonical(std::string_view name) {
  const std::string plain = Normalized(name);
  if (plain == "bash") return "exec";
  if (plain == "apply-patch") return "apply_patch";
  return plain;
}

bool GlobMatches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return GlobMatches(pattern.substr(1), text) ||
           (!text.empty() && GlobMatches(pattern, text.substr(1)));
  }
  return !text.empty() && pattern[0] == text[0] &&
         GlobMatches(pattern.substr(1), text.substr(1));
}

std::vector<HostTool> Filter(const AttemptParams& params,
                             const std::vector<HostTool>& tools) {
  if (!params.tools_allow) return tools;
  std::vector<HostTool> kept;
  for (const HostTool& tool : tools) {
    const bool forced = tool.name == "message" && params.force_message_tool &&
                        !params.disable_message_tool;
    if (forced || IsAllowed(*params.tools_allow, tool.name)) {
      kept.push_back(tool);
    }
  }
  return kept;
}

// Every name that comes twice, once and sorted.
std::string Duplicates(const std::vector<HostTool>& tools) {
  std::set<std::string> seen;
  std::set<std::string> twice;
  for (const HostTool& tool : tools) {
    if (!seen.insert(tool.name).second) twice.insert(tool.name);
  }
  std::string names;
  for (const std::string& name : twice) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

Json Failure(const std::string& cause, const std::string& text) {
  return {
      {"resultType", "failure"}, {"error", cause}, {"textResultForLlm", text}};
}

bool SaysFailure(const Json& result) {
  const Json& details = MemberOrNull(result, "details");
  return StringMember(details, "status") == "error" ||
         MemberOrNull(details, "ok") == false;
}

// One call from start to end (harness spec 8.6).
class BridgedCall {
 public:
  BridgedCall(const HostTool& tool, const AttemptHost& host,
              const AbortSignal& signal)
      : tool_(tool), host_(host), signal_(signal) {}

  Json Run(const ToolInvocation& call) const {
    if (signal_.aborted() || call.signal.aborted()) {
      constexpr char kAborted[] =
          "[copilot-tool-bridge] aborted before execution";
      return Failure(kAborted, kAborted);
    }
    const Expected<Json> result =
        tool_.execute(call.tool_call_id, call.arguments, signal_);
    Tell(call, result);
    if (result) return ConvertToolResult(*result);
    const std::string& cause = result.error().message;
    return Failure(cause, fmt::format("[copilot-tool-bridge] tool '{}' failed: "
                                      "{}",
                                      tool_.name, cause));
  }

 private:
  void Tell(const ToolInvocation& call, const Expected<Json>& result) const {
    if (!host_.wants("after_tool_call")) return;
    const Json params = call.arguments.is_object()
                            ? call.arguments
                            : Json{{"value", call.arguments}};
    Json payload = {{"toolName", tool_.name},
                    {"toolCallId", call.tool_call_id},
                    {"params", params}};
    if (result) {
      payload["result"] = *result;
    } else {
      payload["error"] = result.error().message;
    }
    if (const auto told = host_.run_hook("after_tool_call", payload); !told) {
      host_.Warn("after_tool_call hook failed: " + told.error().message);
    }
  }

  const HostTool& tool_;
  const AttemptHost& host_;
  const AbortSignal& signal_;
};

SdkTool Convert(const HostTool& tool, const AttemptHost& host,
                const AbortSignal& signal) {
  SdkTool out;
  out.name = tool.name;
  out.description = tool.description;
  out.parameters = tool.parameters;
  const auto turn = std::make_shared<std::mutex>();  // of sequential tools
  out.handler = [tool, host, signal, turn](const ToolInvocation& call) {
    const BridgedCall bridged(tool, host, signal);
    if (!tool.sequential) return bridged.Run(call);
    const std::lock_guard lock(*turn);
    return bridged.Run(call);
  };
  return out;
}

}  // namespace

bool IsAllowed(const std::vector<std::string>& allowlist,
               const std::string& tool_name) {
  const std::string name = Canonical(tool_name);
  for (const std::string& entry : allowlist) {
    const std::string wanted = Canonical(entry);
    if (wanted == "*" || wanted == name) return true;
    const auto group = Groups().find(wanted);
    if (group != Groups().end() && group->second.count(name) != 0) return true;
    if (wanted.find('*') != std::string::npos && GlobMatches(wanted, name)) {
      return true;
    }
  }
  return false;
}

Json ConvertToolResult(const Json& result) {
  std::string text;
  bool first = true;
  Json images = Json::array();
  const Json& content = MemberOrNull(result, "content");
  if (content.is_array()) {
    for (const Json& block : content) {
      const std::string type = StringMember(block, "type");
      if (type == "text") {
        if (!first) text.push_back('\n');
        first = false;
        text += StringMember(block, "text");
      } else if (type == "image") {
        images.push_back({{"data", StringMember(block, "data")},
                          {"mimeType", StringMember(block, "mimeType")},
                          {"type", "image"}});
      }
    }
  }
  if (SaysFailure(result)) return Failure(text, text);
  Json out = {{"resultType", "success"}, {"textResultForLlm", text}};
  if (!images.empty()) out["binaryResultsForLlm"] = std::move(images);
  return out;
}

Expected<std::vector<SdkTool>> BridgeTools(const AttemptParams& params,
                                           const AttemptHost& host,
                                           const AbortSignal& signal) {
  std::vector<SdkTool> bridged;
  if (params.disable_tools || params.raw_run()) return bridged;
  const std::vector<HostTool> tools = Filter(params, host.tools);
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
  if (const std::string names = Duplicates(tools); !names.empty()) {
    return Fail("[copilot-tool-bridge] duplicate tool names: " + names);
  }
  for (const HostTool& tool : tools) {
    bridged.push_back(Convert(tool, host, signal));
  }
  return bridged;
}

}  // namespace copilot::harness
