// SPDX-License-Identifier: MIT
#include "harness/byok/provider.h"

#include <gtest/gtest.h>

#include <string>

namespace copilot::harness {
namespace {

Json Params(Json model, const std::string& key = "") {
  Json params = {{"model", std::move(model)}};
  if (!key.empty()) params["resolvedApiKey"] = key;
  return params;
}

Json Model(const std::string& api, const std::string& url) {
  return {{"id", "m1"}, {"provider", "acme"}, {"api", api}, {"baseUrl", url}};
}

Expected<std::optional<ByokProvider>> Resolve(const Json& params) {
  return ResolveByok(AttemptParams::FromJson(params));
}

ByokProvider Resolved(const Json& params) {
  const auto provider = Resolve(params);
  EXPECT_TRUE(provider) << provider.error().message;
  return provider && *provider ? **provider : ByokProvider{};
}

std::string Complaint(const Json& params) {
  const auto provider = Resolve(params);
  if (provider) return "";
  EXPECT_EQ(provider.error().code, "model_not_supported");
  return provider.error().message;
}

Json Told(const ByokProvider& provider) {
  return SessionProvider(provider, "http://127.0.0.1:1/n", {});
}

TEST(ResolveByokTest, TheSubscriptionIsNone) {
  Json model = Model("openai-responses", "https://api.example.com/v1");
  model["provider"] = " GitHub-Copilot ";
  const auto provider = Resolve(Params(model));
  ASSERT_TRUE(provider);
  EXPECT_FALSE(*provider);
}

struct Mapping {
  const char* api;
  const char* type;
  const char* wire_api;
};

class MappingTest : public testing::TestWithParam<Mapping> {};

TEST_P(MappingTest, HasTypeAndWireApi) {
  const ByokProvider provider =
      Resolved(Params(Model(GetParam().api, "https://api.example.com/v1")));
  EXPECT_EQ(provider.type, GetParam().type);
  EXPECT_EQ(provider.wire_api, GetParam().wire_api);
  EXPECT_EQ(provider.endpoint.path, "/v1");
}

INSTANTIATE_TEST_SUITE_P(
    Apis, MappingTest,
    testing::Values(Mapping{"", "openai", "responses"},
                    Mapping{"openai-responses", "openai", "responses"},
                    Mapping{"OpenAI-Completions", "openai", "completions"},
                    Mapping{"ollama", "openai", "completions"},
                    Mapping{"anthropic-messages", "anthropic", ""}));

TEST(AzureTest, ItsOwnHostsAreToldByTheirOrigin) {
  for (const char* url : {"https://r.openai.azure.com/openai/v1?x=1",
                          "https://r.cognitiveservices.azure.com/"}) {
    Json model = Model("azure-openai-responses", url);
    model["azureApiVersion"] = "2024-10-21";
    const ByokProvider provider = Resolved(Params(model));
    EXPECT_EQ(provider.type, "azure");
    EXPECT_EQ(provider.endpoint.path, "/");
    EXPECT_EQ(provider.endpoint.query, "");
    EXPECT_EQ(Told(provider)["azure"], Json({{"apiVersion", "2024-10-21"}}));
  }
}

TEST(AzureTest, FoundryHostsNeedTheirPath) {
  const ByokProvider provider = Resolved(Params(Model(
      "azure-openai-responses", "https://r.services.ai.azure.com/openai/v1/")));
  EXPECT_EQ(provider.type, "openai");
  EXPECT_EQ(provider.wire_api, "responses");
  EXPECT_EQ(provider.endpoint.path, "/openai/v1/");
  for (const char* url :
       {"https://r.services.ai.azure.com/", "https://azure.example.com/",
        "https://openai.azure.com.example.com/openai/v1"}) {
    EXPECT_NE(Complaint(Params(Model("azure-openai-responses", url))), "");
  }
}

TEST(ComplaintTest, NamesTheShape) {
  for (const Json& model :
       {Model("openai-responses", ""), Model("openai-responses", "  "),
        Model("openai-responses", "api.example.com"),
        Model("cohere", "https://api.example.com")}) {
    EXPECT_EQ(Complaint(Params(model)),
              "[copilot-attempt] BYOK requires an OpenAI-compatible or "
              "Anthropic model api and a non-empty baseUrl");
  }
}

TEST(ComplaintTest, NamesThePolicy) {
  EXPECT_EQ(
      Complaint(Params(Model("openai-responses", "http://api.example.com"))),
      "[copilot-attempt] BYOK endpoint is blocked by OpenClaw SSRF policy");
  for (const char* name : {"proxy", "tls", "allowPrivateNetwork"}) {
    Json model = Model("openai-responses", "https://api.example.com");
    model["request"] = {{name, false}};
    EXPECT_EQ(Complaint(Params(model)),
              "[copilot-attempt] BYOK does not support OpenClaw provider "
              "request proxy, TLS, or private-network policy overrides");
  }
}

TEST(SessionProviderTest, TellsTheKeyAsItIsUsed) {
  Json model = Model("openai-responses", "https://api.example.com/v1");
  EXPECT_EQ(Told(Resolved(Params(model, "k-1")))["apiKey"], "k-1");
  model["authHeader"] = true;
  const Json bearer = Told(Resolved(Params(model, "k-1")));
  EXPECT_EQ(bearer["bearerToken"], "k-1");
  EXPECT_FALSE(bearer.contains("apiKey"));
}

TEST(SessionProviderTest, MarkersAreNoKeys) {
  const Json model = Model("openai-responses", "https://api.example.com/v1");
  for (const char* marker :
       {"custom-local", "ollama-local", "secretref-env:ACME_KEY"}) {
    EXPECT_FALSE(Told(Resolved(Params(model, marker))).contains("apiKey"));
  }
}

TEST(SessionProviderTest, HeaderAuthIsInTheHeadersOnly) {
  Json model = Model("openai-responses", "https://api.example.com/v1");
  model["headers"] = {{"x-acme", "h-1"}, {"x-none", nullptr}, {"x-n", 1}};
  model["request"] = {{"auth", {{"mode", "header"}}}};
  const ByokProvider provider = Resolved(Params(model, "k-1"));
  EXPECT_FALSE(Told(provider).contains("apiKey"));
  EXPECT_EQ(Told(provider)["headers"], Json({{"x-acme", "h-1"}}));
  EXPECT_EQ(RequestHeaders(provider), Json({{"x-acme", "h-1"}}));
}

TEST(SessionProviderTest, HasLimitsAndNames) {
  Json model = Model("openai-responses", "https://api.example.com/v1");
  model["contextWindow"] = 128000;
  model["maxTokens"] = 4096;
  Json told = Told(Resolved(Params(model)));
  EXPECT_EQ(told["maxPromptTokens"], 128000);
  EXPECT_EQ(told["maxOutputTokens"], 4096);
  EXPECT_EQ(told["modelId"], "m1");
  EXPECT_EQ(told["wireModel"], "m1");
  EXPECT_FALSE(told.contains("headers"));
  model["contextTokens"] = 64000;
  EXPECT_EQ(Told(Resolved(Params(model)))["maxPromptTokens"], 64000);
}

TEST(ProfileTest, IsGivenOrNamedAfterTheProvider) {
  Json params =
      Params(Model("openai-responses", "https://api.example.com/v1"), "k-1");
  EXPECT_EQ(Resolved(params).profile_id, "byok:acme");
  params["authProfileId"] = " acme:work ";
  EXPECT_EQ(Resolved(params).profile_id, "acme:work");
}

TEST(ProfileTest, EveryPartMakesAnotherVersion) {
  const Json model = Model("openai-responses", "https://api.example.com/v1");
  const std::string version = Resolved(Params(model, "k-1")).profile_version;
  EXPECT_EQ(version.rfind("sha256:", 0), 0u);
  EXPECT_EQ(version.find("k-1"), version.npos);
  EXPECT_EQ(Resolved(Params(model, "k-1")).profile_version, version);
  EXPECT_NE(Resolved(Params(model, "k-2")).profile_version, version);
  const auto changed = [&](const char* member, const Json& value) {
    Json other = model;
    other[member] = value;
    return Resolved(Params(other, "k-1")).profile_version;
  };
  EXPECT_NE(changed("baseUrl", "https://api.example.com/v2"), version);
  EXPECT_NE(changed("api", "openai-completions"), version);
  EXPECT_NE(changed("id", "m2"), version);
  EXPECT_NE(changed("headers", {{"x", "y"}}), version);
  EXPECT_NE(changed("authHeader", true), version);
  EXPECT_NE(changed("contextWindow", 1000), version);
  EXPECT_NE(changed("maxTokens", 1000), version);
  EXPECT_NE(changed("request", {{"auth", {{"mode", "header"}}}}), version);
}

}  // namespace
}  // namespace copilot::harness
