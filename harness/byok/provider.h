// SPDX-License-Identifier: MIT
//
// A model that the host pays for itself: whose endpoint it is, how the CLI
// must talk to it, and with which credential (harness spec 13).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/attempt_types.h"
#include "harness/byok/url.h"
#include "harness/error.h"
#include "wire/secret.h"

namespace copilot::harness {

struct ByokProvider {
  Url endpoint;          // where its requests end up
  std::string type;      // "openai", "anthropic", "azure"
  std::string wire_api;  // "responses", "completions"; empty: none
  std::string model_id;
  wire::Secret key;     // empty: none, or in the headers
  bool bearer = false;  // the key goes into Authorization
  std::map<std::string, wire::Secret> headers;
  std::string azure_api_version;  // empty: none
  std::optional<int64_t> max_prompt_tokens;
  std::optional<int64_t> max_output_tokens;

  // What sessions and clients are kept apart by; no secret is in them.
  std::string profile_id;
  std::string profile_version;

  bool azure() const { return type == "azure"; }
};

// Whether an api, in any case, is one that the CLI can be told of.
bool IsByokApi(std::string_view api);

// Whether a model's requests are to go another way than the proxy's.
bool HasTransportOverride(const Json& model);

// Nothing for the subscription. Fails with code "model_not_supported" for a
// model that cannot be asked.
Expected<std::optional<ByokProvider>> ResolveByok(const AttemptParams& params);

// The identity of sessions and clients with such a model (harness spec 3.3).
ResolvedAuth AuthOf(const ByokProvider& provider);

// The provider of a session's config, with the endpoint at `base_url` and
// headers besides its own. Holds the credential: never log it.
Json SessionProvider(const ByokProvider& provider, const std::string& base_url,
                     const std::map<std::string, std::string>& more_headers);

// The headers that every message of the session has again; null without any.
Json RequestHeaders(const ByokProvider& provider);

}  // namespace copilot::harness
