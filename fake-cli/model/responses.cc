// SPDX-License-Identifier: MIT
//
// OpenAI responses.
#include <map>
#include <utility>

#include "fake-cli/json_read.h"
#include "fake-cli/model/wire_api.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// The parts of a user's message.
Json Parts(const Json& content) {
  if (content.is_string()) {
    return Json::array({{{"type", "input_text"}, {"text", content}}});
  }
  Json parts = Json::array();
  for (const Json& part : content) {
    if (part.value("type", "") == "image_url") {
      parts.push_back({{"type", "input_image"},
                       {"detail", "auto"},
                       {"image_url", TextOf(part["image_url"], "url")}});
    } else {
      parts.push_back({{"type", "input_text"}, {"text", TextOf(part, "text")}});
    }
  }
  return parts;
}

void AddSpoken(const Json& message, Json* input) {
  const std::string text = TextOf(message, "content");
  if (!text.empty()) {
    input->push_back(
        {{"role", "assistant"},
         {"content", Json::array({{{"type", "output_text"}, {"text", text}}})},
         {"type", "message"}});
  }
  for (const Json& call : message.value("tool_calls", Json::array())) {
    const std::string id = TextOf(call, "id");
    const Json function = call.value("function", Json::object());
    input->push_back({{"type", "function_call"},
                      {"id", "fc_" + id},
                      {"name", TextOf(function, "name")},
                      {"arguments", TextOf(function, "arguments")},
                      {"call_id", id},
                      {"status", "completed"}});
  }
}

Json Input(const Json& messages) {
  Json input = Json::array();
  for (const Json& message : messages) {
    const std::string role = TextOf(message, "role");
    if (role == "tool") {
      input.push_back({{"type", "function_call_output"},
                       {"call_id", TextOf(message, "tool_call_id")},
                       {"output", message.value("content", Json(""))}});
    } else if (role == "assistant") {
      AddSpoken(message, &input);
    } else {
      input.push_back({{"role", role},
                       {"content", Parts(message.value("content", Json("")))},
                       {"type", "message"}});
    }
  }
  return input;
}

Json Tools(const Prompt& prompt) {
  Json tools = Json::array();
  for (const ToolDefinition& tool : prompt.tools) {
    tools.push_back({{"type", "function"},
                     {"name", tool.name},
                     {"description", tool.description},
                     {"parameters", tool.parameters},
                     {"strict", false}});
  }
  return tools;
}

Json Body(const Prompt& prompt) {
  Json reasoning = {{"summary", "auto"}};
  if (!prompt.reasoning_effort.empty()) {
    reasoning["effort"] = prompt.reasoning_effort;
  }
  Json body = {{"model", prompt.model},
               {"instructions", SystemText(prompt.system)},
               {"input", Input(prompt.messages)},
               {"reasoning", std::move(reasoning)},
               {"prompt_cache_key", prompt.cache_key},
               {"store", false},
               {"stream", prompt.stream},
               {"include", {"reasoning.encrypted_content"}},
               {"parallel_tool_calls", true}};
  if (prompt.max_output_tokens > 0) {
    body["max_output_tokens"] = prompt.max_output_tokens;
  }
  if (!prompt.tools.empty()) body["tools"] = Tools(prompt);
  if (!prompt.may_call_tools) body["tool_choice"] = "none";
  return body;
}

class Reader : public AnswerReader {
 public:
  Reader() {
    answer_.endpoint = "/responses";
    answer_.refusable = true;
    answer_.cache_reported = true;
    answer_.reasoning_summary = "detailed";
    answer_.message_members = {
        {"serverTools", {{"provider", "openai-responses"}}}};
  }

  const char* name() const override { return "responses"; }

  std::optional<ModelFailure> ReadEvent(const Json& event,
                                        const PartListener& to) override {
    const std::string type = TextOf(event, "type");
    if (type == "response.output_item.added") {
      Begin(ObjectOf(event, "item"), to);
    } else if (type == "response.output_text.delta") {
      const std::string text = TextOf(event, "delta");
      AddText(text);
      to.on_text(text);
    } else if (type == "response.reasoning_summary_text.delta") {
      const std::string text = TextOf(event, "delta");
      answer_.reasoning += text;
      to.on_reasoning(text);
    } else if (type == "response.function_call_arguments.delta") {
      AddArguments(event, to);
    } else if (type == "response.completed" || type == "response.incomplete") {
      ended_ = true;
      AddFacts(ObjectOf(event, "response"));
    } else if (type == "error" || type == "response.failed") {
      return ToldError(event);
    }
    return std::nullopt;
  }

