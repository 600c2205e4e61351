// SPDX-License-Identifier: MIT
#include "harness/byok/provider.h"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/byok/endpoint_policy.h"
#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr char kShape[] =
    "[copilot-attempt] BYOK requires an OpenAI-compatible or Anthropic model "
    "api and a non-empty baseUrl";
constexpr char kEndpoint[] =
    "[copilot-attempt] BYOK endpoint is blocked by OpenClaw SSRF policy";
constexpr char kPolicy[] =
    "[copilot-attempt] BYOK does not support OpenClaw provider request proxy, "
    "TLS, or private-network policy overrides";

tl::unexpected<Error> Unsupported(const char* text) {
  return Fail(text, "model_not_supported");
}

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string WithoutSlashes(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

// Fills type and wire API; false for an api or a host that cannot be asked.
bool MapAzure(ByokProvider* provider) {
  const std::string host = provider->endpoint.bare_host();
  if (EndsWith(host, ".openai.azure.com") ||
      EndsWith(host, ".cognitiveservices.azure.com")) {
    provider->type = "azure";
    provider->wire_api = "responses";
    provider->endpoint.path = "/";
    provider->endpoint.query.clear();
    return true;
  }
  const bool foundry = EndsWith(host, ".services.ai.azure.com") ||
                       EndsWith(host, ".api.cognitive.microsoft.com");
  if (!foundry ||
      !EndsWith(WithoutSlashes(provider->endpoint.path), "/openai/v1")) {
    return false;
  }
  provider->type = "openai";
  provider->wire_api = "responses";
  return true;
}

bool MapApi(const std::string& api, ByokProvider* provider) {
  if (api == "azure-openai-responses") return MapAzure(provider);
  if (api == "anthropic-messages") {
    provider->type = "anthropic";
    return true;
  }
  provider->type = "openai";
  if (api.empty() || api == "openai-responses") {
    provider->wire_api = "responses";
    return true;
  }
  provider->wire_api = "completions";
  return api == "openai-completions" || api == "ollama";
}

bool HasTransportOverride(const Json& request) {
  return request.is_object() &&
         (request.contains("proxy") || request.contains("tls") ||
          request.contains("allowPrivateNetwork"));
}

// What configurations have in the place of a key that is kept elsewhere, or
// that nobody needs.
bool IsMarker(const std::string& key) {
  constexpr std::array<std::string_view, 4> kMarkers = {
      "custom-local", "ollama-local", "lmstudio-local", "secretref-managed"};
  return std::find(kMarkers.begin(), kMarkers.end(), key) != kMarkers.end() ||
         key.rfind("secretref-env:", 0) == 0;
}

std::optional<int64_t> Limit(const Json& model,
                             std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const Json& value = MemberOrNull(model, name);
    if (value.is_number() && value.get<double>() >= 1 &&
        value.get<double>() < 1e15) {
      return value.get<int64_t>();
    }
  }
  return std::nullopt;
}

std::string Version(const AttemptParams& params, const ByokProvider& provider,
                    const std::string& auth_mode) {
  Json headers = Json::object();
  for (const auto& [name, value] : provider.headers) {
    headers[name] = value.Reveal();
  }
  const auto limit = [](const std::optional<int64_t>& value) {
    return value ? Json(*value) : Json();
  };
  const Json all = {{"api", params.model_api},
                    {"baseUrl", params.model_base_url},
                    {"azureApiVersion", provider.azure_api_version},
                    {"headers", std::move(headers)},
                    {"authHeader", provider.bearer},
                    {"requestAuthMode", auth_mode},
                    {"key", params.auth.resolved_api_key.Reveal()},
                    {"model", provider.model_id},
                    {"maxPromptTokens", limit(provider.max_prompt_tokens)},
                    {"maxOutputTokens", limit(provider.max_output_tokens)}};
  return wire::Fingerprint(
      all.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

Expected<std::optional<ByokProvider>> ResolveByok(const AttemptParams& params) {
  if (Normalized(params.provider) == "github-copilot") return std::nullopt;
  if (IsBlank(params.model_base_url)) return Unsupported(kShape);
  const auto url = ParseUrl(params.model_base_url);
  if (!url) return Unsupported(kShape);
  if (!IsAllowedEndpoint(*url)) return Unsupported(kEndpoint);
  const Json& request = MemberOrNull(params.model, "request");
  if (HasTransportOverride(request)) return Unsupported(kPolicy);

  ByokProvider provider;
  provider.endpoint = *url;
  if (!MapApi(Normalized(params.model_api), &provider)) {
    return Unsupported(kShape);
  }
  provider.model_id =
      params.model_id.empty() ? "unknown-model" : params.model_id;
  const Json& headers = MemberOrNull(params.model, "headers");
  if (headers.is_object()) {
    for (const auto& [name, value] : headers.items()) {
      if (!value.is_string()) continue;
      provider.headers.emplace(name, wire::Secret(value.get<std::string>()));
    }
  }
  provider.bearer = MemberOrNull(params.model, "authHeader") == true;
  const std::string auth_mode =
      StringMember(MemberOrNull(request, "auth"), "mode");
  const std::string& key = params.auth.resolved_api_key.Reveal();
  const bool in_headers = !auth_mode.empty() && auth_mode != "provider-default";
  if (!key.empty() && !IsMarker(key) && !in_headers) {
    provider.key = params.auth.resolved_api_key;
  }
  if (provider.azure()) {
    provider.azure_api_version = StringMember(params.model, "azureApiVersion");
  }
  provider.max_prompt_tokens =
      Limit(params.model, {"contextTokens", "contextWindow"});
  provider.max_output_tokens = Limit(params.model, {"maxTokens"});
  provider.profile_id = Trim(params.auth.auth_profile_id);
  if (provider.profile_id.empty()) {
    provider.profile_id = "byok:" + Normalized(params.provider);
  }
  provider.profile_version = Version(params, provider, auth_mode);
  return provider;
}

Json SessionProvider(const ByokProvider& provider, const std::string& base_url,
                     const std::map<std::string, std::string>& more_headers) {
  Json json = {{"type", provider.type},
               {"baseUrl", base_url},
               {"modelId", provider.model_id},
               {"wireModel", provider.model_id}};
  if (!provider.wire_api.empty()) json["wireApi"] = provider.wire_api;
  if (!provider.key.empty()) {
    json[provider.bearer ? "bearerToken" : "apiKey"] = provider.key.Reveal();
  }
  Json headers = Json::object();
  for (const auto& [name, value] : provider.headers) {
    headers[name] = value.Reveal();
  }
  for (const auto& [name, value] : more_headers) headers[name] = value;
  if (!headers.empty()) json["headers"] = std::move(headers);
  if (!provider.azure_api_version.empty()) {
    json["azure"] = {{"apiVersion", provider.azure_api_version}};
  }
  if (provider.max_prompt_tokens) {
    json["maxPromptTokens"] = *provider.max_prompt_tokens;
  }
  if (provider.max_output_tokens) {
    json["maxOutputTokens"] = *provider.max_output_tokens;
  }
  return json;
}

Json RequestHeaders(const ByokProvider& provider) {
  Json headers;
  for (const auto& [name, value] : provider.headers) {
    headers[name] = value.Reveal();
  }
  return headers;
}

}  // namespace copilot::harness
