// SPDX-License-Identifier: MIT
#include "fake-cli/model/events.h"

#include <map>

#include "fake-cli/identity.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/tokens.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr int64_t kUsualPromptLimit = 128000;

// Models that reason do so with medium effort unless they are told.
std::string EffortOf(const SessionConfig& config) {
  if (!config.reasoning_effort.empty()) return config.reasoning_effort;
  return config.model.rfind("gpt-5", 0) == 0 ? "medium" : "";
}

std::string Number(double value) { return Json(value).dump(); }

// The models whose window the CLI knows without asking anybody; 0 otherwise.
int64_t ContextWindow(const std::string& model) {
  static const std::map<std::string, int64_t> known = {
      {"claude-sonnet-4.5", 200000},
      {"claude-sonnet-4", 200000},
      {"claude-haiku-4.5", 200000},
      {"gpt-4.1", 128000},
      {"gpt-4o", 128000},
      {"gpt-5-mini", 264000},
      {"gpt-5", 264000}};
  const auto found = known.find(model);
  return found == known.end() ? 0 : found->second;
}

std::string ModelInfo(const SessionConfig& config) {
  const std::string vision = R"({"max_prompt_image_size":3145728,)"
                             R"("max_prompt_images":1,"supported_media_types":)"
                             R"(["image/jpeg","image/png","image/webp"]})";
  JsonObject limits;
  limits.Int("max_prompt_tokens", PromptLimit(config)).Raw("vision", vision);
  if (const int64_t window = ContextWindow(config.model); window > 0) {
    limits.Int("max_context_window_tokens", window);
  }
  const std::string capabilities =
      JsonObject()
          .Raw("supports",
               R"({"vision":false,"adaptive_thinking":"unsupported"})")
          .Raw("limits", limits.str())
          .str();
  return JsonObject()
      .Text("id", config.model)
      .Text("name", config.model)
      .Raw("capabilities", capabilities)
      .Raw("supported_endpoints", R"(["/chat/completions"])")
      .str();
}

// The model call as an event about its answer names it.
JsonObject CallFacts(const ModelCallScope& scope, const ModelAnswer& answer) {
  JsonObject call;
  call.Text("model", scope.config.model)
      .Text("api_id", answer.api_call_id)
      .Text("api_endpoint", answer.endpoint)
      .Null("request_id")
      .Null("client_request_id")
      .Null("service_request_id")
      .Bool("rte", false)
      .Text("initiator", scope.initiator)
      .Text("transport", "http");
  return call;
}

void AddTimes(const ModelAnswer& answer, const char* first, JsonObject* data) {
  if (answer.first_chunk_ms < 0) return;
  data->Raw(first, Number(answer.first_chunk_ms));
  if (!answer.chunks.empty() || !answer.tools.empty()) {
    data->Raw("outputTtftMs", Number(answer.first_chunk_ms));
  }
  data->Raw("interTokenLatencyMs", Number(answer.between_chunks_ms));
}

Json RawUsage(const ModelAnswer& answer) {
  if (answer.raw_usage.is_object()) return answer.raw_usage;
  const int64_t input = answer.usage.value("inputTokens", int64_t{0});
  const int64_t output = answer.usage.value("outputTokens", int64_t{0});
  return {{"prompt_tokens", input},
          {"completion_tokens", output},
          {"total_tokens", input + output}};
}

Json ToolCalls(const ModelAnswer& answer, bool indexed) {
  Json calls = Json::array();
  for (const ToolRequest& tool : answer.tools) {
    Json call = {
        {"id", tool.id},
        {"type", "function"},
        {"function", {{"name", tool.name}, {"arguments", tool.arguments}}}};
    if (indexed || answer.indexed_tools) call["index"] = calls.size();
    calls.push_back(std::move(call));
  }
  return calls;
}

// What the CLI makes of any answer: one chunk of a stream with all of it, in
// which text and tool calls are choices of their own.
Json ResponseChunk(const ModelCallScope& scope, const ModelAnswer& answer) {
  Json choices = Json::array();
  const auto choose = [&](Json delta) {
    delta["role"] = "assistant";
    if (answer.refusable) delta["refusal"] = nullptr;
    choices.push_back({{"delta", std::move(delta)},
                       {"finish_reason", answer.finish_reason()},
                       {"index", 0}});
  };
  if (!answer.chunks.empty() || answer.tools.empty()) {
    Json delta = {{"content", nullptr}};
    if (!answer.chunks.empty()) {
      delta = {{"responses_message_status", "completed"},
               {"content", answer.text()}};
    }
    if (!answer.reasoning.empty()) delta["reasoning_text"] = answer.reasoning;
    choose(std::move(delta));
  }
  if (!answer.tools.empty()) {
    choose({{"content", nullptr}, {"tool_calls", ToolCalls(answer, true)}});
  }
  return {{"id", answer.api_call_id},      {"object", "chat.completion.chunk"},
          {"created", answer.created},     {"model", scope.config.model},
          {"choices", std::move(choices)}, {"usage", RawUsage(answer)}};
}

