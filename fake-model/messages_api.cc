// SPDX-License-Identifier: MIT
#include "fake-model/messages_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fake-model/messages_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kSignature[] = "fake-signature";

std::string StopReason(const std::string& finish_reason) {
  if (finish_reason == "stop") return "end_turn";
  if (finish_reason == "tool_calls") return "tool_use";
  if (finish_reason == "length") return "max_tokens";
  if (finish_reason == "content_filter") return "refusal";
  return finish_reason;
}

// What was read from the cache is counted apart, unlike in OpenAI's APIs.
Json UsageObject(const Usage& usage, int output_tokens) {
  return {{"input_tokens",
           std::max(0, usage.input_tokens - usage.cache_read_tokens)},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", usage.cache_read_tokens},
          {"output_tokens", output_tokens}};
}

Json ThinkingBlock(const std::string& text, const char* signature) {
  return {{"type", "thinking"}, {"thinking", text}, {"signature", signature}};
}

Json TextBlock(const std::string& text) {
  return {{"type", "text"}, {"text", text}};
}

Json ToolBlock(const Answer& answer, const Call& call, size_t index,
               const Json& input) {
  return {{"type", "tool_use"},
          {"id", CallId(answer, call, index)},
          {"name", answer.tool_calls[index].name},
          {"input", input}};
}

// Arguments that are no JSON stay text.
Json Input(const ToolCall& tool) {
  const std::string text = Joined(tool.arguments);
  Json input = Json::parse(text, nullptr, false);
  return input.is_discarded() ? Json(text) : input;
}

Json Content(const Answer& answer, const Call& call) {
  Json content = Json::array();
  if (!answer.reasoning.empty()) {
    content.push_back(ThinkingBlock(Joined(answer.reasoning), kSignature));
  }
  if (!answer.chunks.empty()) {
    content.push_back(TextBlock(Joined(answer.chunks)));
  }
  for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
    content.push_back(ToolBlock(answer, call, i, Input(answer.tool_calls[i])));
  }
  return content;
}

Json Message(const Call& call, Json content, const Json& stop_reason,
             Json usage) {
  return {{"id", fmt::format("msg_{}", call.number)},
          {"type", "message"},
          {"role", "assistant"},
          {"model", call.model},
          {"content", std::move(content)},
          {"stop_reason", stop_reason},
          {"stop_sequence", nullptr},
          {"usage", std::move(usage)}};
}

class Stream {
 public:
  Stream(const Answer& answer, const Call& call)
      : answer_(answer), call_(call) {}

  std::vector<std::string> Take(bool ending) {
    Event("message_start",
          {{"message", Message(call_, Json::array(), nullptr,
                               UsageObject(answer_.usage, 1))}});
    Event("ping", Json::object());
    if (!answer_.reasoning.empty()) Thinking();
    if (!answer_.chunks.empty()) {
      Block(TextBlock(""), "text_delta", "text", answer_.chunks);
      End();
    }
    for (size_t i = 0; i < answer_.tool_calls.size(); ++i) {
      Block(ToolBlock(answer_, call_, i, Json::object()), "input_json_delta",
            "partial_json", answer_.tool_calls[i].arguments);
      End();
    }
    if (ending) {
      Stop();
    } else if (end_of_deltas_ > 0) {
      events_.resize(end_of_deltas_);
    }
    return std::move(events_);
  }

 private:
  void Event(const std::string& type, const Json& members) {
    Json event = {{"type", type}};
    event.update(members);
    events_.push_back("event: " + type + "\ndata: " + Dump(event) + "\n\n");
  }

  void Delta(const Json& delta) {
    Event("content_block_delta", {{"index", blocks_}, {"delta", delta}});
  }

  // A block with one delta for each chunk, still open.
  void Block(const Json& block, const char* type, const char* member,
             const std::vector<std::string>& chunks) {
    Event("content_block_start",
          {{"index", blocks_}, {"content_block", block}});
    for (const std::string& chunk : chunks) {
      Delta({{"type", type}, {member, chunk}});
    }
    end_of_deltas_ = events_.size();
  }

  void End() { Event("content_block_stop", {{"index", blocks_++}}); }

  void Thinking() {
    Block(ThinkingBlock("", ""), "thinking_delta", "thinking",
          answer_.reasoning);
    Delta({{"type", "signature_delta"}, {"signature", kSignature}});
    End();
  }

  void Stop() {
    Event("message_delta",
          {{"delta",
            {{"stop_reason", StopReason(answer_.finish_reason)},
             {"stop_sequence", nullptr}}},
           {"usage", UsageObject(answer_.usage, answer_.usage.output_tokens)}});
    Event("message_stop", Json::object());
  }

  const Answer& answer_;
  const Call& call_;
  int blocks_ = 0;
  size_t end_of_deltas_ = 0;
  std::vector<std::string> events_;
};

std::string ErrorType(int status) {
  switch (status) {
    case 400:
      return "invalid_request_error";
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 529:
      return "overloaded_error";
    default:
      return "api_error";
  }
}

}  // namespace

Violations MessagesApi::Check(const nlohmann::json& request) const {
  return CheckMessages(request);
}

std::string MessagesApi::Body(const Answer& answer, const Call& call) const {
  return Dump(Message(call, Content(answer, call),
                      StopReason(answer.finish_reason),
                      UsageObject(answer.usage, answer.usage.output_tokens)));
}

std::vector<std::string> MessagesApi::Events(const Answer& answer,
                                             const Call& call,
                                             bool ending) const {
  return Stream(answer, call).Take(ending);
}

std::string MessagesApi::ErrorBody(const HttpError& error) const {
  return Dump(
      {{"type", "error"},
       {"error",
        {{"type", error.type.empty() ? ErrorType(error.status) : error.type},
         {"message", error.message}}}});
}

std::string MessagesApi::ErrorEvent(const HttpError& error) const {
  return "event: error\n" + Api::ErrorEvent(error);
}

}  // namespace copilot::fake_model
