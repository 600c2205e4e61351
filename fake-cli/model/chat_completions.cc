// SPDX-License-Identifier: MIT
//
// OpenAI chat completions, which Azure and most other endpoints speak, too.
#include <fmt/format.h>

#include <utility>

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

class Reader : public AnswerReader {
 public:
  const char* name() const override { return "chat-completions"; }

  std::optional<ModelFailure> ReadEvent(const Json& chunk,
                                        const PartListener& to) override {
    if (chunk.contains("error")) {
      ModelFailure failure = Lost(TextMember(chunk["error"], "message"));
      failure.told = true;
      return failure;
    }
    AddFacts(chunk);
    const Json choices = chunk.value("choices", Json::array());
    if (!choices.is_array() || choices.empty()) return std::nullopt;
    const Json delta = choices[0].value("delta", Json::object());
    const std::string reasoning = TextMember(delta, "reasoning_content");
    if (!reasoning.empty()) {
      answer_.reasoning += reasoning;
      to.on_reasoning(reasoning);
    }
    const std::string text = TextMember(delta, "content");
    if (!text.empty()) {
      AddText(text);
      to.on_text(text);
    }
    for (const ToolRequest& tool :
         AddToolCalls(delta.value("tool_calls", Json()))) {
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
    const Json choices = document.is_object()
                             ? document.value("choices", Json::array())
                             : Json::array();
    if (!choices.is_array() || choices.empty()) {
      return Lost("Failed to parse chat-completions response");
    }
    AddFacts(document);
    const Json message = choices[0].value("message", Json::object());
    const std::string text = TextMember(message, "content");
    if (!text.empty()) AddText(text);
    answer_.reasoning += TextMember(message, "reasoning_content");
    AddToolCalls(message.value("tool_calls", Json()));
    SetFinish(choices[0]);
    return std::nullopt;
  }

 private:
  void AddFacts(const Json& document) {
    const std::string id = TextMember(document, "id");
    if (!id.empty()) answer_.api_call_id = id;
    const Json created = document.value("created", Json());
    if (created.is_number_integer()) answer_.created = created;
    AddUsage(document.value("usage", Json()));
  }

  void AddUsage(const Json& usage) {
    if (!usage.is_object()) return;
    answer_.raw_usage = usage;
    answer_.usage = {{"inputTokens", usage.value("prompt_tokens", 0)},
                     {"outputTokens", usage.value("completion_tokens", 0)}};
    const Json cached = usage.value("prompt_tokens_details", Json());
    if (cached.is_object()) {
      answer_.usage["cacheReadTokens"] = cached.value("cached_tokens", 0);
    }
  }

  // Returns what was added, each with its id and name.
  std::vector<ToolRequest> AddToolCalls(const Json& calls) {
    std::vector<ToolRequest> added;
    if (!calls.is_array()) return added;
    for (size_t i = 0; i < calls.size(); ++i) {
      const size_t index = calls[i].value("index", i);
      if (answer_.tools.size() <= index) {
        answer_.tools.resize(index + 1);
        answer_.tools.back().arguments.clear();
      }
      ToolRequest& tool = answer_.tools[index];
      const std::string id = TextMember(calls[i], "id");
      if (!id.empty()) tool.id = id;
      const Json function = calls[i].value("function", Json::object());
      tool.name += TextMember(function, "name");
      const std::string arguments = TextMember(function, "arguments");
      tool.arguments += arguments;
      added.push_back(tool);
      added.back().arguments = arguments;
    }
    return added;
  }

  void SetFinish(const Json& choice) {
    const std::string reason = TextMember(choice, "finish_reason");
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