void AddProvider(const ModelCallScope& scope, JsonObject* data) {
  const ProviderFacts facts = FactsOf(scope.config);
  data->Bool("isByok", facts.byok)
      .TextIf("byokKind", facts.kind)
      .TextIf("modelProvider", facts.provider)
      .TextIf("providerType", facts.type)
      .Bool("isAuto", false);
}

// What was asked, which only a summary's call tells.
void AddRequest(const ModelCallScope& scope, JsonObject* data) {
  if (!scope.summary) return;
  data->Text("requestMessages", scope.request_messages)
      .Raw("requestSettings", R"({"enabledFeatureFlags":[]})");
}

std::string ToolCounts(const ModelAnswer& answer) {
  std::map<std::string, int> counts;
  for (const ToolRequest& tool : answer.tools) ++counts[tool.name];
  return Dump(counts);
}

void AddError(const CallFailure& failure, const char* message,
              JsonObject* data) {
  data->Text(message, failure.error_json);
}

}  // namespace

ProviderFacts FactsOf(const SessionConfig& config) {
  if (!config.provider.is_object()) return {};
  const auto type = config.provider.find("type");
  ProviderFacts facts{true, "local_user", "other", "openai"};
  if (type != config.provider.end() && type->is_string()) facts.type = *type;
  if (facts.type == "anthropic") facts.provider = "anthropic";
  if (facts.type == "azure") facts.provider = "azure_openai";
  return facts;
}

int64_t PromptLimit(const SessionConfig& config) {
  if (!config.provider.is_object()) return kUsualPromptLimit;
  const auto limit = config.provider.find("maxPromptTokens");
  const bool given =
      limit != config.provider.end() && limit->is_number_integer();
  return given ? limit->get<int64_t>() : kUsualPromptLimit;
}

std::string StageEvent(std::string_view kind, const SessionConfig& config,
                       int turn, std::string_view more) {
  std::string data = JsonObject()
                         .Text("kind", kind)
                         .Text("model", config.model)
                         .Raw("modelInfo", ModelInfo(config))
                         .Int("turn", turn)
                         .Int("timestampMs", NowMs())
                         .str();
  if (!more.empty()) {
    data.back() = ',';
    data.append(more).push_back('}');
  }
  return data;
}

Json SpokenMessage(const ModelAnswer& answer) {
  Json message = {{"role", "assistant"}, {"content", nullptr}};
  if (!answer.chunks.empty()) message["content"] = answer.text();
  if (answer.refusable) message["refusal"] = nullptr;
  if (!answer.reasoning.empty()) message["reasoning_text"] = answer.reasoning;
  if (!answer.tools.empty()) message["tool_calls"] = ToolCalls(answer, false);
  if (answer.message_members.is_object()) {
    message.update(answer.message_members);
  }
  return message;
}

