// SPDX-License-Identifier: MIT
//
// Anthropic messages.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <utility>

#include "fake-cli/json_read.h"
#include "fake-cli/model/wire_api.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr int64_t kUsualOutputTokens = 8192;
constexpr int64_t kThinkingTokens = 1024;

Json Cached(Json block) {
  block["cache_control"] = {{"type", "ephemeral"}};
  return block;
}

// "data:image/png;base64,…" as a block.
Json Image(const std::string& url) {
  const size_t type = url.find(':');
  const size_t encoding = url.find(';');
  const size_t data = url.find(',');
  if (type == std::string::npos || encoding == std::string::npos ||
      data == std::string::npos) {
    return {{"type", "image"}, {"source", {{"type", "url"}, {"url", url}}}};
  }
  return {{"type", "image"},
          {"source",
           {{"type", "base64"},
            {"media_type", url.substr(type + 1, encoding - type - 1)},
            {"data", url.substr(data + 1)}}}};
}

Json UserBlocks(const Json& content) {
  if (content.is_string()) {
    return Json::array({{{"type", "text"}, {"text", content}}});
  }
  Json blocks = Json::array();
  for (const Json& part : content) {
    if (part.value("type", "") == "image_url") {
      blocks.push_back(Image(TextOf(part["image_url"], "url")));
    } else {
      blocks.push_back({{"type", "text"}, {"text", TextOf(part, "text")}});
    }
  }
  return blocks;
}

Json SpokenBlocks(const Json& message) {
  Json blocks = Json::array();
  const std::string text = TextOf(message, "content");
  if (!text.empty()) blocks.push_back({{"type", "text"}, {"text", text}});
  for (const Json& call : message.value("tool_calls", Json::array())) {
    const Json function = call.value("function", Json::object());
    const Json input =
        Json::parse(TextOf(function, "arguments"), nullptr, false);
    blocks.push_back({{"type", "tool_use"},
                      {"id", TextOf(call, "id")},
                      {"name", TextOf(function, "name")},
                      {"input", input.is_object() ? input : Json::object()}});
  }
  return blocks;
}

// Roles alternate: what follows in the same role joins the message before.
void Add(const char* role, Json blocks, Json* messages) {
  if (blocks.empty()) return;
  if (messages->empty() || messages->back()["role"] != role) {
    messages->push_back({{"role", role}, {"content", Json::array()}});
  }
  Json& content = messages->back()["content"];
  content.insert(content.end(), blocks.begin(), blocks.end());
}

Json Conversation(const Json& messages) {
  Json all = Json::array();
  for (const Json& message : messages) {
    const std::string role = TextOf(message, "role");
    const Json content = message.value("content", Json(""));
    if (role == "assistant") {
      Add("assistant", SpokenBlocks(message), &all);
    } else if (role == "tool") {
      Add("user",
          Json::array({{{"type", "tool_result"},
                        {"tool_use_id", TextOf(message, "tool_call_id")},
                        {"content", content}}}),
          &all);
    } else {
      Add("user", UserBlocks(content), &all);
    }
  }
  if (!all.empty()) {
    Json& last = all.back()["content"].back();
    last = Cached(std::move(last));
  }
  return all;
}

// After a tool's result the model goes on without thinking.
bool Thinks(const Prompt& prompt) {
  return prompt.stream && !prompt.messages.empty() &&
         TextOf(prompt.messages.back(), "role") == "user";
}

Json Tools(const Prompt& prompt) {
  Json tools = Json::array();
  for (const ToolDefinition& tool : prompt.tools) {
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"input_schema", tool.parameters}});
  }
  return tools;
}

Json Body(const Prompt& prompt) {
  Json system = Json::array();
  for (const std::string& part : prompt.system) {
    system.push_back(Cached({{"type", "text"}, {"text", part}}));
  }
  Json body = {
      {"model", prompt.model},
      {"max_tokens", prompt.max_output_tokens > 0 ? prompt.max_output_tokens
                                                  : kUsualOutputTokens},
      {"system", std::move(system)},
      {"messages", Conversation(prompt.messages)},
      {"temperature", 1}};
  if (!prompt.tools.empty()) body["tools"] = Tools(prompt);
  if (!prompt.may_call_tools) body["tool_choice"] = {{"type", "none"}};
  if (Thinks(prompt)) {
    body["thinking"] = {{"type", "enabled"},
                        {"budget_tokens", kThinkingTokens},
                        {"display", "summarized"}};
  }
  if (prompt.stream) body["stream"] = true;
  return body;
}

class Reader : public AnswerReader {
 public:
  Reader() {
    answer_.endpoint = "/v1/messages";
    answer_.refusable = true;
    answer_.cache_reported = true;
    answer_.indexed_tools = true;
    answer_.max_output_tokens = kUsualOutputTokens;
    answer_.created = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  }

  const char* name() const override { return "messages"; }

