// SPDX-License-Identifier: MIT
//
// What the CLI asks a model endpoint (protocol 22).
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "fake-cli/model_client.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {

// The next request of the session, with `messages` behind its system message.
ModelRequest MakeRequest(const Session& session,
                         const nlohmann::json& messages);

// `interaction` may be null.
std::map<std::string, std::string> RequestHeaders(
    const nlohmann::json& provider, bool user_initiated,
    const char* interaction);
// Those of an object of texts go over the ones that are there.
void AddRequestHeaders(const nlohmann::json& headers,
                       std::map<std::string, std::string>* out);

std::string BaseUrl(const nlohmann::json& provider);

// What the request was made of, for the events about its failure: raw JSON.
std::string Fingerprint(const nlohmann::json& messages);

}  // namespace copilot::fake_cli