  std::optional<ModelFailure> End() override {
    if (ended_) return std::nullopt;
    return Lost("Responses stream ended without a terminal event");
  }

  std::optional<ModelFailure> ReadWhole(const Json& document) override {
    if (!document.is_object() || !document.contains("output")) {
      return Lost("Failed to parse responses response");
    }
    const PartListener nobody = {[](const auto&) {}, [](const auto&) {},
                                 [](const auto&) {}, [] {}};
    for (const Json& item : ListOf(document, "output")) {
      Begin(item, nobody);
      for (const Json& part : ListOf(item, "content")) {
        const std::string text = TextOf(part, "text");
        if (!text.empty()) AddText(text);
      }
      for (const Json& part : ListOf(item, "summary")) {
        answer_.reasoning += TextOf(part, "text");
      }
      if (TextOf(item, "type") == "function_call") {
        answer_.tools.back().arguments = TextOf(item, "arguments");
      }
    }
    AddFacts(document);
    return std::nullopt;
  }

 private:
  void Begin(const Json& item, const PartListener& to) {
    const std::string type = TextOf(item, "type");
    if (type == "message") {
      answer_.message_members["responses_message_status"] = "completed";
      to.on_message();
    } else if (type == "function_call") {
      calls_[TextOf(item, "id")] = answer_.tools.size();
      ToolRequest call;
      call.id = TextOf(item, "call_id");
      call.name = TextOf(item, "name");
      call.arguments.clear();
      answer_.tools.push_back(std::move(call));
    }
  }

  void AddArguments(const Json& event, const PartListener& to) {
    const auto found = calls_.find(TextOf(event, "item_id"));
    if (found == calls_.end()) return;
    ToolRequest& call = answer_.tools[found->second];
    const std::string part = TextOf(event, "delta");
    call.arguments += part;
    ToolRequest told = call;
    told.arguments = part;
    to.on_tool(told);
  }

  static ModelFailure ToldError(const Json& event) {
    Json error = event;
    if (event.contains("response")) {
      error = ObjectOf(event["response"], "error");
    }
    ModelFailure failure = Lost(TextOf(error, "message"));
    failure.code = TextOf(error, "code");
    failure.told = true;
    return failure;
  }

  void AddFacts(const Json& response) {
    const std::string id = TextOf(response, "id");
    if (!id.empty()) answer_.api_call_id = id;
    const Json& created = MemberOf(response, "created_at");
    if (created.is_number_integer()) answer_.created = created;
    const std::string why =
        TextOf(ObjectOf(response, "incomplete_details"), "reason");
    answer_.finish = why == "max_output_tokens" ? "length"
                     : answer_.tools.empty()    ? "stop"
                                                : "tool_calls";
    AddUsage(MemberOf(response, "usage"));
  }

  void AddUsage(const Json& usage) {
    if (!usage.is_object()) return;
    const auto count = [&](const char* name, const char* detail) {
      return NumberOf(ObjectOf(usage, name), detail);
    };
    const auto input = NumberOf(usage, "input_tokens");
    const auto output = NumberOf(usage, "output_tokens");
    const int64_t cached = count("input_tokens_details", "cached_tokens");
    const int64_t reasoning =
        count("output_tokens_details", "reasoning_tokens");
    answer_.usage = {{"inputTokens", input},
                     {"outputTokens", output},
                     {"cacheReadTokens", cached},
                     {"cacheWriteTokens", 0},
                     {"reasoningTokens", reasoning}};
    answer_.raw_usage = {
        {"prompt_tokens", input},
        {"completion_tokens", output},
        {"total_tokens", NumberOf(usage, "total_tokens", input + output)},
        {"prompt_tokens_details",
         {{"cached_tokens", cached}, {"cache_creation_tokens", 0}}},
        {"completion_tokens_details", {{"reasoning_tokens", reasoning}}}};
  }

  std::map<std::string, size_t> calls_;  // by item: of the answer's tools
  bool ended_ = false;
};

std::unique_ptr<AnswerReader> NewReader() { return std::make_unique<Reader>(); }

}  // namespace

const WireApi& Responses() {
  static constexpr WireApi kApi = {"/responses", "OpenAI/JS 5.20.1", Body,
                                   NewReader};
  return kApi;
}

}  // namespace copilot::fake_cli
