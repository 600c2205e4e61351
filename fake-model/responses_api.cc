// SPDX-License-Identifier: MIT
#include "fake-model/responses_api.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "fake-model/responses_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::ordered_json;

Json UsageObject(const Usage& usage) {
  return {
      {"input_tokens", usage.input_tokens},
      {"input_tokens_details", {{"cached_tokens", usage.cache_read_tokens}}},
      {"output_tokens", usage.output_tokens},
      {"output_tokens_details", {{"reasoning_tokens", usage.reasoning_tokens}}},
      {"total_tokens", usage.input_tokens + usage.output_tokens}};
}

Json TextPart(const std::string& text) {
  return {
      {"type", "output_text"}, {"annotations", Json::array()}, {"text", text}};
}

Json SummaryPart(const std::string& text) {
  return {{"type", "summary_text"}, {"text", text}};
}

Json ReasoningItem(const Call& call, const Json& summary) {
  return {{"id", fmt::format("rs_{}", call.number)},
          {"type", "reasoning"},
          {"summary", summary}};
}

Json MessageItem(const Call& call, const char* status, const Json& content) {
  return {{"id", fmt::format("msg_{}", call.number)},
          {"type", "message"},
          {"status", status},
          {"role", "assistant"},
          {"content", content}};
}

Json CallItem(const Answer& answer, const Call& call, size_t index,
              const char* status, const std::string& arguments) {
  return {{"id", fmt::format("fc_{}_{}", call.number, index)},
          {"type", "function_call"},
          {"status", status},
          {"call_id", CallId(answer, call, index)},
          {"name", answer.tool_calls[index].name},
          {"arguments", arguments}};
}

Json Output(const Answer& answer, const Call& call) {
  Json output = Json::array();
  if (!answer.reasoning.empty()) {
    output.push_back(ReasoningItem(
        call, Json::array({SummaryPart(Joined(answer.reasoning))})));
  }
  if (!answer.chunks.empty()) {
    output.push_back(MessageItem(
        call, "completed", Json::array({TextPart(Joined(answer.chunks))})));
  }
  for (size_t i = 0; i < answer.tool_calls.size(); ++i) {
    output.push_back(CallItem(answer, call, i, "completed",
                              Joined(answer.tool_calls[i].arguments)));
  }
  return output;
}

// Why a response is not complete; null when it is.
Json IncompleteReason(const std::string& finish_reason) {
  if (finish_reason == "length") return "max_output_tokens";
  if (finish_reason == "content_filter") return finish_reason;
  return nullptr;
}

Json Response(const Answer& answer, const Call& call, const char* status) {
  return {{"id", fmt::format("resp_{}", call.number)},
          {"object", "response"},
          {"created_at", 1},
          {"status", status},
          {"error", nullptr},
          {"incomplete_details", nullptr},
          {"instructions", nullptr},
          {"metadata", Json::object()},
          {"model", call.model},
          {"output", Json::array()},
          {"parallel_tool_calls", true},
          {"temperature", 1},
          {"tool_choice", "auto"},
          {"tools", Json::array()},
          {"top_p", 1},
          {"usage", std::string(status) == "in_progress"
                        ? Json(nullptr)
                        : UsageObject(answer.usage)}};
}

Json Ended(const Answer& answer, const Call& call) {
  const Json reason = IncompleteReason(answer.finish_reason);
  Json response =
      Response(answer, call, reason.is_null() ? "completed" : "incomplete");
  response["output"] = Output(answer, call);
  if (!reason.is_null()) response["incomplete_details"] = {{"reason", reason}};
  return response;
}

class Stream {
 public:
  Stream(const Answer& answer, const Call& call)
      : answer_(answer), call_(call) {}

  std::vector<std::string> Take(bool ending) {
    const Json response = Response(answer_, call_, "in_progress");
    Event("response.created", {{"response", response}});
    Event("response.in_progress", {{"response", response}});
    if (!answer_.reasoning.empty()) Reasoning();
    if (!answer_.chunks.empty()) Message();
    for (size_t i = 0; i < answer_.tool_calls.size(); ++i) ToolCall(i);
    if (ending) {
      const Json ended = Ended(answer_, call_);
      Event("response." + ended["status"].get<std::string>(),
            {{"response", ended}});
    } else if (end_of_deltas_ > 0) {
      events_.resize(end_of_deltas_);
    }
    return std::move(events_);
  }

