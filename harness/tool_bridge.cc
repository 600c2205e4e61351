// SPDX-License-Identifier: MIT
#include "harness/tool_bridge.h"

#include <fmt/format.h>

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

// `*` stands for any text. Linear in the usual case, never exponential: only
// the latest star is ever taken up again.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
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

// Fires when either of two signals does.
class EitherSignal {
 public:
  EitherSignal(const AbortSignal& one, const AbortSignal& other)
      : one_(one),
        other_(other),
        on_one_(Forward(one)),
        on_other_(Forward(other)) {}

  AbortSignal signal() const { return both_.signal(); }

  // Asks the sources: signal() follows them a moment later.
  bool aborted() const { return one_.aborted() || other_.aborted(); }

 private:
  AbortSignal::Registration Forward(const AbortSignal& from) {
    return from.OnAbort([both = both_, from] { both.Abort(from.reason()); });
  }

  const AbortSignal one_;
  const AbortSignal other_;
  AbortController both_;
  AbortSignal::Registration on_one_;
  AbortSignal::Registration on_other_;
};

// One call from start to end (harness spec 8.6).
class BridgedCall {
 public:
  BridgedCall(const HostTool& tool, const AttemptHost& host,
              const AbortSignal& signal, const ToolInvocation& call)
      : tool_(tool),
        host_(host),
        call_(call),
        either_(signal, call.signal),
        arguments_(call.arguments) {}

  Json Run() {
    if (either_.aborted()) {
      constexpr char kAborted[] = "aborted before execution";
      return Failed(kAborted, kAborted);
    }
    if (host_.before_execute) {
      const Status admitted =
          host_.before_execute({call_.tool_call_id, tool_.name, arguments_});
      if (!admitted) return Failed(admitted.error().message, "beforeExecute");
    }
    if (tool_.prepare_arguments) {
      Expected<Json> prepared = tool_.prepare_arguments(arguments_);
      if (!prepared) {
        return Failed(prepared.error().message, "prepareArguments");
      }
      arguments_ = *std::move(prepared);
    }
    const Expected<Json> result =
        tool_.execute(call_.tool_call_id, arguments_, either_.signal());
    if (!result) return Failed(result.error().message, "");
    Report(*result, SaysFailure(*result));
    FireAfterToolCall(&*result, "");
    return ConvertToolResult(*result);
  }

 private:
  // `stage` is what failed: a callback, "" for the tool itself, or the whole
  // text when it equals the cause.
  Json Failed(const std::string& cause, const std::string& stage) {
    std::string text;
    if (stage == cause) {
      text = fmt::format("[copilot-tool-bridge] {}", cause);
    } else if (stage.empty()) {
      text = fmt::format("[copilot-tool-bridge] tool '{}' failed: {}",
                         tool_.name, cause);
    } else {
      text = fmt::format("[copilot-tool-bridge] {} failed for tool '{}': {}",
                         stage, tool_.name, cause);
    }
    Report({{"content", {{{"type", "text"}, {"text", text}}}},
            {"details", {{"status", "failed"}, {"error", cause}}}},
           true);
    FireAfterToolCall(nullptr, cause);
    return Failure(cause, text);
  }

  void Report(const Json& result, bool is_error) const {
    if (!host_.on_tool_result) return;
    const Status taken = host_.on_tool_result({tool_.name, result, is_error});
    if (!taken) {
      host_.Warn("[copilot-tool-bridge] onAgentToolResult failed: " +
                 taken.error().message);
    }
  }

  // `result` is null when there is none.
  void FireAfterToolCall(const Json* result, const std::string& error) const {
    if (!host_.wants("after_tool_call")) return;
    Json payload = {
        {"toolName", tool_.name},
        {"toolCallId", call_.tool_call_id},
        {"params",
         arguments_.is_object() ? arguments_ : Json{{"value", arguments_}}}};
    if (result != nullptr) {
      payload["result"] = *result;
    } else {
      payload["error"] = error;
    }
    if (const auto told = host_.run_hook("after_tool_call", payload); !told) {
      host_.Warn("after_tool_call hook failed: " + told.error().message);
    }
  }

  const HostTool& tool_;
  const AttemptHost& host_;
  const ToolInvocation& call_;
  const EitherSignal either_;
  Json arguments_;  // prepared, once they are
};

SdkTool Convert(const HostTool& tool, const AttemptHost& host,
                const AbortSignal& signal) {
  SdkTool out;
  out.name = tool.name;
  out.description = tool.description;
  out.parameters = tool.parameters;
  const auto turn = std::make_shared<std::mutex>();  // of sequential tools
  out.handler = [tool, host, signal, turn](const ToolInvocation& call) {
    BridgedCall bridged(tool, host, signal, call);
    if (!tool.sequential) return bridged.Run();
    const std::lock_guard lock(*turn);
    return bridged.Run();
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
