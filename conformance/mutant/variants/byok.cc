// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kTrusted[] = "https://api.example.com/v1";
constexpr char kAzure[] = "https://r.openai.azure.com/openai/v1";

// The provider that new sessions, or resumed ones, are opened with.
Fault OnProvider(const std::string& request, PartChange change) {
  return OnCliRequest(request,
                      [change = std::move(change)](Json& params, State& state) {
                        if (params.contains("provider"))
                          change(params["provider"], state);
                      });
}

Fault OnNewProvider(PartChange change) {
  return OnProvider("session.create", std::move(change));
}

// The model of attempts that bring their own.
Fault OnModel(std::function<void(Json& model)> change) {
  return OnAttempt([change = std::move(change)](Json& params) {
    if (params.contains("model") && params["model"].is_object()) {
      change(params["model"]);
    }
  });
}

// Endpoints whose URL contains `part` are taken for `instead`.
Fault Believes(const std::string& part, const std::string& instead = kTrusted) {
  return OnModel([=](Json& model) {
    const std::string url = model.value("baseUrl", "");
    if (url.find(part) != url.npos) model["baseUrl"] = instead;
  });
}

// One API is taken for another.
Fault Mistakes(const std::string& api, const std::string& other) {
  return OnModel([=](Json& model) {
    if (model["api"] == api) model["api"] = other;
  });
}

// Overrides of how requests are made are passed over.
Fault Forgets(const std::string& override_name) {
  return OnModel([=](Json& model) {
    if (model.contains("request")) model["request"].erase(override_name);
  });
}

// The text of prompt errors that contain `part`, or their code.
Fault OnRefusal(const std::string& part, PartChange change) {
  return OnResult([=](Json& result, State& state) {
    Json& error = result["promptError"];
    if (!error.is_object()) return;
    const std::string text = error.value("message", "");
    if (text.find(part) != text.npos) change(error, state);
  });
}

}  // namespace