std::string UsageEvent(const ModelCallScope& scope, const ModelAnswer& answer,
                       const std::string& accounting) {
  const auto count = [&](const char* name) {
    return answer.usage.value(name, Json(0)).dump();
  };
  JsonObject data;
  data.Text("model", scope.config.model)
      .Text("modelDisplayName", scope.config.model)
      .Raw("inputTokens", count("inputTokens"))
      .Raw("outputTokens", count("outputTokens"))
      .Raw("cacheReadTokens", count("cacheReadTokens"))
      .Raw("cacheWriteTokens", count("cacheWriteTokens"));
  if (answer.usage.contains("reasoningTokens")) {
    data.Raw("reasoningTokens", count("reasoningTokens"));
  }
  data.Raw("cost", "0").Int("duration", answer.duration_ms);
  AddTimes(answer, "timeToFirstTokenMs", &data);
  data.Text("initiator", scope.initiator)
      .Text("interactionType", scope.interaction_type);
  AddProvider(scope, &data);
  data.Int("maxPromptTokens", PromptLimit(scope.config));
  if (answer.max_output_tokens > 0) {
    data.Int("maxOutputTokens", answer.max_output_tokens);
  }
  data.Text("transport", "http")
      .Int("requestBodyBytes", answer.request_bytes)
      .Int("requestBodyWireBytes", answer.request_bytes)
      .Text("requestBodyEncoding", "identity")
      .Text("apiCallId", answer.api_call_id)
      .Bool("rte", false)
      .Text("apiEndpoint", answer.endpoint)
      .Raw("quotaSnapshots", "{}")
      .Text("aiCreditsStatus", "unavailable")
      .TextIf("reasoningEffort", EffortOf(scope.config))
      .TextIf("reasoningSummary", answer.reasoning_summary)
      .Int("availableToolCount", scope.tool_count);
  if (scope.tool_count > 0) data.Int("toolTokenCount", scope.tool_tokens);
  data.Int("customToolCallCount", 0)
      .Int("unmatchedToolResultCount", 0)
      .Int("orphanToolCallCount", 0)
      .Text("frontierSource",
            answer.cache_reported ? "reported_writes" : "estimated")
      .Bool("cacheDetailsReported", answer.cache_reported)
      .Int("numToolCalls", static_cast<int64_t>(answer.tools.size()))
      .Raw("toolCounts", ToolCounts(answer))
      .Text("finishReason", answer.finish_reason())
      .Bool("contentFilterTriggered", false)
      .RawIf("accounting", accounting)
      .TextIf("parentToolCallId", scope.parent_tool_call);
  return data.str();
}

std::string CallSuccessEvent(const ModelCallScope& scope,
                             const ModelAnswer& answer) {
  JsonObject call = CallFacts(scope, answer);
  call.Int("request_body_bytes", answer.request_bytes)
      .Int("request_body_wire_bytes", answer.request_bytes)
      .Text("request_body_encoding", "identity");
  Json usage = RawUsage(answer);
  usage["prompt_cache_frontier_source"] =
      answer.cache_reported ? "reported_writes" : "estimated";
  usage["prompt_cache_details_reported"] = answer.cache_reported;
  JsonObject data;
  data.Text("kind", "model_call_success")
      .Int("turn", scope.turn)
      .Int("modelCallDurationMs", answer.duration_ms);
  AddTimes(answer, "ttftMs", &data);
  data.Raw("modelCall", call.str())
      .Raw("responseChunk", Dump(ResponseChunk(scope, answer)))
      .Raw("responseUsage", Dump(usage));
  AddRequest(scope, &data);
  data.Raw("quotaSnapshots", "{}")
      .Bool("rte", false)
      .TextIf("reasoningEffort", EffortOf(scope.config))
      .TextIf("reasoningSummary", answer.reasoning_summary);
  if (!scope.summary) data.Int("maxPromptTokens", PromptLimit(scope.config));
  if (answer.max_output_tokens > 0) {
    data.Int("maxOutputTokens", answer.max_output_tokens);
  }
  data.Int("toolCount", scope.tool_count);
  if (scope.tool_count > 0 && !scope.summary)
    data.Int("toolTokenCount", scope.tool_tokens);
  data.Int("customToolCallCount", 0)
      .Int("unmatchedToolResultCount", 0)
      .Int("orphanToolCallCount", 0)
      .Text("modelDisplayName", scope.config.model);
  return data.str();
}

std::string MessageEvent(const ModelCallScope& scope, const ModelAnswer& answer,
                         const Json& message, std::string_view source) {
  JsonObject data;
  data.Text("kind", "message")
      .Int("turn", scope.turn)
      .Raw("modelCall", CallFacts(scope, answer).str());
  if (message.contains("reasoning_text")) {
    data.Text("reasoningWireField", "reasoning_content");
  }
  data.Raw("message", Dump(message)).TextIf("source", source);
  return data.str();
}

std::string ResponseEvent(const ModelCallScope& scope,
                          const ModelAnswer& answer) {
  return JsonObject()
      .Text("kind", "response")
      .Int("turn", scope.turn)
      .Raw("modelCall", JsonObject()
                            .Text("model", scope.config.model)
                            .Text("api_id", answer.api_call_id)
                            .str())
      .Raw("response", Dump(SpokenMessage(answer)))
      .RawIf("responseOwnUndefinedProperties", answer.undefined_members)
      .str();
}

