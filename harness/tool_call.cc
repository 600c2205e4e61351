// SPDX-License-Identifier: MIT
#include "harness/tool_call.h"

#include <fmt/format.h>

#include "harness/session_event.h"

namespace copilot::harness {
namespace {

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

  ToolOutcome Run(ToolQueue::Place& place) {
    place.Wait(either_.signal());
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
    started_ = result || result.error().code != kHostInactive;
    if (!result) return Failed(result.error().message, "");
    if (const Status seen = Observe(&*result, ""); !seen) {
      return Unobserved(seen.error());
    }
    Report(*result, SaysFailure(*result));
    FireAfterToolCall(&*result, "");
    return *result;
  }

 private:
  // `stage` is what failed: a callback, "" for the tool itself, or the whole
  // text when it equals the cause.
  ToolFailure Failed(const std::string& cause, const std::string& stage) {
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
    if (const Status seen = Observe(nullptr, cause); !seen) {
      return Unobserved(seen.error());
    }
    Report({{"content", {{{"type", "text"}, {"text", text}}}},
            {"details", {{"status", "failed"}, {"error", cause}}}},
           true);
    FireAfterToolCall(nullptr, cause);
    return {cause, text};
  }

  // Tells how the call ended, for what it may have changed. `result` is null
  // when there is none.
  Status Observe(const Json* result, const std::string& failure) const {
    if (!host_.capabilities || !host_.capabilities->observe_tool_terminal) {
      return {};
    }
    return host_.capabilities->observe_tool_terminal(
        {call_.tool_call_id, tool_.name, result ? *result : Json(nullptr),
         arguments_, started_, result != nullptr && !SaysFailure(*result),
         failure});
  }

  // A host that cannot keep track of changes must not have the model go on as
  // if nothing had happened.
  ToolFailure Unobserved(const Error& error) const {
    return {error.message,
            fmt::format("[copilot-tool-bridge] observeToolTerminal failed for "
                        "tool '{}': {}",
                        tool_.name, error.message)};
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
  bool started_ = false;
  Json arguments_;  // prepared, once they are
};

}  // namespace

ToolOutcome CallTool(const HostTool& tool, const AttemptHost& host,
                     const AbortSignal& attempt, const ToolInvocation& call,
                     ToolQueue::Place& place) {
  return BridgedCall(tool, host, attempt, call).Run(place);
}

Json ConvertToolResult(const Json& result, const Redactor* redactor) {
  std::vector<std::string> texts;
  Json images = Json::array();
  const Json& content = MemberOrNull(result, "content");
  if (content.is_array()) {
    for (const Json& block : content) {
      const std::string type = StringMember(block, "type");
      if (type == "text") {
        texts.push_back(StringMember(block, "text"));
      } else if (type == "image") {
        images.push_back({{"data", StringMember(block, "data")},
                          {"mimeType", StringMember(block, "mimeType")},
                          {"type", "image"}});
      }
    }
  }
  if (redactor != nullptr) redactor->RedactBlocks(&texts);
  const std::string text = fmt::format("{}", fmt::join(texts, "\n"));
  if (SaysFailure(result)) return ConvertToolFailure({text, text});
  Json out = {{"resultType", "success"}, {"textResultForLlm", text}};
  if (!images.empty()) out["binaryResultsForLlm"] = std::move(images);
  return out;
}

Json ConvertToolFailure(const ToolFailure& failure, const Redactor* redactor) {
  const auto shown = [&](const std::string& text) {
    return redactor == nullptr ? text : redactor->Redact(text);
  };
  return {{"resultType", "failure"},
          {"error", shown(failure.cause)},
          {"textResultForLlm", shown(failure.text)}};
}

}  // namespace copilot::harness
