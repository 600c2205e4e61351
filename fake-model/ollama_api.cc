// SPDX-License-Identifier: MIT
#include "fake-model/ollama_api.h"

#include <nlohmann/json.hpp>

#include "fake-model/ollama_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kCreated[] = "1970-01-01T00:00:01Z";

Json ToolCallObject(const ToolCall& tool) {
  const std::string text = Joined(tool.arguments);
  Json arguments = Json::parse(text, nullptr, false);
  if (arguments.is_discarded()) arguments = text;
  return {
      {"function", {{"name", tool.name}, {"arguments", std::move(arguments)}}}};
}

Json Part(const Call& call, const char* member, const Json& value) {
  Json message = {{"role", "assistant"}, {"content", ""}};
  message[member] = value;
  return {{"model", call.model},
          {"created_at", kCreated},
          {"message", std::move(message)},
          {"done", false}};
}

// Makes the last part of an answer of a part. Ollama has no word for calls.
Json Done(Json part, const Answer& answer) {
  part["done"] = true;
  part["done_reason"] =
      answer.finish_reason == "tool_calls" ? "stop" : answer.finish_reason;
  part["total_duration"] = 3;
  part["load_duration"] = 1;
  part["prompt_eval_count"] = answer.usage.input_tokens;
  part["prompt_eval_duration"] = 1;
  part["eval_count"] = answer.usage.output_tokens;
  part["eval_duration"] = 1;
  return part;
}

}  // namespace

Violations OllamaApi::Check(const nlohmann::json& request) const {
  return CheckOllama(request);
}

bool OllamaApi::Streams(const nlohmann::json& request) const {
  const auto stream = request.find("stream");
  return stream == request.end() || *stream != false;
}

std::string OllamaApi::Body(const Answer& answer, const Call& call) const {
  Json part = Part(call, "content", Joined(answer.chunks));
  Json& message = part["message"];
  if (!answer.reasoning.empty()) {
    message["thinking"] = Joined(answer.reasoning);
  }
  for (const ToolCall& tool : answer.tool_calls) {
    message["tool_calls"].push_back(ToolCallObject(tool));
  }
  return Dump(Done(std::move(part), answer));
}

std::vector<std::string> OllamaApi::Events(const Answer& answer,
                                           const Call& call,
                                           bool ending) const {
  std::vector<std::string> lines;
  const auto add = [&](const Json& part) {
    lines.push_back(Dump(part) + "\n");
  };
  for (const std::string& chunk : answer.reasoning) {
    add(Part(call, "thinking", chunk));
  }
  for (const std::string& chunk : answer.chunks) {
    add(Part(call, "content", chunk));
  }
  for (const ToolCall& tool : answer.tool_calls) {
    add(Part(call, "tool_calls", Json::array({ToolCallObject(tool)})));
  }
  if (ending) add(Done(Part(call, "content", ""), answer));
  return lines;
}

std::string OllamaApi::ErrorBody(const HttpError& error) const {
  return Dump({{"error", error.message}});
}

std::string OllamaApi::ErrorEvent(const HttpError& error) const {
  return ErrorBody(error) + "\n";
}

}  // namespace copilot::fake_model
