// SPDX-License-Identifier: MIT
#include "fake-cli/tool_result.h"

#include <fmt/format.h>

#include <utility>

#include "fake-cli/json_read.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

ToolResult FromObject(const Json& value) {
  const std::string text = TextOf(value, "textResultForLlm");
  const std::string type =
      value.contains("resultType") ? TextOf(value, "resultType") : "success";
  ToolResult result = Succeeded(text);
  if (type != "success") {
    const bool known =
        type == "timeout" || type == "denied" || type == "rejected";
    result = Failed(text, TextOf(value, "error"), known ? type : "failure");
    result.ends_turn = type == "rejected";
    if (result.error.empty()) result.error = text;
  }
  result.members = Json::object();
  for (const char* name : {"sessionLog", "contents", "binaryResultsForLlm"}) {
    if (value.contains(name)) result.members[name] = value[name];
  }
  if (value.contains("toolTelemetry") && value["toolTelemetry"].is_object()) {
    result.telemetry = value["toolTelemetry"];
  }
  return result;
}

}  // namespace

Json ToolResult::Content() const {
  Json content = {{"content", text}, {"detailedContent", text}};
  if (!members.is_object()) return content;
  const std::string log = TextOf(members, "sessionLog");
  if (!log.empty()) content["detailedContent"] = log;
  for (const char* name :
       {"contents", "binaryResultsForLlm", "structuredContent"}) {
    const auto member = members.find(name);
    if (member != members.end() && !member->empty()) content[name] = *member;
  }
  return content;
}

const std::string& ToolResult::ErrorMessage() const {
  return code == "denied" || code == "rejected" ? text : error;
}

ToolResult Succeeded(std::string text) {
  ToolResult result;
  result.success = true;
  result.text = std::move(text);
  return result;
}

ToolResult Failed(std::string text, std::string error, std::string code) {
  ToolResult result;
  result.text = std::move(text);
  result.error = std::move(error);
  result.code = std::move(code);
  return result;
}

ToolResult ReadToolResult(const Json& params, const std::string& tool_name,
                          const std::string& arguments) {
  if (params.contains("error") && !params["error"].is_null()) {
    const std::string what = fmt::format(
        "Failed to execute `{}` tool with arguments: {}", tool_name, arguments);
    ToolResult result =
        Failed(what + " due to error: Error: Tool execution failed",
               "Tool execution failed");
    result.members = {{"sessionLog", "<error>" + what + "</error>"}};
    return result;
  }
  const Json value = params.value("result", Json());
  if (value.is_string()) return Succeeded(value.get<std::string>());
  if (value.is_object()) return FromObject(value);
  return Succeeded("");
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
