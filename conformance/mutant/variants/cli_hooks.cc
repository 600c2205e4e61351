// SPDX-License-Identifier: MIT
//
// Hooks: CLI-53 to CLI-57.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kHook[] = "hooks.invoke";

// Clients are told of hooks that they did not ask for.
std::vector<Fault> InvokeUnasked() {
  return {OnCliRequest("session.create",
                       [](Json& params, State& state) {
                         state.memory["hooks"] = params.value("hooks", false);
                       }),
          At(Place::kCli, Way::kUp, [](Frame& frame, State& state) {
            if (frame.EventType() != "tool.execution_start" ||
                state.memory["hooks"] != false) {
              return;
            }
            const Json& params = frame.message["params"];
            const Json& data = params["event"]["data"];
            frame.Ask(kHook, {{"sessionId", params["sessionId"]},
                              {"hookType", "preToolUse"},
                              {"input",
                               {{"toolName", data["toolName"]},
                                {"toolArgs", data["arguments"]}}}});
          })};
}

}  // namespace

std::vector<Mutation> CliHookMutations() {
  return {
      {"cli-hook-denial-ignored",
       {"CLI-53"},
       "a tool runs although a hook denies it",
       {OnCliCallAnswer(kHook, Erase("/output/permissionDecision"))}},
      {"cli-hook-reason-lost",
       {"CLI-53"},
       "the reason of a hook that denies a tool is lost",
       {OnCliCallAnswer(kHook, Erase("/output/permissionDecisionReason"))}},
      {"cli-hook-without-arguments",
       {"CLI-53"},
       "a hook does not get the arguments of the tool",
       {OnCliCall(kHook,
                  Where("/hookType", "preToolUse", Erase("/input/toolArgs")))}},
      {"cli-hook-arguments-ignored",
       {"CLI-54"},
       "the arguments that a hook changed are ignored",
       {OnCliCallAnswer(kHook, Erase("/output/modifiedArgs"))}},
      {"cli-hook-result-ignored",
       {"CLI-55"},
       "the result that a hook changed is ignored",
       {OnCliCallAnswer(kHook, Erase("/output/modifiedResult"))}},
      {"cli-hook-before-result",
       {"CLI-55"},
       "a hook that is asked about a result does not get it",
       {OnCliCall(kHook, Erase("/input/toolResult"))}},
      {"cli-hook-prompt-ignored",
       {"CLI-56"},
       "the prompt that a hook rewrote is ignored",
       {OnCliCallAnswer(kHook, Erase("/output/modifiedPrompt"))}},
      {"cli-hook-context-ignored",
       {"CLI-56"},
       "the context that a hook adds to a prompt is ignored",
       {OnCliCallAnswer(kHook, Erase("/output/additionalContext"))}},
      {"cli-hooks-unasked",
       {"CLI-57"},
       "clients are asked for hooks that they did not ask for",
       InvokeUnasked()},
  };
}

}  // namespace copilot::conformance