std::string CancelledCallEvent(const ModelCallScope& scope,
                               const std::string& event_id,
                               const char* endpoint, bool user_initiated,
                               int64_t duration_ms, int attempt,
                               const std::string& request) {
  const ProviderFacts facts = FactsOf(scope.config);
  const Json properties = {
      {"event_id", event_id},
      {"api_endpoint", endpoint},
      {"transport", "http"},
      {"cancellation_source", "abort_signal"},
      {"interaction_type",
       user_initiated ? "conversation-user" : "conversation-agent"},
      {"initiator", scope.initiator},
      {"is_byok", facts.byok ? "true" : "false"},
      {"is_auto", "false"}};
  const Json made_of = Json::parse(request);
  Json metrics = {{"duration_ms", duration_ms},
                  {"attempt_index", attempt},
                  {"retry_index", attempt},
                  {"max_prompt_tokens", PromptLimit(scope.config)}};
  for (const auto& [metric, count] :
       {std::pair{"request_message_count", "messageCount"},
        {"request_tool_result_message_count", "toolResultMessageCount"},
        {"request_tool_call_count", "toolCallCount"},
        {"request_nameless_tool_call_count", "namelessToolCallCount"},
        {"request_custom_tool_call_count", "customToolCallCount"},
        {"request_unmatched_tool_result_count", "unmatchedToolResultCount"},
        {"request_orphan_tool_call_count", "orphanToolCallCount"},
        {"request_image_part_count", "imagePartCount"},
        {"request_image_parts_missing_media_type",
         "imagePartsMissingMediaType"},
        {"request_image_bytes", "imageBytes"},
        {"request_reasoning_item_count", "reasoningItemCount"},
        {"request_encrypted_content_bytes", "encryptedContentBytes"}}) {
    metrics[metric] = made_of.at(count);
  }
  return Dump({{"kind", "telemetry"},
               {"telemetry",
                {{"event", "model_call_cancelled"},
                 {"properties", properties},
                 {"restrictedProperties", Json::object()},
                 {"metrics", std::move(metrics)}}}});
}

std::string CallFailureEvent(const ModelCallScope& scope,
                             const CallFailure& failure) {
  JsonObject data;
  data.Text("model", scope.config.model);
  if (failure.status != 0) data.Int("statusCode", failure.status);
  data.Int("durationMs", failure.duration_ms)
      .Text("apiEndpoint", failure.endpoint)
      .Text("transport", "http")
      .Int("requestBodyBytes", failure.request_bytes)
      .Int("requestBodyWireBytes", failure.request_bytes)
      .Text("requestBodyEncoding", "identity")
      .Int("retryAttempt", failure.attempt)
      .Text("failureKind", failure.status != 0 ? "api" : "transport")
      .Int("maxPromptTokens", PromptLimit(scope.config));
  AddProvider(scope, &data);
  data.Text("interactionType", scope.interaction_type)
      .Bool("rte", false)
      .Text("source", "top_level");
  AddError(failure, "errorMessage", &data);
  data.RawIf("requestFingerprint", failure.fingerprint)
      .TextIf("badRequestKind", failure.bad_request_kind)
      .TextIf("errorCode", failure.code)
      .TextIf("errorType", failure.type);
  return data.str();
}

std::string ModelCallFailureEvent(const ModelCallScope& scope,
                                  const CallFailure& failure) {
  JsonObject call;
  call.Text("model", scope.config.model);
  if (failure.status != 0) call.Int("status", failure.status);
  AddError(failure, "error", &call);
  call.Text("request_id", "")
      .Text("api_endpoint", failure.endpoint)
      .Text("transport", "http")
      .Text("failure_kind", failure.status != 0 ? "api" : "transport")
      .Bool("rte", false)
      .TextIf("badRequestKind", failure.bad_request_kind)
      .TextIf("errorCode", failure.code)
      .TextIf("errorType", failure.type)
      .Int("request_body_bytes", failure.request_bytes)
      .Int("request_body_wire_bytes", failure.request_bytes)
      .Text("request_body_encoding", "identity")
      .Int("retry_attempt", failure.attempt);
  JsonObject data;
  data.Text("kind", "model_call_failure")
      .Int("turn", scope.turn)
      .Int("modelCallDurationMs", failure.duration_ms)
      .Raw("modelCall", call.str())
      .Bool("rte", false);
  AddRequest(scope, &data);
  return data.str();
}

}  // namespace copilot::fake_cli