  std::optional<ModelFailure> ReadEvent(const Json& event,
                                        const PartListener& to) override {
    const std::string type = TextOf(event, "type");
    if (type == "message_start") {
      AddMessage(ObjectOf(event, "message"));
    } else if (type == "content_block_start") {
      Begin(NumberOf(event, "index"), ObjectOf(event, "content_block"));
    } else if (type == "content_block_delta") {
      AddDelta(NumberOf(event, "index"), ObjectOf(event, "delta"), to);
    } else if (type == "message_delta") {
      SetFinish(ObjectOf(event, "delta"));
      AddUsage(MemberOf(event, "usage"));
    } else if (type == "message_stop") {
      ended_ = true;
    } else if (type == "error") {
      return ToldError(ObjectOf(event, "error"));
    }
    return std::nullopt;
  }

  std::optional<ModelFailure> End() override {
    NoteUndefined();
    if (ended_) return std::nullopt;
    return Lost(
        "request ended without sending any chunks or before message_stop");
  }

  std::optional<ModelFailure> ReadWhole(const Json& document) override {
    if (!document.is_object() || !document.contains("content")) {
      return Lost("Failed to parse messages response");
    }
    AddMessage(document);
    int index = 0;
    for (const Json& block : ListOf(document, "content")) {
      Begin(index, block);
      const std::string text = TextOf(block, "text");
      if (!text.empty()) AddText(text);
      answer_.reasoning += TextOf(block, "thinking");
      if (calls_.count(index) > 0) {
        answer_.tools.back().arguments = Dump(ObjectOf(block, "input"));
      }
      ++index;
    }
    SetFinish(document);
    NoteUndefined();
    return std::nullopt;
  }

 private:
  // The client library's message has these members, with no value.
  void NoteUndefined() {
    answer_.undefined_members = answer_.reasoning.empty()
                                    ? R"(["reasoning_text","reasoning_opaque"])"
                                    : R"(["reasoning_opaque"])";
  }

  void AddMessage(const Json& message) {
    answer_.api_call_id = TextOf(message, "id");
    AddUsage(MemberOf(message, "usage"));
  }

  void Begin(int64_t index, const Json& block) {
    if (TextOf(block, "type") != "tool_use") return;
    calls_[index] = answer_.tools.size();
    ToolRequest call;
    call.id = TextOf(block, "id");
    call.name = TextOf(block, "name");
    call.arguments.clear();
    answer_.tools.push_back(std::move(call));
  }

  void AddDelta(int64_t index, const Json& delta, const PartListener& to) {
    const std::string type = TextOf(delta, "type");
    if (type == "text_delta") {
      const std::string text = TextOf(delta, "text");
      AddText(text);
      to.on_text(text);
    } else if (type == "thinking_delta") {
      const std::string text = TextOf(delta, "thinking");
      answer_.reasoning += text;
      to.on_reasoning(text);
    } else if (const auto call = calls_.find(index);
               type == "input_json_delta" && call != calls_.end()) {
      ToolRequest& tool = answer_.tools[call->second];
      const std::string part = TextOf(delta, "partial_json");
      tool.arguments += part;
      ToolRequest told = tool;
      told.arguments = part;
      to.on_tool(told);
    }
  }

  static ModelFailure ToldError(const Json& error) {
    ModelFailure failure = Lost(TextOf(error, "message"));
    failure.type = TextOf(error, "type");
    failure.told = true;
    return failure;
  }

  void SetFinish(const Json& message) {
    static const std::map<std::string, std::string> kReasons = {
        {"end_turn", "stop"},
        {"stop_sequence", "stop"},
        {"tool_use", "tool_calls"},
        {"max_tokens", "length"},
        {"refusal", "content_filter"}};
    const auto found = kReasons.find(TextOf(message, "stop_reason"));
    if (found != kReasons.end()) answer_.finish = found->second;
  }

  // A stream tells of the input first and of the output at its end.
  void AddUsage(const Json& usage) {
    if (!usage.is_object()) return;
    const auto take = [&](const char* name, int64_t* count) {
      *count = NumberOf(usage, name, *count);
    };
    take("input_tokens", &input_);
    take("output_tokens", &output_);
    take("cache_read_input_tokens", &cached_);
    take("cache_creation_input_tokens", &written_);
    const int64_t prompt = input_ + cached_ + written_;
    answer_.usage = {{"inputTokens", prompt},
                     {"outputTokens", output_},
                     {"cacheReadTokens", cached_},
                     {"cacheWriteTokens", written_}};
    answer_.raw_usage = {
        {"prompt_tokens", prompt},
        {"completion_tokens", output_},
        {"total_tokens", prompt + output_},
        {"prompt_tokens_details",
         {{"cached_tokens", cached_}, {"cache_creation_tokens", written_}}},
        {"completion_tokens_details", Json::object()}};
  }

  std::map<int64_t, size_t> calls_;  // by block: of the answer's tools
  int64_t input_ = 0;
  int64_t output_ = 0;
  int64_t cached_ = 0;
  int64_t written_ = 0;
  bool ended_ = false;
};

std::unique_ptr<AnswerReader> NewReader() { return std::make_unique<Reader>(); }

}  // namespace

const WireApi& Messages() {
  static constexpr WireApi kApi = {"/v1/messages", "Anthropic/JS 0.94.0", Body,
                                   NewReader};
  return kApi;
}

}  // namespace copilot::fake_cli
