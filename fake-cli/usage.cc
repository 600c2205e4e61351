// SPDX-License-Identifier: MIT
#include "fake-cli/usage.h"

#include <algorithm>

#include "fake-cli/identity.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

Json Metrics(const TokenUsage& usage) {
  Json tokens = {{"inputTokens", usage.input},
                 {"outputTokens", usage.output},
                 {"cacheReadTokens", usage.cache_read},
                 {"cacheWriteTokens", usage.cache_write}};
  if (usage.reasoning >= 0) tokens["reasoningTokens"] = usage.reasoning;
  return {{"requests", {{"count", usage.calls}, {"cost", 0}}},
          {"usage", std::move(tokens)},
          {"totalNanoAiu", 0}};
}

Json Credited(Json metrics) {
  metrics["aiCreditsStatus"] = "unavailable";
  return metrics;
}

}  // namespace

void TokenUsage::Add(const TokenUsage& other) {
  calls += other.calls;
  input += other.input;
  output += other.output;
  cache_read += other.cache_read;
  cache_write += other.cache_write;
  duration_ms += other.duration_ms;
  if (other.reasoning >= 0) {
    reasoning = std::max<int64_t>(reasoning, 0) + other.reasoning;
  }
}

void Usage::Add(const std::string& model, const TokenUsage& call) {
  models_[model].Add(call);
  last_ = call;
  calls_ += call.calls;
  duration_ms_ += call.duration_ms;
}

Json Usage::ModelMetrics() const {
  Json all = Json::object();
  for (const auto& [model, usage] : models_) all[model] = Metrics(usage);
  return all;
}

Json Usage::AgentMetrics() const {
  return {{"main",
           {{"totalApiDurationMs", duration_ms_},
            {"totalNanoAiu", 0},
            {"modelMetrics", ModelMetrics()}}}};
}

Json Usage::ProviderModelMetrics() const {
  Json list = Json::array();
  for (const auto& [model, usage] : models_) {
    list.push_back({{"provider", nullptr},
                    {"modelId", model},
                    {"metrics", Credited(Metrics(usage))},
                    {"modelDisplayName", model}});
  }
  return list;
}

void Usage::AddEdit(const std::string& path, int64_t added, int64_t removed) {
  edited_.insert(path);
  lines_added_ += added;
  lines_removed_ += removed;
}

Json Usage::CodeChanges() const {
  return {{"linesAdded", lines_added_},
          {"linesRemoved", lines_removed_},
          {"filesModified", edited_}};
}

Json Usage::Snapshot(int64_t session_start_ms, const std::string& model) const {
  Json changes = CodeChanges();
  changes["filesModifiedCount"] = edited_.size();
  Json models = Json::object();
  for (const auto& [name, usage] : models_) {
    models[name] = Credited(Metrics(usage));
  }
  return {{"totalPremiumRequestCost", 0},
          {"totalUserRequests", user_requests_},
          {"totalNanoAiu", 0},
          {"aiCreditsStatus", "unavailable"},
          {"totalApiDurationMs", duration_ms_},
          {"sessionStartTime", IsoTime(session_start_ms)},
          {"codeChanges", std::move(changes)},
          {"modelMetrics", std::move(models)},
          {"agentMetrics", AgentMetrics()},
          {"providerModelMetrics", ProviderModelMetrics()},
          {"currentModel", model},
          {"lastCallInputTokens", last_.input},
          {"lastCallOutputTokens", last_.output}};
}

}  // namespace copilot::fake_cli
