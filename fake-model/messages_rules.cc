// SPDX-License-Identifier: MIT
#include "fake-model/messages_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

class Checker {
 public:
  Violations Check(const Json& request) {
    findings_.String(request, "model", "$");
    CheckLimit(request);
    const Json& messages = findings_.List(request, "messages", "$");
    for (size_t i = 0; i < messages.size(); ++i) {
      CheckMessage(messages[i], At("$.messages", i));
    }
    calls_.Close();
    CheckTools(request);
    return findings_.Take();
  }

 private:
  void CheckLimit(const Json& request) {
    const Json limit = request.value("max_tokens", Json());
    if (limit.is_null()) {
      findings_.Add("$.max_tokens", "required");
    } else if (!limit.is_number_integer() || limit < 1) {
      findings_.Add("$.max_tokens", "expected an integer above 0");
    }
  }

  void CheckMessage(const Json& message, const std::string& path) {
    if (!findings_.IsObject(message, path)) return;
    const std::string role = findings_.String(message, "role", path);
    findings_.OneOf(role, {"user", "assistant"}, path + ".role");
    if (last_role_.empty() && role == "assistant") {
      findings_.Add(path + ".role", "the first message must be the user's");
    }
    if (role != last_role_) {
      // The user's turn with the results is over.
      if (last_role_ == "user") calls_.Close();
      last_role_ = role;
      text_in_turn_ = false;
    }
    const auto content = message.find("content");
    if (content != message.end() && content->is_string()) {
      findings_.String(message, "content", path);
      text_in_turn_ = true;
    } else {
      CheckBlocks(findings_.List(message, "content", path), path + ".content");
    }
  }

  void CheckBlocks(const Json& blocks, const std::string& path) {
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (findings_.IsObject(blocks[i], At(path, i))) {
        CheckBlock(blocks[i], At(path, i));
      }
    }
  }

  void CheckBlock(const Json& block, const std::string& path) {
    const std::string type = findings_.String(block, "type", path);
    if (type == "text") {
      findings_.String(block, "text", path);
      text_in_turn_ = true;
    } else if (type == "tool_use") {
      CheckCall(block, path);
    } else if (type == "tool_result") {
      CheckResult(block, path);
    }
  }

  void CheckCall(const Json& block, const std::string& path) {
    if (last_role_ != "assistant") {
      findings_.Add(path, "only the assistant calls tools");
    }
    calls_.Call(findings_.String(block, "id", path), path + ".id");
    findings_.String(block, "name", path);
    findings_.IsObject(block.value("input", Json()), path + ".input");
  }

  void CheckResult(const Json& block, const std::string& path) {
    if (last_role_ != "user") findings_.Add(path, "only the user has results");
    if (text_in_turn_) findings_.Add(path, "results must come before text");
    calls_.Result(findings_.String(block, "tool_use_id", path),
                  path + ".tool_use_id");
  }

  void CheckTools(const Json& request) {
    const Json& tools = findings_.OptionalList(request, "tools", "$");
    for (size_t i = 0; i < tools.size(); ++i) {
      const std::string path = At("$.tools", i);
      const Json& tool = tools[i];
      if (!findings_.IsObject(tool, path)) continue;
      findings_.String(tool, "name", path);
      // Tools that the provider runs have a type instead of a schema.
      if (tool.value("type", Json("custom")) == "custom") {
        findings_.IsObject(tool.value("input_schema", Json()),
                           path + ".input_schema");
      }
    }
  }

  Findings findings_;
  OpenCalls calls_{findings_};
  std::string last_role_;
  bool text_in_turn_ = false;
};

}  // namespace

Violations CheckMessages(const Json& request) {
  return Checker().Check(request);
}

}  // namespace copilot::fake_model
