// SPDX-License-Identifier: MIT
#include "fake-cli/tool_result.h"

#include <fmt/format.h>

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

std::string Get(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

ToolResult Success(const std::string& text, const std::string& detailed,
                   const Json& source) {
  ToolResult result;
  result.success = true;
  result.text = text;
  Json json = {{"content", text}, {"detailedContent", detailed}};
  for (const char* name : {"contents", "binaryResultsForLlm"}) {
    if (source.is_object() && source.contains(name)) json[name] = source[name];
  }
  result.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return result;
}

ToolResult FromObject(const Json& value) {
  const std::string text = Get(value, "textResultForLlm");
  const std::string type =
      value.contains("resultType") ? Get(value, "resultType") : "success";
  if (type == "success") {
    const std::string log = Get(value, "sessionLog");
    return Success(text, log.empty() ? text : log, value);
  }
  ToolResult result;
  result.text = text;
  result.error = Get(value, "error");
  result.code = "failure";
  if (type == "timeout") result.code = "timeout";
  if (type == "denied" || type == "rejected") {
    result.code = type;
    result.error = text;
    result.ends_turn = type == "rejected";
  }
  if (result.error.empty()) result.error = text;
  return result;
}

}  // namespace

ToolResult ReadToolResult(const Json& params, const std::string& tool_name,
                          const std::string& arguments) {
  if (params.contains("error") && !params["error"].is_null()) {
    ToolResult result;
    result.error = "Tool execution failed";
    result.code = "failure";
    result.text = fmt::format(
        "Failed to execute `{}` tool with arguments: {} due to error: Error: "
        "Tool execution failed",
        tool_name, arguments);
    return result;
  }
  const Json value = params.value("result", Json());
  if (value.is_string()) {
    return Success(value.get<std::string>(), value.get<std::string>(), {});
  }
  if (value.is_object()) return FromObject(value);
  return Success("", "", {});
}

UserAnswer ReadUserAnswer(const wire::RawResult& raw) {
  UserAnswer answer;
  const Json value = raw ? Json::parse(*raw, nullptr, false) : Json(nullptr);
  if (!value.is_object() || !value.contains("answer") ||
      !value["answer"].is_string()) {
    answer.answer = "The user was unable to respond due to an error";
    answer.text = "User responded: " + answer.answer;
    return answer;
  }
  answer.answer = value["answer"].get<std::string>();
  answer.was_freeform = value.value("wasFreeform", Json()) != false;
  answer.text = (answer.was_freeform ? "User responded: " : "User selected: ") +
                answer.answer;
  return answer;
}

}  // namespace copilot::fake_cli
