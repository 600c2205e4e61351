// SPDX-License-Identifier: MIT
//
// OpenAI chat completions, which Azure and most other endpoints speak, too.
#include <fmt/format.h>

#include <utility>

#include "fake-cli/json_read.h"
#include "fake-cli/model/wire_api.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// A message without what only the CLI keeps with it.
Json ForTheModel(const Json& message) {
  Json sent = Json::object();
  for (const char* name : {"role", "content", "tool_calls", "tool_call_id"}) {
    const auto member = message.find(name);
    if (member != message.end()) sent[name] = *member;
  }
  return sent;
}

Json Tools(const Prompt& prompt) {
  Json tools = Json::array();
  for (const ToolDefinition& tool : prompt.tools) {
    tools.push_back({{"type", "function"},
                     {"function",
                      {{"name", tool.name},
                       {"description", tool.description},
                       {"parameters", tool.parameters}}}});
  }
  return tools;
}

Json Body(const Prompt& prompt) {
  Json messages = Json::array(
      {{{"role", "system"}, {"content", SystemText(prompt.system)}}});
  for (const Json& message : prompt.messages) {
    messages.push_back(ForTheModel(message));
  }
  Json body = {{"model", prompt.model},
               {"messages", std::move(messages)},
               {"temperature", 0}};
  if (prompt.reasoning_effort.empty()) {
    body["top_p"] = 0.95;
    body["frequency_penalty"] = 0;
    body["presence_penalty"] = 0;
  } else {
    body["reasoning_effort"] = prompt.reasoning_effort;
  }
  if (prompt.max_output_tokens > 0) {
    body["max_tokens"] = prompt.max_output_tokens;
  }
  if (!prompt.tools.empty()) body["tools"] = Tools(prompt);
  if (!prompt.may_call_tools) body["tool_choice"] = "none";
  if (prompt.stream) {
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
  }
  return body;
}

// Of an answer; what has a higher index is no call.
constexpr size_t kMostTools = 1000;

class Reader : public AnswerReader {
 public:
  const char* name() const override { return "chat-completions"; }

  std::optional<ModelFailure> ReadEvent(const Json& chunk,
                                        const PartListener& to) override {
    if (chunk.contains("error")) {
      ModelFailure failure = Lost(TextOf(MemberOf(chunk, "error"), "message"));
      failure.told = true;
      return failure;
    }
    AddFacts(chunk);
    const Json& choices = ListOf(chunk, "choices");
    if (choices.empty()) return std::nullopt;
    const Json& delta = ObjectOf(choices[0], "delta");
    const std::string reasoning = TextOf(delta, "reasoning_content");
    if (!reasoning.empty()) {
      answer_.reasoning += reasoning;
      to.on_reasoning(reasoning);
    }
    const std::string text = TextOf(delta, "content");
    if (!text.empty()) {
      AddText(text);
      to.on_text(text);
    }
    for (const ToolRequest& tool : AddToolCalls(ListOf(delta, "tool_calls"))) {
      to.on_tool(tool);
    }
    SetFinish(choices[0]);
    return std::nullopt;
  }

  std::optional<ModelFailure> End() override {
    if (!answer_.finish.empty()) return std::nullopt;
    return Lost(
        "Failed to finalize chat-completions stream: missing finish_reason "
        "for choice 0");
  }

  std::optional<ModelFailure> ReadWhole(const Json& document) override {
    const Json& choices = ListOf(document, "choices");
    if (choices.empty()) {
      return Lost("Failed to parse chat-completions response");
    }
    AddFacts(document);
    const Json& message = ObjectOf(choices[0], "message");
    const std::string text = TextOf(message, "content");
    if (!text.empty()) AddText(text);
    answer_.reasoning += TextOf(message, "reasoning_content");
    AddToolCalls(ListOf(message, "tool_calls"));
    SetFinish(choices[0]);
    return std::nullopt;
  }

 private:
  void AddFacts(const Json& document) {
    const std::string id = TextOf(document, "id");
    if (!id.empty()) answer_.api_call_id = id;
    const Json& created = MemberOf(document, "created");
    if (created.is_number_integer()) answer_.created = created;
    AddUsage(MemberOf(document, "usage"));
  }

  void AddUsage(const Json& usage) {
    if (!usage.is_object()) return;
    answer_.raw_usage = usage;
    answer_.usage = {{"inputTokens", NumberOf(usage, "prompt_tokens")},
                     {"outputTokens", NumberOf(usage, "completion_tokens")}};
    const Json& cached = MemberOf(usage, "prompt_tokens_details");
    if (cached.is_object()) {
      answer_.usage["cacheReadTokens"] = NumberOf(cached, "cached_tokens");
    }
  }

  // Returns what was added, each with its id and name.
  std::vector<ToolRequest> AddToolCalls(const Json& calls) {
    std::vector<ToolRequest> added;
    for (size_t i = 0; i < calls.size(); ++i) {
      const auto index = static_cast<size_t>(
          NumberOf(calls[i], "index", static_cast<int64_t>(i)));
      if (index > kMostTools) continue;
      if (answer_.tools.size() <= index) {
        answer_.tools.resize(index + 1);
        answer_.tools.back().arguments.clear();
      }
      ToolRequest& tool = answer_.tools[index];
      const std::string id = TextOf(calls[i], "id");
      if (!id.empty()) tool.id = id;
      const Json& function = ObjectOf(calls[i], "function");
      tool.name += TextOf(function, "name");
      const std::string arguments = TextOf(function, "arguments");
      tool.arguments += arguments;
      added.push_back(tool);
      added.back().arguments = arguments;
    }
    return added;
  }

  void SetFinish(const Json& choice) {
    const std::string reason = TextOf(choice, "finish_reason");
    if (!reason.empty()) answer_.finish = reason;
  }
};

std::unique_ptr<AnswerReader> NewReader() { return std::make_unique<Reader>(); }

}  // namespace

const WireApi& ChatCompletions() {
  static constexpr WireApi kApi = {"/chat/completions", "OpenAI/JS 5.20.1",
                                   Body, NewReader};
  return kApi;
}

}  // namespace copilot::fake_cli
