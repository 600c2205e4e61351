// SPDX-License-Identifier: MIT
#include "fake-model/chat_answer.h"

#include <fmt/format.h>

namespace copilot::fake_model {
namespace {

// Members in the order in which they are written, as real endpoints do.
using Json = nlohmann::ordered_json;

Json UsageObject(const Usage& usage) {
  Json object = {{"prompt_tokens", usage.input_tokens},
                 {"completion_tokens", usage.output_tokens},
                 {"total_tokens", usage.input_tokens + usage.output_tokens}};
  if (usage.cache_read_tokens > 0) {
    object["prompt_tokens_details"] = {
        {"cached_tokens", usage.cache_read_tokens}};
  }
  if (usage.reasoning_tokens > 0) {
    object["completion_tokens_details"] = {
        {"reasoning_tokens", usage.reasoning_tokens}};
  }
  return object;
}

Json ToolCallObject(const ToolCall& tool, const ChatCall& call, size_t index) {
  const std::string id =
      tool.id.empty() ? fmt::format("call_{}_{}", call.number, index) : tool.id;
  return {{"id", id},
          {"type", "function"},
          {"function", {{"name", tool.name}, {"arguments", tool.arguments}}}};
}

Json Envelope(const ChatCall& call, const char* object) {
  return {{"id", fmt::format("chatcmpl-{}", call.number)},
          {"object", object},
          {"created", 1},
          {"model", call.model}};
}

// Scripts may hold text that is no UTF-8; it is repaired, not refused.
std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Event(const Json& data) { return "data: " + Dump(data) + "\n\n"; }

class Stream {
 public:
  explicit Stream(const ChatCall& call)
      : envelope_(Envelope(call, "chat.completion.chunk")) {}

  // The first delta also names the role.
  void Delta(Json delta, const Json& finish_reason = nullptr) {
    if (events_.empty()) delta["role"] = "assistant";
    Json chunk = envelope_;
    chunk["choices"] = Json::array({{{"index", 0},
                                     {"delta", std::move(delta)},
                                     {"finish_reason", finish_reason}}});
    events_.push_back(Event(chunk));
  }

  void End(const Usage& usage) {
    Json chunk = envelope_;
    chunk["choices"] = Json::array();
    chunk["usage"] = UsageObject(usage);
    events_.push_back(Event(chunk));
    events_.push_back("data: [DONE]\n\n");
  }

  std::vector<std::string> Take() { return std::move(events_); }

 private:
  const Json envelope_;
  std::vector<std::string> events_;
};

}  // namespace

std::string ChatCompletion(const Answer& answer, const ChatCall& call) {
  std::string text;
  for (const std::string& chunk : answer.chunks) text += chunk;
  Json message = {{"role", "assistant"},
                  {"content", text.empty() ? Json(nullptr) : Json(text)}};
  if (!answer.reasoning.empty()) {
    message["reasoning_content"] =
        fmt::format("{}", fmt::join(answer.reasoning, ""));
  }
  for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
    message["tool_calls"].push_back(
        ToolCallObject(answer.tool_calls[i], call, i));
  }
  Json body = Envelope(call, "chat.completion");
  body["choices"] = Json::array({{{"index", 0},
                                  {"message", std::move(message)},
                                  {"finish_reason", answer.finish_reason}}});
  body["usage"] = UsageObject(answer.usage);
  return Dump(body);
}

std::vector<std::string> ChatStream(const Answer& answer, const ChatCall& call,
                                    bool ending) {
  Stream stream(call);
  for (const std::string& chunk : answer.reasoning) {
    stream.Delta({{"reasoning_content", chunk}});
  }
  for (const std::string& chunk : answer.chunks) {
    stream.Delta({{"content", chunk}});
  }
  for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
    Json tool = ToolCallObject(answer.tool_calls[i], call, i);
    tool["index"] = i;
    stream.Delta({{"tool_calls", Json::array({std::move(tool)})}});
  }
  if (ending) {
    stream.Delta(Json::object(), answer.finish_reason);
    stream.End(answer.usage);
  }
  return stream.Take();
}

}  // namespace copilot::fake_model
