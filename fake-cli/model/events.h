// SPDX-License-Identifier: MIT
//
// What the CLI tells of its calls to the model: the data of `model.*` events
// and of assistant.usage, as raw JSON (protocol 10.1, 15.2).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fake-cli/brain.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {

// What the events of one model call have in common.
struct ModelCallScope {
  explicit ModelCallScope(const SessionConfig& config_in) : config(config_in) {}

  const SessionConfig& config;
  int turn = 0;
  std::string initiator = "user";  // or "agent", "sub-agent"
  std::string interaction_type = "conversation-agent";
  std::string parent_tool_call;  // of a sub-agent
  int64_t tool_count = 0;        // offered to the model
  int64_t tool_tokens = 0;
  bool summary = false;          // of a compaction
  std::string request_messages;  // JSON; of a compaction
};

// The members that tell whose model it is, for a session with a provider of
// its own (BYOK).
struct ProviderFacts {
  bool byok = false;
  std::string kind;      // "local_user"
  std::string provider;  // "other", "anthropic", …
  std::string type;      // "openai", "anthropic", "azure"
};
ProviderFacts FactsOf(const SessionConfig& config);

// How many tokens a prompt may have.
int64_t PromptLimit(const SessionConfig& config);

// turn_started, model_call_started, turn_ended, turn_retry, turn_failed.
// `more`: members that follow, raw, without braces.
std::string StageEvent(std::string_view kind, const SessionConfig& config,
                       int turn, std::string_view more = "");

// The answer as a message of the conversation.
nlohmann::json SpokenMessage(const ModelAnswer& answer);

std::string UsageEvent(const ModelCallScope& scope, const ModelAnswer& answer,
                       const std::string& accounting);
std::string CallSuccessEvent(const ModelCallScope& scope,
                             const ModelAnswer& answer);
// `message` is one of the conversation; `source` may be empty.
std::string MessageEvent(const ModelCallScope& scope, const ModelAnswer& answer,
                         const nlohmann::json& message,
                         std::string_view source = "");
std::string ResponseEvent(const ModelCallScope& scope,
                          const ModelAnswer& answer);

// model.telemetry of a call that was cancelled. `request` is what it was made
// of (Fingerprint in request.h).
std::string CancelledCallEvent(const ModelCallScope& scope,
                               const std::string& event_id,
                               const char* endpoint, bool user_initiated,
                               int64_t duration_ms, int attempt,
                               const std::string& request);

std::string CallFailureEvent(const ModelCallScope& scope,
                             const CallFailure& failure);
std::string ModelCallFailureEvent(const ModelCallScope& scope,
                                  const CallFailure& failure);

}  // namespace copilot::fake_cli