 private:
  void Event(const std::string& type, const Json& members) {
    Json event = {{"type", type}, {"sequence_number", events_.size()}};
    event.update(members);
    events_.push_back("event: " + type + "\ndata: " + Dump(event) + "\n\n");
  }

  // One event for each chunk. `place` says which part of which item.
  void Deltas(const std::string& type, const std::vector<std::string>& chunks,
              const Json& place) {
    for (const std::string& chunk : chunks) {
      Json members = place;
      members["delta"] = chunk;
      Event(type + ".delta", members);
    }
    end_of_deltas_ = events_.size();
  }

  static Json With(Json members, const char* name, const Json& value) {
    members[name] = value;
    return members;
  }

  void Begin(const Json& item) {
    Event("response.output_item.added",
          {{"output_index", items_}, {"item", item}});
  }

  void End(const Json& item) {
    Event("response.output_item.done",
          {{"output_index", items_++}, {"item", item}});
  }

  void Reasoning() {
    const Json part = SummaryPart(Joined(answer_.reasoning));
    const Json item = ReasoningItem(call_, Json::array({part}));
    const Json place = {{"item_id", item["id"]},
                        {"output_index", items_},
                        {"summary_index", 0}};
    Begin(ReasoningItem(call_, Json::array()));
    Event("response.reasoning_summary_part.added",
          With(place, "part", SummaryPart("")));
    Deltas("response.reasoning_summary_text", answer_.reasoning, place);
    Event("response.reasoning_summary_text.done",
          With(place, "text", part["text"]));
    Event("response.reasoning_summary_part.done", With(place, "part", part));
    End(item);
  }

  void Message() {
    const Json part = TextPart(Joined(answer_.chunks));
    const Json item = MessageItem(call_, "completed", Json::array({part}));
    const Json place = {{"item_id", item["id"]},
                        {"output_index", items_},
                        {"content_index", 0}};
    Begin(MessageItem(call_, "in_progress", Json::array()));
    Event("response.content_part.added", With(place, "part", TextPart("")));
    Deltas("response.output_text", answer_.chunks, place);
    Event("response.output_text.done", With(place, "text", part["text"]));
    Event("response.content_part.done", With(place, "part", part));
    End(item);
  }

  void ToolCall(size_t index) {
    const std::vector<std::string>& chunks =
        answer_.tool_calls[index].arguments;
    const Json item =
        CallItem(answer_, call_, index, "completed", Joined(chunks));
    const Json place = {{"item_id", item["id"]}, {"output_index", items_}};
    Begin(CallItem(answer_, call_, index, "in_progress", ""));
    Deltas("response.function_call_arguments", chunks, place);
    Event("response.function_call_arguments.done",
          With(place, "arguments", item["arguments"]));
    End(item);
  }

  const Answer& answer_;
  const Call& call_;
  int items_ = 0;
  size_t end_of_deltas_ = 0;
  std::vector<std::string> events_;
};

}  // namespace

Violations ResponsesApi::Check(const nlohmann::json& request) const {
  return CheckResponses(request);
}

std::string ResponsesApi::Body(const Answer& answer, const Call& call) const {
  return Dump(Ended(answer, call));
}

std::vector<std::string> ResponsesApi::Events(const Answer& answer,
                                              const Call& call,
                                              bool ending) const {
  return Stream(answer, call).Take(ending);
}

std::string ResponsesApi::ErrorEvent(const HttpError& error) const {
  const Json event = {
      {"type", "error"},
      {"code", error.code.empty() ? Json(nullptr) : Json(error.code)},
      {"message", error.message},
      {"param", nullptr}};
  return "event: error\ndata: " + Dump(event) + "\n\n";
}

}  // namespace copilot::fake_model
