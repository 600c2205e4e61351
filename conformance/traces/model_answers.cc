// SPDX-License-Identifier: MIT
#include "conformance/traces/model_answers.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/scenario/matcher.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// Shorter pauses are what the CLI and the network need.
constexpr int kNoticeableMs = 100;

class Derivation {
 public:
  void Take(const std::string& session, const Json& event, int moment_ms) {
    const std::string type = event.value("type", "");
    const Json& data = Section(event, "data");
    const std::string speaker = session + " " + event.value("agentId", "");
    if (type == "user.message") prompts_[speaker] = data.value("content", "");
    if (type == "model.model_call_started") {
      // What asks for a summary of the conversation is recorded for good.
      const bool turn = event.value("ephemeral", false);
      several_ |= !turn || event.contains("agentId");
      open_[speaker] = {answers_.size(), moment_ms};
      answers_.push_back({{"stall", true}});
      asked_.push_back({0, turn ? prompts_[speaker] : ""});
      return;
    }
    if (data.value("trigger", "") == "threshold") {
      TakeCompaction(type, speaker, data, moment_ms);
      return;
    }
    const auto found = open_.find(speaker);
    if (found == open_.end()) return;
    Json& answer = answers_[found->second.answer];
    const int pause_ms = moment_ms - found->second.moment_ms;
    if (type == "assistant.message_delta") {
      const bool began =
          answer.contains("text") || answer.contains("reasoning");
      Delay(began ? "chunkDelayMs" : "delayMs", pause_ms, answer);
      answer["text"].push_back(data.value("deltaContent", ""));
    } else if (type == "assistant.reasoning_delta") {
      Delay(answer.contains("reasoning") ? "chunkDelayMs" : "delayMs", pause_ms,
            answer);
      answer["reasoning"].push_back(data.value("deltaContent", ""));
    } else if (type == "model.message" &&
               Section(data, "message").value("role", "") == "assistant") {
      if (!answer.contains("text")) Delay("delayMs", pause_ms, answer);
      Say(Section(data, "message"), answer);
      asked_[found->second.answer].number =
          Number(Section(data, "modelCall").value("api_id", ""));
      open_.erase(found);
      return;
    } else if (type == "model.model_call_failure") {
      Fail(Section(data, "modelCall"), answer);
      open_.erase(found);
      return;
    } else {
      return;
    }
    found->second.moment_ms = moment_ms;
  }

  Json Script() && {
    std::vector<Json> answers = InOrderOfRequests();
    // Those who speak side by side are told apart by what they were asked.
    std::stable_partition(answers.begin(), answers.end(), [](const Json& each) {
      return each.contains("when");
    });
    return {{"answers", std::move(answers)}};
  }

 private:
  struct Call {
    size_t answer = 0;  // in answers_
    int moment_ms = 0;  // when something came of it
  };

  // A compaction that starts by itself has a call of which only the outcome is
  // told.
  void TakeCompaction(const std::string& type, const std::string& speaker,
                      const Json& data, int moment_ms) {
    if (type == "session.compaction_start") {
      several_ = true;
      compactions_[speaker] = {answers_.size(), moment_ms};
      answers_.push_back({{"stall", true}});
      asked_.emplace_back();
    } else if (type == "session.compaction_complete") {
      const Call call = compactions_[speaker];
      Json& answer = answers_[call.answer];
      answer = {{"text", data.value("summaryContent", "")},
                {"delayMs", moment_ms - call.moment_ms}};
    }
  }

  // "chatcmpl-3" is the third answer; 0 when the id is of another kind.
  static size_t Number(const std::string& id) {
    constexpr std::string_view kPrefix = "chatcmpl-";
    if (id.rfind(kPrefix, 0) != 0) return 0;
    return std::strtoul(id.c_str() + kPrefix.size(), nullptr, 10);
  }

  // Calls that run side by side may start in one order and be sent in another.
  std::vector<Json> InOrderOfRequests() {
    std::vector<Json> ordered(answers_.size());
    std::vector<size_t> unnumbered;
    for (size_t i = 0; i < answers_.size(); ++i) {
      if (several_ && !asked_[i].prompt.empty()) {
        answers_[i]["when"] = {{"prompt", asked_[i].prompt}};
        answers_[i]["times"] = 1;
      }
      const size_t place = asked_[i].number - 1;
      if (place < ordered.size() && ordered[place].is_null()) {
        ordered[place] = std::move(answers_[i]);
      } else {
        unnumbered.push_back(i);
      }
    }
    auto next = unnumbered.begin();
    for (Json& place : ordered) {
      if (place.is_null()) place = std::move(answers_[*next++]);
    }
    return ordered;
  }

  static void Delay(const char* member, int pause_ms, Json& answer) {
    if (pause_ms >= kNoticeableMs) answer[member] = pause_ms;
  }

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
    if (answer.empty()) answer["text"] = "";
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
    if (body.is_object()) error["body"] = Json{{"error", body}}.dump();
    if (call["status"] == 429) error["headers"] = {{"retry-after", "1"}};
    answer["error"] = std::move(error);
  }

  struct Request {
    size_t number = 0;   // of the answer, from 1; 0 when unknown
    std::string prompt;  // empty when something else is asked for
  };

  std::vector<Json> answers_;   // as the calls started
  std::vector<Request> asked_;  // for the answers
  bool several_ = false;        // a sub-agent or a compaction has calls too
  std::map<std::string, std::string> prompts_;  // the last one of a speaker
  std::map<std::string, Call> open_;            // by session and agent
  std::map<std::string, Call> compactions_;     // that started by themselves
};

}  // namespace

Json ModelAnswers(const Trace& trace) {
  for (const TraceLine& line : trace.lines) {
    if (line.kind == TraceLine::Kind::kModel) return line.message;
  }
  Derivation derivation;
  std::set<std::string> seen;  // several clients may get an event
  for (const TraceLine& line : trace.lines) {
    if (line.kind != TraceLine::Kind::kCame || !line.message.is_object() ||
        line.message.value("method", "") != "session.event") {
      continue;
    }
    const Json& params = Section(line.message, "params");
    const Json& event = Section(params, "event");
    if (!seen.insert(event.value("id", "")).second) continue;
    derivation.Take(params.value("sessionId", ""), event, line.moment_ms);
  }
  return std::move(derivation).Script();
}

}  // namespace copilot::conformance
