// SPDX-License-Identifier: MIT
#include "fake-model/prompt.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

std::string TextOf(const Json& content) {
  if (content.is_string()) return content;
  std::string text;
  if (!content.is_array()) return text;
  for (const Json& part : content) {
    if (part.is_object() && part.contains("text") && part["text"].is_string()) {
      text += part["text"].get<std::string>();
    }
  }
  return text;
}

bool IsToolResult(const Json& part) {
  return part.is_object() && part.contains("type") &&
         part["type"] == "tool_result";
}

bool HoldsOnlyToolResults(const Json& content) {
  return content.is_array() && !content.empty() &&
         std::all_of(content.begin(), content.end(), IsToolResult);
}

// The CLI puts the date before what the user wrote (protocol 8.1).
std::string WithoutDate(std::string text) {
  constexpr std::string_view kOpen = "<current_datetime>";
  constexpr std::string_view kClose = "</current_datetime>\n\n";
  if (text.rfind(kOpen, 0) != 0) return text;
  const size_t end = text.find(kClose);
  return end == std::string::npos ? text : text.substr(end + kClose.size());
}

}  // namespace

Prompt PromptOf(const Json& request) {
  static const Json kNone;
  const auto member = [](const Json& object, const char* name) -> const Json& {
    const auto found = object.find(name);
    return found == object.end() ? kNone : *found;
  };
  Prompt prompt;
  if (!request.is_object()) return prompt;
  const Json& input = member(request, "input");  // OpenAI responses
  if (input.is_string()) return {WithoutDate(input), 1};
  const Json& messages = member(request, "messages");
  for (const Json& message : messages.is_null() ? input : messages) {
    if (!message.is_object() || member(message, "role") != "user") continue;
    const Json& content = member(message, "content");
    if (HoldsOnlyToolResults(content)) continue;
    ++prompt.nth;
    prompt.text = WithoutDate(TextOf(content));
  }
  return prompt;
}

}  // namespace copilot::fake_model
