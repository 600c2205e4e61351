// SPDX-License-Identifier: MIT
#include "fake-cli/script_player.h"

#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/permission.h"
#include "fake-cli/turn.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

Json SubstituteAll(const Json& value, const Json& captures) {
  if (value.is_string()) {
    return Substitute(value.get<std::string>(), captures);
  }
  Json out = value;
  if (value.is_structured()) {
    for (auto& [key, member] : out.items()) {
      member = SubstituteAll(member, captures);
    }
  }
  return out;
}

ToolRequest ToToolRequest(const Json& call) {
  ToolRequest request;
  request.id = call.value("id", "");
  request.name = call.value("name", "");
  request.arguments = call.value("arguments", Json::object()).dump();
  request.capture = call.value("as", "");
  return request;
}

TurnError ToError(const Json& step) {
  TurnError error;
  error.type = step.value("errorType", "query");
  error.message = step.value("message", "");
  error.code = step.value("errorCode", "");
  error.status_code = step.value("statusCode", 0);
  return error;
}

class ScriptPlayer : public Player {
 public:
  ScriptPlayer(const ScriptTurn& turn, std::string prompt)
      : steps_(turn.steps) {
    captures_["prompt"] = std::move(prompt);
  }

  void Continue(Turn& turn) override {
    if (next_ == steps_.size()) {
      turn.Finish();
      return;
    }
    Play(SubstituteAll(steps_[next_++], captures_), turn);
  }

  void OnOutcomes(const std::vector<ToolOutcome>& outcomes) override {
    for (const ToolOutcome& outcome : outcomes) {
      if (outcome.capture.empty()) continue;
      captures_[outcome.capture] = outcome.captured;
    }
  }

 private:
  void Play(const Json& step, Turn& turn) {
    if (step.contains("say")) return Say(step, turn);
    if (step.contains("toolCall"))
      return Call(Json::array({step["toolCall"]}), turn);
    if (step.contains("toolCalls")) return Call(step["toolCalls"], turn);
    if (step.contains("permission")) return Ask(step["permission"], turn);
    if (step.contains("askUser")) return AskUser(step["askUser"], turn);
    if (step.contains("event")) return turn.Event(step["event"]);
    if (step.contains("reemit")) {
      return turn.Reemit(step["reemit"], step.value("times", 1));
    }
    if (step.contains("error")) return turn.Fail(ToError(step["error"]));
    if (step.contains("abort")) {
      return turn.AbortByRuntime(
          step["abort"].value("reason", "user_initiated"));
    }
    if (step.contains("compaction")) return turn.Compaction(step["compaction"]);
    if (step.contains("idle")) return turn.GoIdle();
    if (step.contains("delayMs")) return turn.Wait(step["delayMs"]);
    if (step.contains("stall")) return turn.Stall();
    MakeTrouble(step, turn);
  }

  static void Say(const Json& step, Turn& turn) {
    ModelAnswer answer;
    const Json& say = step["say"];
    if (say.is_string()) {
      answer.chunks = {say.get<std::string>()};
    } else {
      answer.chunks = say.get<std::vector<std::string>>();
    }
    answer.reasoning = step.value("reasoning", "");
    answer.usage = step.value("usage", Json::object());
    turn.CompleteCall(std::move(answer));
  }

  static void Call(const Json& calls, Turn& turn) {
    ModelAnswer answer;
    for (const Json& call : calls) answer.tools.push_back(ToToolRequest(call));
    turn.CompleteCall(std::move(answer));
  }

  static void Ask(const Json& permission, Turn& turn) {
    ModelAnswer answer;
    answer.tools.push_back(BuiltInCall(permission));
    turn.CompleteCall(std::move(answer));
  }

  static void AskUser(const Json& question, Turn& turn) {
    ToolRequest call;
    call.name = "ask_user";
    call.capture = question.value("as", "");
    Json arguments = question;
    arguments.erase("as");
    call.arguments = arguments.dump();
    ModelAnswer answer;
    answer.tools.push_back(std::move(call));
    turn.CompleteCall(std::move(answer));
  }

  void MakeTrouble(const Json& step, Turn& turn) {
    Host& host = turn.session().host;
    if (step.contains("stderr")) {
      host.WriteStderr(step["stderr"]);
    } else if (step.contains("raw")) {
      host.SendRaw(turn.session(), step["raw"]);
    } else if (step.contains("crash")) {
      host.Crash(step["crash"]);
    } else if (step.contains("exit")) {
      host.Exit(step["exit"]);
    } else if (step.contains("close")) {
      host.CloseConnections(turn.session());
      return;
    }
    Continue(turn);
  }

  const std::vector<Json>& steps_;
  size_t next_ = 0;
  Json captures_ = Json::object();
};

}  // namespace

std::unique_ptr<Player> MakeScriptPlayer(const ScriptTurn& turn,
                                         std::string prompt) {
  return std::make_unique<ScriptPlayer>(turn, std::move(prompt));
}

std::string Substitute(const std::string& text, const Json& captures) {
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t open = text.find("{{", at);
    const size_t close =
        open == text.npos ? text.npos : text.find("}}", open + 2);
    if (close == text.npos) return out + text.substr(at);
    out += text.substr(at, open - at);
    std::string path = "/" + text.substr(open + 2, close - open - 2);
    for (char& c : path) {
      if (c == '.') c = '/';
    }
    Json found;
    try {
      found = captures.at(Json::json_pointer(path));
    } catch (const Json::exception&) {
      out += text.substr(open, close + 2 - open);
      at = close + 2;
      continue;
    }
    out += found.is_string() ? found.get<std::string>() : found.dump();
    at = close + 2;
  }
}

}  // namespace copilot::fake_cli
