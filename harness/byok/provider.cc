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

// Azure by its host; false for one that cannot be asked.
bool MapAzure(ByokProvider* provider) {
  const std::string host = provider->endpoint.bare_host();
  if (host.ends_with(".openai.azure.com") ||
      host.ends_with(".cognitiveservices.azure.com")) {
    provider->endpoint.path = "/";
    provider->endpoint.query.clear();
    return true;
  }
  const bool foundry = host.ends_with(".services.ai.azure.com") ||
                       host.ends_with(".api.cognitive.microsoft.com");
  if (!foundry || !provider->endpoint.base_path().ends_with("/openai/v1")) {
    return false;
  }
  provider->type = "openai";
  return true;
}

struct Api {
  std::string_view name;
  const char* type;
  const char* wire_api;
};

// Azure's are mapped by host.
constexpr std::array<Api, 5> kApis = {
    {{"openai-responses", "openai", "responses"},
     {"openai-completions", "openai", "completions"},
     {"ollama", "openai", "completions"},
     {"anthropic-messages", "anthropic", ""},
     {"azure-openai-responses", "azure", "responses"}}};

const Api* FindApi(const std::string& name) {
  const auto found =
      std::find_if(kApis.begin(), kApis.end(),
                   [&](const Api& api) { return api.name == name; });
  return found == kApis.end() ? nullptr : &*found;
}

bool MapApi(const std::string& given, ByokProvider* provider) {
  const Api* const api = FindApi(given.empty() ? "openai-responses" : given);
  if (api == nullptr) return false;
  provider->type = api->type;
  provider->wire_api = api->wire_api;
  return !provider->azure() || MapAzure(provider);
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

bool IsByokApi(std::string_view api) { return FindApi(Lower(api)) != nullptr; }

bool HasTransportOverride(const Json& model) {
  const Json& request = MemberOrNull(model, "request");
  return request.is_object() &&
         (request.contains("proxy") || request.contains("tls") ||
          request.contains("allowPrivateNetwork"));
}

Expected<std::optional<ByokProvider>> ResolveByok(const AttemptParams& params) {
  if (Normalized(params.provider) == "github-copilot") return std::nullopt;
  if (IsBlank(params.model_base_url)) return Unsupported(kShape);
  const auto url = ParseUrl(params.model_base_url);
  if (!url) return Unsupported(kShape);
  if (!IsAllowedEndpoint(*url)) return Unsupported(kEndpoint);
  const Json& request = MemberOrNull(params.model, "request");
  if (HasTransportOverride(params.model)) return Unsupported(kPolicy);

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

ResolvedAuth AuthOf(const ByokProvider& provider) {
  ResolvedAuth auth;
  auth.mode = AuthMode::kByok;
  auth.profile_id = provider.profile_id;
  auth.profile_version = provider.profile_version;
  return auth;
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
