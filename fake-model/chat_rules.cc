// SPDX-License-Identifier: MIT
#include "fake-model/chat_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

class Checker {
 public:
  Violations Check(const Json& request, bool needs_model) {
    if (needs_model) findings_.String(request, "model", "$");
    if (Has(request, "stream_options") &&
        request.value("stream", Json(false)) != true) {
      findings_.Add("$.stream_options", "only allowed with stream");
    }
    const Json& messages = findings_.List(request, "messages", "$");
    for (size_t i = 0; i < messages.size(); ++i) {
      CheckMessage(messages[i], At("$.messages", i));
    }
    calls_.Close();
    CheckFunctionTools(request, &findings_);
    return findings_.Take();
  }

 private:
  void CheckMessage(const Json& message, const std::string& path) {
    if (!findings_.IsObject(message, path)) return;
    const std::string role = findings_.String(message, "role", path);
    findings_.OneOf(
        role, {"system", "developer", "user", "assistant", "tool", "function"},
        path + ".role");
    if (role == "tool") {
      calls_.Result(findings_.String(message, "tool_call_id", path),
                    path + ".tool_call_id");
    } else {
      calls_.Close();
    }
    const bool calls_tools = role == "assistant" && Has(message, "tool_calls");
    if (calls_tools) CheckCalls(message, path);
    if (!calls_tools && !Has(message, "content") &&
        !Has(message, "function_call")) {
      findings_.Add(path + ".content", "required");
    }
  }

  void CheckCalls(const Json& message, const std::string& path) {
    const Json& calls = findings_.List(message, "tool_calls", path);
    for (size_t i = 0; i < calls.size(); ++i) {
      CheckCall(calls[i], At(path + ".tool_calls", i));
    }
  }

  void CheckCall(const Json& call, const std::string& path) {
    if (!findings_.IsObject(call, path)) return;
    calls_.Call(findings_.String(call, "id", path), path + ".id");
    const std::string type = findings_.String(call, "type", path);
    if (type != "function") return;
    const Json function = call.value("function", Json());
    if (!findings_.IsObject(function, path + ".function")) return;
    findings_.String(function, "name", path + ".function");
    if (!function.contains("arguments") || !function["arguments"].is_string()) {
      findings_.Add(path + ".function.arguments", "expected a string");
    }
  }

  Findings findings_;
  OpenCalls calls_{findings_};
};

}  // namespace

void CheckFunctionTools(const Json& request, Findings* findings) {
  if (!Has(request, "tools")) return;
  const Json& tools = findings->List(request, "tools", "$");
  for (size_t i = 0; i < tools.size(); ++i) {
    const std::string path = At("$.tools", i);
    if (!findings->IsObject(tools[i], path)) continue;
    if (findings->String(tools[i], "type", path) != "function") continue;
    const auto function = tools[i].find("function");
    if (function == tools[i].end() || !function->is_object()) {
      findings->Add(path + ".function", "expected an object");
    } else {
      findings->String(*function, "name", path + ".function");
    }
  }
}

Violations CheckChat(const Json& request, bool needs_model) {
  return Checker().Check(request, needs_model);
}

}  // namespace copilot::fake_model
