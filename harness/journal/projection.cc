// SPDX-License-Identifier: MIT
#include "harness/journal/projection.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "harness/usage.h"

namespace copilot::harness {
namespace {

bool IsFilled(const Json& value) {
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return value.is_boolean() ? value.get<bool>() : !value.empty();
}

// Whether any of these members says something.
bool HasAny(const Json& object, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) {
    return IsFilled(MemberOrNull(object, name));
  });
}

bool IsTransformed(const Json& data) {
  const Json& transformed = MemberOrNull(data, "transformedContent");
  return transformed.is_string() &&
         transformed != MemberOrNull(data, "content");
}

bool IsInteractive(const Json& data) {
  const std::string mode = StringMember(data, "agentMode");
  return mode.empty() || mode == "interactive";
}

Json WithoutContent(Json attachments) {
  for (Json& attachment : attachments) {
    if (!attachment.is_object()) continue;
    for (const char* name : {"data", "payload", "text"}) attachment.erase(name);
  }
  return attachments;
}

bool CallsCustomTool(const Json& requests) {
  return std::any_of(requests.begin(), requests.end(), [](const Json& each) {
    return StringMember(each, "type") == "custom";
  });
}

void AddCall(const Json& request, Json* requests) {
  const std::string id = StringMember(request, "toolCallId");
  for (Json& known : *requests) {
    if (StringMember(known, "toolCallId") != id) continue;
    known = request;
    return;
  }
  requests->push_back(request);
}

}  // namespace

Projection ProjectUser(const Json& data, bool hidden, int64_t now) {
  const std::string source = StringMember(data, "source");
  const Json& attachments = MemberOrNull(data, "attachments");
  Json message = {{"role", "user"},
                  {"content", StringMember(data, "content")},
                  {"timestamp", now}};
  if (hidden || source == "skill-pdf" ||
      MemberOrNull(data, "isAutopilotContinuation") == true) {
    message["display"] = false;
  }
  if (!source.empty()) message["copilotSource"] = source;
  if (IsFilled(attachments)) {
    message["copilotAttachments"] = WithoutContent(attachments);
  }
  return {std::move(message), !IsFilled(attachments) && IsInteractive(data) &&
                                  !IsTransformed(data)};
}

Projection ProjectAssistant(const Json& data, const ModelReference& origin,
                            int64_t now) {
  const Json& requests = MemberOrNull(data, "toolRequests");
  const std::string reasoning = StringMember(data, "reasoningText");
  const std::string text = StringMember(data, "content");
  Json content = Json::array();
  if (!reasoning.empty()) {
    content.push_back({{"type", "thinking"}, {"thinking", reasoning}});
  }
  if (!text.empty()) content.push_back({{"type", "text"}, {"text", text}});
  for (const Json& request : requests) {
    content.push_back({{"type", "toolCall"},
                       {"id", StringMember(request, "toolCallId")},
                       {"name", StringMember(request, "name")},
                       {"arguments", MemberOrNull(request, "arguments")}});
  }
  const std::string model = StringMember(data, "model");
  const bool reproducible =
      !content.empty() && !CallsCustomTool(requests) &&
      !HasAny(data, {"citations", "serverTools", "reasoningWireField",
                     "encryptedContent", "reasoningOpaque", "reasoningBlocks"});
  return {{{"role", "assistant"},
           {"api", origin.api.empty() ? "openai-responses" : origin.api},
           {"provider", origin.provider},
           {"model", model.empty() ? origin.model : model},
           {"content", std::move(content)},
           {"stopReason", IsFilled(requests) ? "toolUse" : "stop"},
           {"timestamp", now},
           {"usage", AssistantUsage(Json(), data)}},
          reproducible};
}

Projection ProjectToolResult(const Json& data, const std::string& tool_name,
                             int64_t now) {
  const Json& result = MemberOrNull(data, "result");
  const bool failed = MemberOrNull(data, "success") == false;
  std::string text = StringMember(result, "content");
  if (failed && text.empty()) {
    text = StringMember(MemberOrNull(data, "error"), "message");
  }
  return {{{"role", "toolResult"},
           {"toolCallId", StringMember(data, "toolCallId")},
           {"toolName", tool_name},
           {"content", Json::array({{{"type", "text"}, {"text", text}}})},
           {"isError", failed},
           {"timestamp", now}},
          !HasAny(result, {"binaryResultsForLlm", "citableSources"})};
}

Json MergeChunks(const std::vector<Json>& chunks) {
  Json merged = chunks.back();
  std::string text;
  std::string reasoning;
  Json requests = Json::array();
  for (const Json& chunk : chunks) {
    text += StringMember(chunk, "content");
    const std::string thoughts = StringMember(chunk, "reasoningText");
    if (!thoughts.empty()) reasoning = thoughts;
    for (const Json& request : MemberOrNull(chunk, "toolRequests")) {
      AddCall(request, &requests);
    }
    // What only an earlier chunk has, it keeps.
    for (const auto& [name, value] : chunk.items()) {
      if (!merged.contains(name)) merged[name] = value;
    }
  }
  merged["content"] = text;
  merged["reasoningText"] = reasoning;
  merged["toolRequests"] = std::move(requests);
  return merged;
}

}  // namespace copilot::harness
