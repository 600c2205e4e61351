// SPDX-License-Identifier: MIT
#include "fake-cli/model/request.h"

#include <fmt/format.h>

#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/tools/catalogue.h"
#include "wire/secret.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

bool IsAzure(const Json& provider) {
  return TextOf(provider, "type") == "azure";
}

// Who asks, in the header that the provider wants.
void AddCredential(const Json& provider,
                   std::map<std::string, std::string>* headers) {
  const std::string token = TextOf(provider, "bearerToken");
  if (!token.empty()) {
    (*headers)["Authorization"] = "Bearer " + token;
    return;
  }
  const std::string key = TextOf(provider, "apiKey");
  if (key.empty()) return;
  if (IsAzure(provider)) {
    (*headers)["api-key"] = key;
  } else if (TextOf(provider, "type") == "anthropic") {
    (*headers)["x-api-key"] = key;
  } else {
    (*headers)["Authorization"] = "Bearer " + key;
  }
}

std::string AzurePath(const Json& provider, const WireApi& api,
                      const std::string& model) {
  const std::string version =
      TextOf(provider.value("azure", Json::object()), "apiVersion");
  if (version.empty()) return std::string("/openai/v1") + api.endpoint;
  return fmt::format("/openai/deployments/{}{}?api-version={}", model,
                     api.endpoint, version);
}

// The model as the provider knows it.
std::string WireModel(const SessionConfig& config) {
  const std::string model = TextOf(config.provider, "wireModel");
  const std::string model_id = TextOf(config.provider, "modelId");
  if (model.empty() || (!model_id.empty() && model_id != config.model)) {
    return config.model;
  }
  return model;
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
  const WireApi& api = ApiOf(provider);
  std::map<std::string, std::string> headers = {
      {"User-Agent", api.user_agent},
      {"X-Initiator", user_initiated ? "user" : "agent"}};
  if (&api == &Messages()) headers["anthropic-version"] = "2023-06-01";
  AddCredential(provider, &headers);
  if (interaction != nullptr) headers["X-Interaction-Type"] = interaction;
  AddRequestHeaders(provider.value("headers", Json()), &headers);
  return headers;
}

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
      .Int("messageCount", static_cast<int64_t>(messages.size()) + 1)
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

const WireApi& ApiOf(const Json& provider) {
  if (TextOf(provider, "type") == "anthropic") return Messages();
  if (TextOf(provider, "wireApi") == "responses") return Responses();
  return ChatCompletions();
}

std::string SystemText(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, "\n\n"));
}

Json SystemMessages(const Session& session) {
  const std::vector<std::string>& parts = session.system_parts;
  if (&ApiOf(session.config.provider) != &Messages()) {
    return Json::array({{{"role", "system"}, {"content", SystemText(parts)}}});
  }
  Json messages = Json::array();
  for (const std::string& part : parts) {
    messages.push_back({{"role", "system"},
                        {"content", part},
                        {"copilot_cache_control", {{"type", "ephemeral"}}}});
  }
  return messages;
}

Prompt MakePrompt(const Session& session, const Json& messages) {
  const SessionConfig& config = session.config;
  Prompt prompt;
  prompt.model = WireModel(config);
  prompt.system = session.system_parts;
  prompt.messages = messages;
  prompt.tools = OfferedTools(config, session.mode);
  prompt.reasoning_effort = config.reasoning_effort;
  prompt.max_output_tokens = NumberOf(config.provider, "maxOutputTokens");
  prompt.cache_key = wire::Fingerprint(session.id());
  prompt.stream = config.streaming;
  return prompt;
}

ModelRequest MakeRequest(const Session& session, const Prompt& prompt) {
  const Json& provider = session.config.provider;
  ModelRequest request;
  request.api = &ApiOf(provider);
  request.base_url = BaseUrl(provider);
  request.path = IsAzure(provider)
                     ? AzurePath(provider, *request.api, prompt.model)
                     : request.api->endpoint;
  request.stream = prompt.stream;
  request.body = request.api->body(prompt);
  return request;
}

}  // namespace copilot::fake_cli
