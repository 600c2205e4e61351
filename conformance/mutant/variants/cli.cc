// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/cli.h"

#include <utility>

#include "conformance/mutant/variants/all.h"

namespace copilot::conformance {

std::vector<Mutation> CliMutations() {
  std::vector<Mutation> all;
  for (auto* subject :
       {CliTurnMutations, CliToolMutations, CliPermissionMutations,
        CliQuestionMutations, CliErrorMutations, CliSessionMutations,
        CliHistoryMutations, CliControlMutations, CliModelMutations,
        CliHookMutations, CliServerMutations, CliFileMutations,
        CliProcessMutations}) {
    for (Mutation& mutation : subject()) all.push_back(std::move(mutation));
  }
  return all;
}

PartChange Where(const std::string& place, Json value, PartChange change) {
  return [at = Json::json_pointer(place), value = std::move(value),
          change = std::move(change)](Json& part, State& state) {
    if ((part.contains(at) ? part[at] : Json()) == value) change(part, state);
  };
}

Fault ForgiveCliRequest(const std::string& method, const std::string& text,
                        Json result) {
  return At(Place::kCli, Way::kUp,
            [=, result = std::move(result)](Frame& frame, State&) {
              if (!frame.Answers(method) || !frame.message.contains("error")) {
                return;
              }
              const std::string message =
                  frame.message["error"].value("message", "");
              if (message.find(text) == std::string::npos) return;
              frame.message.erase("error");
              frame.message["result"] = result;
            });
}

Json MakeEvent(const Frame& like, const std::string& type, Json data) {
  Json message = like.message;
  Json& event = message["params"]["event"];
  event["id"] = event.value("id", "") + "-" + type;
  event["type"] = type;
  event["data"] = std::move(data);
  return message;
}

void SendBefore(Frame& frame, Json event) {
  std::swap(frame.message, event);
  frame.Add(std::move(event));
}

void AskCli(Frame& answer, const std::string& method, Json params) {
  answer.back.push_back({{"jsonrpc", "2.0"},
                         {"id", std::string(kOwnId) + method},
                         {"method", method},
                         {"params", std::move(params)}});
}

Fault RememberToolCalls() {
  return OnCliEvent("tool.execution_start", [](Json& event, State& state) {
    const Json& data = event["data"];
    state.memory["call " + data.value("toolCallId", "")] = data;
  });
}

Json ToolCall(const State& state, const std::string& id) {
  const auto found = state.memory.find("call " + id);
  return found == state.memory.end() ? Json() : found->second;
}

Fault OnToolEnd(
    std::function<void(Json& data, const Json& call, State&)> change) {
  return OnCliEvent("tool.execution_complete", [change = std::move(change)](
                                                   Json& event, State& state) {
    Json& data = event["data"];
    const Json call = ToolCall(state, data.value("toolCallId", ""));
    if (!call.is_null()) change(data, call, state);
  });
}

}  // namespace copilot::conformance
