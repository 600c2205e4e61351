// SPDX-License-Identifier: MIT
//
// Faults in one line each. A change gets the part that it is about, and the
// State as well if it takes one: [](Json& params) or [](Json& params, State&).
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "conformance/mutant/mutation.h"

namespace copilot::conformance {

using Json = nlohmann::json;

// A change of a part of a message, with or without the State.
class PartChange {
 public:
  template <typename F>
  requires(std::is_invocable_v<F, Json&, State&> ||
           std::is_invocable_v<F, Json&>)
      PartChange(F change)  // NOLINT(google-explicit-constructor)
      : change_([change = std::move(change)](Json& part, State& state) {
          if constexpr (std::is_invocable_v<F, Json&, State&>) {
            change(part, state);
          } else {
            change(part);
          }
        }) {}

  void operator()(Json& part, State& state) const { change_(part, state); }

 private:
  std::function<void(Json&, State&)> change_;
};

// --- Ready-made changes. A place is a member, or a JSON pointer. ---

PartChange Erase(const std::string& place);
// Adds or replaces.
PartChange Set(const std::string& place, Json value);
// Only where the place exists.
PartChange Replace(const std::string& place, Json value);

// --- Between the runner and the adapter (docs/adapter-protocol.md). ---

// The params of attempts, as the harness sees them.
Fault OnAttempt(PartChange change);
// The whole request: `tools`, `permissionPolicy`, `hooks` too.
Fault OnAttemptCall(PartChange change);
// The params of compactions.
Fault OnCompaction(PartChange change);
// Params of any other request of the runner, "harness.create" and so on.
Fault OnAdapterRequest(const std::string& method, PartChange change);
// The adapter never gets it; the runner gets this result.
Fault SkipAdapterRequest(const std::string& method,
                         Json result = Json::object());

// The result of attempts, as the host sees it.
Fault OnResult(PartChange change);
Fault OnCompactionResult(PartChange change);
// The result of any other request of the runner.
Fault OnAdapterAnswer(const std::string& method, PartChange change);
// It fails in place of its result, or with another message.
Fault FailAdapter(const std::string& method, const std::string& message);

// Params of what the adapter tells or asks the runner: "log",
// "attempt.delta", "hook.fired", "tool.execute", "permission.decide"…
Fault OnNotification(const std::string& method, PartChange change);
// The runner never gets to know. A request is answered with `result`.
Fault DropNotification(const std::string& method, Json result = Json::object());
// Twice. Of a request too, with the same id.
Fault RepeatNotification(const std::string& method);
// After the next `later` (or the answer to it) only.
Fault DelayNotification(const std::string& method, const std::string& later);

// `{toolCallId, toolName, arguments}`.
Fault OnToolExecute(PartChange change);
// What the host's tool gave, as the harness sees it.
Fault OnToolResult(PartChange change);
// The host's decision, as the harness sees it: `{decision}`.
Fault OnDecision(PartChange change);
// The payload of a hook.
Fault OnHook(const std::string& hook, PartChange change);
Fault DropHook(const std::string& hook);
// What hooks contribute, as the harness sees it.
Fault OnContribution(PartChange change);

// An attempt of which `when` holds is held back until the harness has forgotten
// its session.
std::vector<Fault> ForgetFirst(std::function<bool(State&)> when);

// When an attempt has ended, before the runner knows: the transcript's text,
// if there is any, becomes what `change` makes of it.
Fault OnTranscript(std::function<std::string(const std::string& text)> change);
// When an attempt (or compaction) has ended: files, logs.
Fault AfterAttempt(std::function<void(State&)> then);
Fault AfterCompaction(std::function<void(State&)> then);
// Where a key of an attempt escapes to, when the attempt has ended.
Fault Leak(
    std::function<void(Json& message, const std::string& token, State&)> leak);

// --- Between the harness and the CLI, or the runner and the CLI. ---

// Params of what the CLI is asked.
Fault OnCliRequest(const std::string& method, PartChange change);
// The CLI never gets it, and nobody an answer.
Fault DropCliRequest(const std::string& method);
// The CLI never gets it, and this is the answer.
Fault SkipCliRequest(const std::string& method, Json result = Json::object());
Fault RenameCliRequest(const std::string& method, const std::string& other);
Fault RepeatCliRequest(const std::string& method);
// After every `method` one more request, `extra`, whose params are made from
// those of the first.
Fault AddCliRequest(const std::string& method, const std::string& extra,
                    std::function<Json(const Json& params)> make);

// What the CLI answers: the result.
Fault OnCliAnswer(const std::string& method, PartChange change);
Fault DropCliAnswer(const std::string& method);
Fault RepeatCliAnswer(const std::string& method);
// It fails, whatever the CLI says.
Fault FailCliRequest(const std::string& method, int code,
                     const std::string& message);
// The error of those that fail: `{code, message}`.
Fault OnCliError(const std::string& method, PartChange change);

// The event itself: `{id, type, data, …}`.
Fault OnCliEvent(const std::string& type, PartChange change);
Fault DropCliEvent(const std::string& type);
Fault RepeatCliEvent(const std::string& type);
// Right after the next event of type `later` only.
Fault DelayCliEvent(const std::string& type, const std::string& later);

// Params of what the CLI asks or tells: "hooks.invoke", "userInput.request",
// "session.lifecycle"…
Fault OnCliCall(const std::string& method, PartChange change);
Fault DropCliCall(const std::string& method);
// The result that it gets for it.
Fault OnCliCallAnswer(const std::string& method, PartChange change);
// What it asks is answered with this before anybody else gets to see it.
Fault AnswerCliCall(const std::string& method, Json result);

// --- Processes. ---

Fault AdapterEnvironment(
    std::function<void(std::map<std::string, std::string>&)> change);
Fault CliEnvironment(
    std::function<void(std::map<std::string, std::string>&)> change);
// Those after the program.
Fault CliArguments(std::function<void(std::vector<std::string>&)> change);
Fault CliDirectory(const std::string& directory);
// This many CLIs more for each one.
Fault ExtraClis(int count);

// --- Anything else. ---

Fault At(Place place, Way way, Change change);

}  // namespace copilot::conformance