std::vector<Mutation> ByokMutations() {
  return {
      {"byok-anthropic-wire-api",
       {"BYOK-01"},
       "an Anthropic provider is given the wire API of OpenAI",
       {OnNewProvider([](Json& provider) {
         if (provider["type"] == "anthropic") provider["wireApi"] = "responses";
       })}},
      {"byok-anthropic-is-openai",
       {"BYOK-01"},
       "an Anthropic API is taken for one of OpenAI",
       {Mistakes("anthropic-messages", "openai-completions")}},
      {"byok-ollama-responses",
       {"BYOK-01"},
       "Ollama is asked with the responses API",
       {Mistakes("ollama", "openai-responses")}},
      {"byok-completions-as-responses",
       {"BYOK-01"},
       "the completions API is taken for the responses API",
       {Mistakes("openai-completions", "openai-responses")}},
      {"byok-no-wire-model",
       {"BYOK-01"},
       "the provider does not say how the model is called on the wire",
       {OnNewProvider(Erase("wireModel"))}},
      {"byok-unknown-api-is-openai",
       {"HAR-33"},
       "an API that nobody knows is taken for one of OpenAI",
       {Mistakes("cohere", "openai-responses")}},
      {"byok-azure-path",
       {"BYOK-02"},
       "the path of an Azure endpoint is kept",
       {OnNewProvider([](Json& provider) {
         if (provider["type"] != "azure") return;
         provider["baseUrl"] =
             provider["baseUrl"].get<std::string>() + "/openai/v1";
       })}},
      {"byok-azure-no-version",
       {"BYOK-02"},
       "the version of an Azure API is not passed on",
       {OnNewProvider(Erase("/azure/apiVersion"))}},
      {"byok-foundry-as-azure-openai",
       {"BYOK-03"},
       "an Azure AI endpoint is addressed as Azure OpenAI",
       {Believes("services.ai.azure.com", kAzure)}},
      {"byok-azure-anywhere",
       {"BYOK-04"},
       "an Azure API is looked for on any host",
       {Believes("azure.example.com", kAzure)}},
      {"byok-bearer-as-key",
       {"BYOK-05"},
       "a bearer token is sent as an API key",
       {OnNewProvider([](Json& provider) {
         if (!provider.contains("bearerToken")) return;
         provider["apiKey"] = provider["bearerToken"];
         provider.erase("bearerToken");
       })}},
      {"byok-key-as-bearer-too",
       {"BYOK-05"},
       "an API key is sent as a bearer token as well",
       {OnNewProvider([](Json& provider) {
         if (provider.contains("apiKey")) {
           provider["bearerToken"] = provider["apiKey"];
         }
       })}},
      {"byok-key-lost",
       {"BYOK-05"},
       "the API key is not sent",
       {OnNewProvider(Erase("apiKey"))}},
      {"byok-marker-sent",
       {"BYOK-06"},
       "a marker is sent as if it were a key",
       {OnAttempt([](Json& params) {
         if (params.value("resolvedApiKey", Json()) == "custom-local") {
           params["resolvedApiKey"] = "local";
         }
       })}},
      {"byok-key-beside-headers",
       {"BYOK-07"},
       "with header auth the key is sent as a key too",
       {Forgets("auth")}},
      {"byok-send-without-headers",
       {"BYOK-07", "BYOK-08", "SESS-43"},
       "a prompt is sent without the headers of its model",
       {OnCliRequest("session.send", Erase("requestHeaders"))}},
      {"byok-empty-headers",
       {"BYOK-08"},
       "headers without value are sent as empty ones",
       {OnModel([](Json& model) {
         if (!model.contains("headers")) return;
         for (Json& value : model["headers"]) {
           if (value.is_null()) value = "";
         }
       })}},
      {"byok-headers-always",
       {"SESS-43"},
       "a prompt for a model without headers has empty ones",
       {OnCliRequest("session.send",
                     [](Json& params) {
                       if (!params.contains("requestHeaders")) {
                         params["requestHeaders"] = Json::object();
                       }
                     })}},
      {"byok-context-tokens-ignored",
       {"BYOK-09"},
       "the context window wins over the tokens that may be used of it",
       {OnModel([](Json& model) { model.erase("contextTokens"); })}},
      {"byok-no-output-limit",
       {"BYOK-09"},
       "the limit of the output is not passed on",
       {OnNewProvider(Erase("maxOutputTokens"))}},
      {"byok-plain-http",
       {"BYOK-10"},
       "a plain http endpoint is accepted",
       {Believes("http://")}},
      {"byok-localhost-dot",
       {"BYOK-11"},
       "a dot at the end hides a local host",
       {Believes("localhost./")}},
      {"byok-encoded-host",
       {"BYOK-11"},
       "percent signs hide a local host",
       {Believes("%6C")}},
      {"byok-ipv6-loopback",
       {"BYOK-11"},
       "only IPv4 addresses are looked at",
       {Believes("[::")}},
      {"byok-numeric-hosts",
       {"BYOK-11"},
       "addresses that are one number, or octal or hexadecimal, are accepted",
       {Believes("//2130706433"), Believes("//0x7f"), Believes("//0177.")}},
      {"byok-private-network",
       {"BYOK-11"},
       "hosts of a private network are accepted",
       {Believes("//10.")}},
      {"byok-metadata",
       {"BYOK-11"},
       "the metadata service is accepted, by name and by address",
       {Believes("169.254."), Believes("metadata.google")}},
      {"byok-user-info",
       {"BYOK-12"},
       "user and password in an endpoint are passed over",
       {Believes("@api.example.com")}},
      {"byok-credential-case",
       {"BYOK-13"},
       "names of credentials in a query are compared with their case",
       {Believes("API-Key")}},
      {"byok-credential-encoded",
       {"BYOK-13"},
       "names in a query are not decoded",
       {Believes("a%70ikey"), Believes("api+key")}},
      {"byok-credential-encoded-twice",
       {"BYOK-13"},
       "names in a query are decoded only once",
       {Believes("%2570")}},
      {"byok-credential-token",
       {"BYOK-13"},
       "access tokens in a query are accepted",
       {Believes("access_token")}},
      {"byok-any-query-refused",
       {"BYOK-14"},
       "an endpoint with any query is refused",
       {Believes("?api-version", "https://api.example.com/v1?api_key=1")}},
      {"byok-proxy-override",
       {"BYOK-15"},
       "a proxy override is passed over",
       {Forgets("proxy")}},
      {"byok-false-overrides",
       {"BYOK-15"},
       "overrides that switch something off are passed over",
       {OnModel([](Json& model) {
         if (!model.contains("request")) return;
         Json& request = model["request"];
         for (const char* name : {"tls", "allowPrivateNetwork"}) {
           if (request.value(name, true) == false) request.erase(name);
         }
       })}},
      {"byok-override-unnamed",
       {"BYOK-15"},
       "an override is refused as if the endpoint were blocked",
       {OnRefusal("overrides",
                  Set("message",
                      "[copilot-attempt] BYOK endpoint is blocked by OpenClaw "
                      "SSRF policy"))}},
      {"byok-refused-without-code",
       {"BYOK-04", "BYOK-10", "BYOK-11", "BYOK-12", "BYOK-13", "BYOK-15",
        "HAR-33"},
       "a model that is refused gives an error without code",
       {OnRefusal("BYOK", Erase("code"))}},
      {"byok-shared-address",
       {"BYOK-16"},
       "every new session talks to the address of the first",
       {OnNewProvider([](Json& provider, State& state) {
         const Json first = state.world.Shared("address");
         if (first.is_null()) {
           state.world.Share("address", provider["baseUrl"]);
         } else {
           provider["baseUrl"] = first;
         }
       })}},
      {"byok-second-address-without-nonce",
       {"BYOK-16"},
       "the address of every session but the first has no nonce",
       {OnNewProvider([](Json& provider, State& state) {
         if (state.world.Shared("address").is_null()) {
           state.world.Share("address", true);
           return;
         }
         const std::string url = provider["baseUrl"];
         const size_t path = url.find('/', std::string("http://").size());
         provider["baseUrl"] = url.substr(0, path) + "/v1";
       })}},
      {"byok-resume-without-provider",
       {"BYOK-17"},
       "a session is resumed without its provider",
       {OnCliRequest("session.resume", Erase("provider"))}},
      {"byok-resume-at-old-address",
       {"BYOK-17", "CMP-17"},
       "a session is resumed at the address of the attempt before",
       {OnNewProvider([](Json& provider, State& state) {
          state.world.Share("address", provider["baseUrl"]);
        }),
        OnProvider("session.resume",
                   [](Json& provider, State& state) {
                     provider["baseUrl"] = state.world.Shared("address");
                   })}},
      {"byok-github-token",
       {"AUTH-28"},
       "a session with a provider of its own gets the GitHub token too",
       {OnCliRequest("session.create",
                     [](Json& params) {
                       if (params.contains("provider")) {
                         params["gitHubToken"] = "github";
                       }
                     })}},
      {"byok-without-tools",
       {"TOOL-02"},
       "a session with a provider of its own has no tools",
       {OnCliRequest("session.create",
                     [](Json& params) {
                       if (params.contains("provider")) {
                         params["tools"] = Json::array();
                       }
                     })}},
  };
}

}  // namespace copilot::conformance
