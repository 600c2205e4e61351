// SPDX-License-Identifier: MIT
#include "fake-cli/model_request.h"

#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/tools/catalogue.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

std::string TextOf(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

}  // namespace

void AddRequestHeaders(const Json& headers,
                       std::map<std::string, std::string>* out) {
  if (!headers.is_object()) return;
  for (const auto& [name, value] : headers.items()) {
    if (value.is_string()) (*out)[name] = value.get<std::string>();
  }
}

std::map<std::string, std::string> RequestHeaders(const Json& provider,
                                                  bool user_initiated,
                                                  const char* interaction) {
  std::map<std::string, std::string> headers = {
      {"User-Agent", "OpenAI/JS 5.20.1"},
      {"X-Initiator", user_initiated ? "user" : "agent"}};
  std::string key = TextOf(provider, "bearerToken");
  if (key.empty()) key = TextOf(provider, "apiKey");
  if (!key.empty()) headers["Authorization"] = "Bearer " + key;
  if (interaction != nullptr) headers["X-Interaction-Type"] = interaction;
  AddRequestHeaders(provider.value("headers", Json()), &headers);
  return headers;
}

namespace {

Json Tools(const Session& session) {
  Json tools = Json::array();
  for (const ToolDefinition& tool :
       OfferedTools(session.config, session.mode)) {
    tools.push_back({{"type", "function"},
                     {"function",
                      {{"name", tool.name},
                       {"description", tool.description},
                       {"parameters", tool.parameters}}}});
  }
  return tools;
}

// A message without what only the CLI keeps with it.
Json ForTheModel(const Json& message) {
  Json sent = Json::object();
  for (const char* name : {"role", "content", "tool_calls", "tool_call_id"}) {
    const auto member = message.find(name);
    if (member != message.end()) sent[name] = *member;
  }
  return sent;
}

}  // namespace

std::string BaseUrl(const Json& provider) {
  return TextOf(provider, "baseUrl");
}

std::string Fingerprint(const Json& messages) {
  int64_t results = 0;
  int64_t calls = 0;
  std::string last;
  for (const Json& message : messages) {
    last = TextOf(message, "role");
    results += last == "tool";
    calls +=
        static_cast<int64_t>(message.value("tool_calls", Json::array()).size());
  }
  return JsonObject()
      .Int("messageCount", static_cast<int64_t>(messages.size()))
      .Int("toolResultMessageCount", results)
      .Int("toolCallCount", calls)
      .Int("namelessToolCallCount", 0)
      .Int("customToolCallCount", 0)
      .Int("unmatchedToolResultCount", 0)
      .Int("orphanToolCallCount", 0)
      .Int("imagePartCount", 0)
      .Int("imagePartsMissingMediaType", 0)
      .Int("imageBytes", 0)
      .Int("reasoningItemCount", 0)
      .Int("encryptedContentBytes", 0)
      .Text("lastMessageRole", last)
      .str();
}

ModelRequest MakeRequest(const Session& session, const Json& messages) {
  const SessionConfig& config = session.config;
  const Json& provider = config.provider;
  ModelRequest request;
  request.base_url = TextOf(provider, "baseUrl");
  request.stream = config.streaming;
  std::string model = TextOf(provider, "wireModel");
  const std::string model_id = TextOf(provider, "modelId");
  if (model.empty() || (!model_id.empty() && model_id != config.model)) {
    model = config.model;
  }
  Json all =
      Json::array({{{"role", "system"}, {"content", session.system_text}}});
  for (const Json& message : messages) all.push_back(ForTheModel(message));
  request.body = {{"model", model},         {"messages", std::move(all)},
                  {"temperature", 0},       {"top_p", 0.95},
                  {"frequency_penalty", 0}, {"presence_penalty", 0}};
  if (provider.contains("maxOutputTokens")) {
    request.body["max_tokens"] = provider["maxOutputTokens"];
  }
  if (const Json tools = Tools(session); !tools.empty()) {
    request.body["tools"] = tools;
  }
  if (request.stream) {
    request.body["stream"] = true;
    request.body["stream_options"] = {{"include_usage", true}};
  }
  return request;
}

}  // namespace copilot::fake_cli
