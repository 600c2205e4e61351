// SPDX-License-Identifier: MIT
#include "fake-model/responses_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

class Checker {
 public:
  explicit Checker(const Json& request) : request_(request) {}

  Violations Check() {
    findings_.String(request_, "model", "$");
    const auto input = request_.find("input");
    if (input != request_.end() && input->is_string()) {
      if (*input == "") findings_.Add("$.input", "empty");
    } else if (input != request_.end() || !Continues()) {
      CheckItems(findings_.List(request_, "input", "$"));
    }
    CheckTools();
    return findings_.Take();
  }

 private:
  bool Continues() const {
    return Has(request_, "previous_response_id") ||
           Has(request_, "conversation") || Has(request_, "prompt");
  }

  void CheckItems(const Json& items) {
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string path = At("$.input", i);
      if (findings_.IsObject(items[i], path)) CheckItem(items[i], path);
    }
    calls_.Close();
  }

  void CheckItem(const Json& item, const std::string& path) {
    // A message need not say that it is one.
    const std::string type = Has(item, "type") || !Has(item, "role")
                                 ? findings_.String(item, "type", path)
                                 : "message";
    if (type == "message") {
      findings_.OneOf(findings_.String(item, "role", path),
                      {"user", "assistant", "system", "developer"},
                      path + ".role");
      if (!Has(item, "content")) findings_.Add(path + ".content", "required");
    } else if (type == "function_call") {
      CheckCall(item, path);
    } else if (type == "function_call_output") {
      CheckOutput(item, path);
    }
  }

  void CheckCall(const Json& item, const std::string& path) {
    calls_.Call(findings_.String(item, "call_id", path), path + ".call_id");
    findings_.String(item, "name", path);
    if (!item.contains("arguments") || !item["arguments"].is_string()) {
      findings_.Add(path + ".arguments", "expected a string");
    }
  }

  void CheckOutput(const Json& item, const std::string& path) {
    const std::string id = findings_.String(item, "call_id", path);
    if (!Continues()) calls_.Result(id, path + ".call_id");
    if (!Has(item, "output")) findings_.Add(path + ".output", "required");
  }

  void CheckTools() {
    const Json& tools = findings_.OptionalList(request_, "tools", "$");
    for (size_t i = 0; i < tools.size(); ++i) {
      const std::string path = At("$.tools", i);
      if (!findings_.IsObject(tools[i], path)) continue;
      if (findings_.String(tools[i], "type", path) == "function") {
        findings_.String(tools[i], "name", path);
      }
    }
  }

  const Json& request_;
  Findings findings_;
  OpenCalls calls_{findings_};
};

}  // namespace

Violations CheckResponses(const Json& request) {
  return Checker(request).Check();
}

}  // namespace copilot::fake_model
