// SPDX-License-Identifier: MIT
//
// The variants of CLIs, by subject as the contract groups them, and faults
// that only they need.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {

std::vector<Mutation> CliTurnMutations();
std::vector<Mutation> CliToolMutations();
std::vector<Mutation> CliPermissionMutations();
std::vector<Mutation> CliQuestionMutations();
std::vector<Mutation> CliErrorMutations();
std::vector<Mutation> CliSessionMutations();
std::vector<Mutation> CliHistoryMutations();
std::vector<Mutation> CliControlMutations();
std::vector<Mutation> CliModelMutations();
std::vector<Mutation> CliHookMutations();
std::vector<Mutation> CliServerMutations();
std::vector<Mutation> CliFileMutations();
std::vector<Mutation> CliProcessMutations();

// Only where the place is `value`; null stands for a place that is missing.
PartChange Where(const std::string& place, Json value, PartChange change);

// A request that fails with a message that contains `text` succeeds.
Fault ForgiveCliRequest(const std::string& method, const std::string& text,
                        Json result = Json::object());

// A copy of an event's notification, with another type and data, and its own
// id.
Json MakeEvent(const Frame& like, const std::string& type, Json data);
// The event is sent right before `frame`.
void SendBefore(Frame& frame, Json event);
// The CLI gets a request of our own, and nobody the answer.
void AskCli(Frame& answer, const std::string& method, Json params);

// Remembers each tool call that begins, for the two below; comes before them.
Fault RememberToolCalls();
// Data of the tool.execution_start of a call; null when there was none.
Json ToolCall(const State& state, const std::string& id);
// The data of each tool.execution_complete, with that of its start.
Fault OnToolEnd(
    std::function<void(Json& data, const Json& call, State&)> change);

}  // namespace copilot::conformance
