// SPDX-License-Identifier: MIT
#include "conformance/traces/model_answers.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "conformance/matcher.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

class Derivation {
 public:
  void Take(const std::string& session, const Json& event) {
    const std::string type = event.value("type", "");
    const Json& data = Section(event, "data");
    const std::string speaker = session + " " + event.value("agentId", "");
    if (type == "model.model_call_started") {
      open_[speaker] = answers_.size();
      answers_.push_back({{"stall", true}});
      return;
    }
    const auto found = open_.find(speaker);
    if (found == open_.end()) return;
    Json& answer = answers_[found->second];
    if (type == "assistant.message_delta") {
      answer["text"].push_back(data.value("deltaContent", ""));
    } else if (type == "assistant.reasoning_delta") {
      answer["reasoning"] =
          answer.value("reasoning", "") + data.value("deltaContent", "");
    } else if (type == "model.message") {
      Say(Section(data, "message"), answer);
    } else if (type == "model.model_call_failure") {
      Fail(Section(data, "modelCall"), answer);
    }
  }

  Json Script() && { return {{"answers", std::move(answers_)}}; }

 private:
  static void Say(const Json& message, Json& answer) {
    answer.erase("stall");
    const Json content = message.value("content", Json());
    if (!answer.contains("text") && content.is_string()) {
      answer["text"] = content;
    }
    for (const Json& call : message.value("tool_calls", Json::array())) {
      const Json& function = Section(call, "function");
      answer["toolCalls"].push_back(
          {{"id", call.value("id", "")},
           {"name", function.value("name", "")},
           {"arguments", function.value("arguments", "")}});
    }
  }

  static void Fail(const Json& call, Json& answer) {
    answer = Json::object();
    const std::string text = call.value("error", "");
    if (!call.contains("status")) {
      const bool garbage = text.find("parse") != std::string::npos;
      answer = garbage ? Json{{"rawSse", "data: {not json\n\n"}}
                       : Json{{"reset", true}};
      return;
    }
    Json error = {{"status", call["status"]}};
    const Json body = Json::parse(text, nullptr, false);
    for (const char* member : {"message", "type", "code"}) {
      if (body.is_object() && body.value(member, Json()).is_string()) {
        error[member] = body[member];
      }
    }
    answer["error"] = std::move(error);
  }

  std::vector<Json> answers_;
  std::map<std::string, size_t> open_;  // by session and agent
};

}  // namespace

Json ModelAnswers(const Trace& trace) {
  Derivation derivation;
  for (const TraceLine& line : trace.lines) {
    if (line.kind != TraceLine::Kind::kCame || !line.message.is_object() ||
        line.message.value("method", "") != "session.event") {
      continue;
    }
    const Json& params = Section(line.message, "params");
    derivation.Take(params.value("sessionId", ""), Section(params, "event"));
  }
  return std::move(derivation).Script();
}

}  // namespace copilot::conformance
