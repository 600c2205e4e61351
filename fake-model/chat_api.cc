// SPDX-License-Identifier: MIT
#include "fake-model/chat_api.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "fake-model/chat_rules.h"

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

Json ToolCallObject(const Answer& answer, const Call& call, size_t index,
                    const std::string& arguments) {
  return {
      {"id", CallId(answer, call, index)},
      {"type", "function"},
      {"function",
       {{"name", answer.tool_calls[index].name}, {"arguments", arguments}}}};
}

Json Envelope(const Call& call, const char* object) {
  return {{"id", fmt::format("chatcmpl-{}", call.number)},
          {"object", object},
          {"created", 1},
          {"model", call.model}};
}

class Stream {
 public:
  explicit Stream(const Call& call)
      : open_("data: " + Dump(Envelope(call, "chat.completion.chunk"))) {
    open_.pop_back();  // the brace
    open_ += ",\"choices\":[";
  }

  // The first delta also names the role.
  void Delta(Json delta, const Json& finish_reason = nullptr) {
    if (events_.empty()) delta["role"] = "assistant";
    events_.push_back(open_ + R"({"index":0,"delta":)" + Dump(delta) +
                      ",\"finish_reason\":" + Dump(finish_reason) + "}]}\n\n");
  }

  void ToolCall(const Answer& answer, const Call& call, size_t index) {
    const std::vector<std::string>& chunks = answer.tool_calls[index].arguments;
    Json tool = ToolCallObject(answer, call, index, chunks.front());
    tool["index"] = index;
    Delta({{"tool_calls", Json::array({std::move(tool)})}});
    for (size_t i = 1; i < chunks.size(); ++i) {
      const Json more = {{"index", index},
                         {"function", {{"arguments", chunks[i]}}}};
      Delta({{"tool_calls", Json::array({more})}});
    }
  }

  void End(const Usage& usage) {
    events_.push_back(open_ + "],\"usage\":" + Dump(UsageObject(usage)) +
                      "}\n\n");
    events_.push_back("data: [DONE]\n\n");
  }

  std::vector<std::string> Take() { return std::move(events_); }

 private:
  std::string open_;  // of every event, up to its choices
  std::vector<std::string> events_;
};

}  // namespace

Violations ChatApi::Check(const nlohmann::json& request) const {
  return CheckChat(request, /*needs_model=*/true);
}

std::string ChatApi::Body(const Answer& answer, const Call& call) const {
  const std::string text = Joined(answer.chunks);
  Json message = {{"role", "assistant"},
                  {"content", text.empty() ? Json(nullptr) : Json(text)}};
  if (!answer.reasoning.empty()) {
    message["reasoning_content"] = Joined(answer.reasoning);
  }
  for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
    message["tool_calls"].push_back(ToolCallObject(
        answer, call, i, Joined(answer.tool_calls[i].arguments)));
  }
  Json body = Envelope(call, "chat.completion");
  body["choices"] = Json::array({{{"index", 0},
                                  {"message", std::move(message)},
                                  {"finish_reason", answer.finish_reason}}});
  body["usage"] = UsageObject(answer.usage);
  return Dump(body);
}

std::vector<std::string> ChatApi::Events(const Answer& answer, const Call& call,
                                         bool ending) const {
  Stream stream(call);
  for (const std::string& chunk : answer.reasoning) {
    stream.Delta({{"reasoning_content", chunk}});
  }
  for (const std::string& chunk : answer.chunks) {
    stream.Delta({{"content", chunk}});
  }
  for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
    stream.ToolCall(answer, call, i);
  }
  if (ending) {
    stream.Delta(Json::object(), answer.finish_reason);
    stream.End(answer.usage);
  }
  return stream.Take();
}

}  // namespace copilot::fake_model
