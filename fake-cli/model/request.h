// SPDX-License-Identifier: MIT
//
// What the CLI asks a model endpoint (protocol 22).
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "fake-cli/model/model_call.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {

// The wire API of a session's provider.
const WireApi& ApiOf(const nlohmann::json& provider);

// The system message as the conversation has it before the others: Anthropic
// gets its parts one by one.
nlohmann::json SystemMessages(const Session& session);

// What the next call of the session asks, with `messages` behind its system
// message.
Prompt MakePrompt(const Session& session, const nlohmann::json& messages);

// The request of it, to the session's provider.
ModelRequest MakeRequest(const Session& session, const Prompt& prompt);

// `interaction` may be null.
std::map<std::string, std::string> RequestHeaders(
    const nlohmann::json& provider, bool user_initiated,
    const char* interaction);
// Those of an object of texts go over the ones that are there.
void AddRequestHeaders(const nlohmann::json& headers,
                       std::map<std::string, std::string>* out);

std::string BaseUrl(const nlohmann::json& provider);

// What a request was made of, for the events about its failure: raw JSON.
// `messages` are those behind the system message.
std::string Fingerprint(const nlohmann::json& messages);

}  // namespace copilot::fake_cli
