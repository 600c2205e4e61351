// SPDX-License-Identifier: MIT
#include "fake-model/ollama_rules.h"

#include "fake-model/chat_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

class Checker {
 public:
  Violations Check(const Json& request) {
    findings_.String(request, "model", "$");
    const Json& messages = findings_.List(request, "messages", "$");
    for (size_t i = 0; i < messages.size(); ++i) {
      CheckMessage(messages[i], At("$.messages", i));
    }
    Close();
    CheckFunctionTools(request, &findings_);
    return findings_.Take();
  }

 private:
  void CheckMessage(const Json& message, const std::string& path) {
    if (!findings_.IsObject(message, path)) return;
    const std::string role = findings_.String(message, "role", path);
    findings_.OneOf(role, {"system", "user", "assistant", "tool"},
                    path + ".role");
    if (role == "tool") return CheckResult(path);
    Close();
    const Json& calls = findings_.OptionalList(message, "tool_calls", path);
    for (size_t i = 0; i < calls.size(); ++i) {
      CheckCall(calls[i], At(path + ".tool_calls", i));
    }
  }

  void CheckCall(const Json& call, const std::string& path) {
    if (!findings_.IsObject(call, path)) return;
    open_.push_back(path);
    const Json function = call.value("function", Json());
    if (!findings_.IsObject(function, path + ".function")) return;
    findings_.String(function, "name", path + ".function");
    findings_.IsObject(function.value("arguments", Json()),
                       path + ".function.arguments");
  }

  void CheckResult(const std::string& path) {
    if (open_.empty()) {
      findings_.Add(path, "no call waits for a result");
    } else {
      open_.erase(open_.begin());
    }
  }

  void Close() {
    for (const std::string& path : open_) {
      findings_.Add(path, "the call has no result");
    }
    open_.clear();
  }

  Findings findings_;
  std::vector<std::string> open_;  // paths of calls
};

}  // namespace

Violations CheckOllama(const Json& request) { return Checker().Check(request); }

}  // namespace copilot::fake_model
