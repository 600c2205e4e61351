// SPDX-License-Identifier: MIT
#include <algorithm>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kFired[] = "hook.fired";
constexpr char kNative[] = "nativeHook.fired";
constexpr char kAgentEnd[] = "agent_end";

// Hooks of this name for which `which` holds are not fired.
Fault DropHookIf(const std::string& hook,
                 std::function<bool(const Json& payload)> which) {
  return At(Place::kAdapter, Way::kUp, [=](Frame& frame, State&) {
    if (!frame.Is(kFired)) return;
    const Json& params = frame.message["params"];
    if (params.value("hook", "") != hook) return;
    if (which(params["payload"])) frame.Reply(Json::object());
  });
}

// What one hook contributes, as the harness sees it.
std::vector<Fault> OnContributionOf(const std::string& hook,
                                    PartChange change) {
  return {OnNotification(kFired,
                         [](Json& params, State& state) {
                           state.memory["hook"] = params.value("hook", "");
                         }),
          OnContribution([hook, change = std::move(change)](Json& contribution,
                                                            State& state) {
            if (state.memory["hook"] == hook) change(contribution, state);
          })};
}

bool HasFailed(const Json& payload) {
  return payload.value("success", Json()) == false;
}

bool HasTimedOut(const Json& payload) {
  const std::string error = payload.value("error", "");
  return error.find("timed out") != error.npos;
}

// The host's hook has thrown.
Fault AfterThrow(std::function<void(State&)> then) {
  return At(Place::kAdapter, Way::kDown,
            [then = std::move(then)](Frame& frame, State& state) {
              if (frame.Answers(kFired) && frame.message.contains("error")) {
                then(state);
              }
            });
}

}  // namespace

std::vector<Mutation> HooksMutations() {
  return {
      {"hooks-native-always-asked-for",
       {"HOOK-01", "HOOK-02"},
       "a session asks for native hooks though nobody has any",
       {OnCliRequest("session.create",
                     [](Json& params) { params["hooks"] = true; })}},
      {"hooks-native-all-fired",
       {"HOOK-03"},
       "native hooks are fired that the host did not ask for",
       {OnAttemptCall([](Json& call) {
         Json& hooks = call["nativeHooks"];
         if (hooks == Json::array({"onPostToolUse"})) {
           hooks.push_back("onPreToolUse");
         }
       })}},
      {"hooks-native-failure-without-name",
       {"HOOK-04"},
       "who is told of a failed native hook does not hear which one",
       {OnNotification(kNative,
                       [](Json& params) {
                         if (params.value("hook", "") == "onHookError") {
                           params["input"]["hookName"] = "hook";
                         }
                       })}},
      {"hooks-native-failure-not-logged",
       {"HOOK-05"},
       "a native hook that fails is not logged",
       {At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State&) {
             if (!frame.Is("log")) return;
             const Json& text = frame.message["params"]["message"];
             if (text.is_string() &&
                 text.get<std::string>().find("handler threw") !=
                     std::string::npos) {
               frame.Drop();
             }
           })}},
      {"hooks-native-notifier-fails-the-attempt",
       {"HOOK-06"},
       "an attempt fails when who is told of failed native hooks fails, too",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Answers(kNative) && frame.message.contains("error")) {
               ++state.count;
             }
           }),
        OnResult([](Json& result, State& state) {
          if (state.count > 1) result["promptError"] = {{"message", "hook"}};
        })}},
      {"hooks-native-instead-of-portable",
       {"HOOK-07"},
       "with native hooks the host's own are not fired",
       {OnAttemptCall([](Json& call) {
         if (call.contains("nativeHooks") && !call["nativeHooks"].empty()) {
           call["hooks"] = Json::array();
         }
       })}},
      {"hooks-native-without-effect",
       {"HOOK-08"},
       "what a native hook answers does not reach the CLI",
       {OnCliCallAnswer("hooks.invoke", Erase("output"))}},
      {"hooks-agent-end-lost",
       {"ATT-30"},
       "agent_end is not fired",
       {DropHook(kAgentEnd)}},
      {"hooks-agent-end-after-refusal-lost",
       {"ATT-21"},
       "agent_end is not fired for an attempt that was refused at once",
       {DropHookIf(kAgentEnd,
                   [](const Json& payload) {
                     return HasFailed(payload) && !HasTimedOut(payload);
                   })}},
      {"hooks-agent-end-after-timeout-lost",
       {"ATT-08"},
       "agent_end is not fired for an attempt that timed out",
       {DropHookIf(kAgentEnd, HasTimedOut)}},
      {"hooks-agent-end-always-good",
       {"ATT-08", "ATT-21"},
       "agent_end says that every attempt was a success",
       {OnHook(kAgentEnd, Set("success", true))}},
      {"hooks-agent-end-never-good",
       {"ATT-30"},
       "agent_end does not say that an attempt was a success",
       {OnHook(kAgentEnd,
               [](Json& payload) {
                 if (payload["success"] == true) payload.erase("success");
               })}},
      {"hooks-agent-end-without-error",
       {"ATT-08"},
       "agent_end does not say why an attempt failed",
       {OnHook(kAgentEnd, Erase("error"))}},
      {"hooks-input-without-history",
       {"ATT-30"},
       "llm_input has no history",
       {OnHook("llm_input", Erase("historyMessages"))}},
      {"hooks-input-lost",
       {"ATT-30"},
       "llm_input is not fired",
       {DropHook("llm_input")}},
      {"hooks-output-empty",
       {"ATT-30"},
       "llm_output has no texts",
       {OnHook("llm_output", Set("assistantTexts", Json::array()))}},
      {"hooks-output-after-refusal",
       {"ATT-21"},
       "llm_output is fired for an attempt that was refused at once",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("attempt.run")) return;
             state.memory["hooks"] =
                 frame.message["params"].value("hooks", Json::array());
             state.memory["attempt"] = frame.message["params"]["attempt"];
           }),
        At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (!frame.Answers("attempt.run")) return;
             const Json& wanted = state.memory["hooks"];
             const Json result = frame.message.value("result", Json::object());
             if (std::count(wanted.begin(), wanted.end(), "llm_output") == 0 ||
                 result.value("promptError", Json()).is_null()) {
               return;
             }
             frame.Drop();
             frame.Ask(kFired, {{"attempt", state.memory["attempt"]},
                                {"hook", "llm_output"},
                                {"payload", Json::object()}});
             frame.Add(frame.message);
           })}},
      {"hooks-after-tool-call-twice",
       {"ATT-30", "TOOL-63"},
       "after_tool_call is fired twice",
       {At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.Is(kFired) &&
                 frame.message["params"]["hook"] == "after_tool_call") {
               frame.Ask(kFired, frame.message["params"]);
             }
           })}},
      {"hooks-after-tool-call-bare",
       {"TOOL-63"},
       "after_tool_call does not say what the tool was called with",
       {OnHook("after_tool_call", Erase("params"))}},
      {"hooks-nothing-appended",
       {"ATT-29"},
       "a prompt hook can put something before the prompt only",
       {OnContribution(Erase("appendContext"))}},
      {"hooks-contexts-in-one-line",
       {"ATT-29"},
       "the contexts of a prompt hook follow the prompt without a blank line",
       {OnContribution([](Json& contribution, State& state) {
          state.world.Share("context",
                            contribution.value("prependContext", ""));
        }),
        OnCliRequest("session.send",
                     [](Json& params, State& state) {
                       const Json shared = state.world.Shared("context");
                       if (!shared.is_string() || shared == "") return;
                       const std::string context = shared;
                       std::string prompt = params.value("prompt", "");
                       if (prompt.starts_with(context + "\n\n")) {
                         params["prompt"] = prompt.erase(context.size(), 1);
                       }
                     })}},
      {"hooks-system-context-lost",
       {"ATT-29"},
       "a prompt hook cannot add to the system message",
       {OnContribution(Erase("appendSystemContext"))}},
      {"hooks-legacy-contributes-nothing",
       {"ATT-29"},
       "what before_agent_start contributes is lost",
       OnContributionOf("before_agent_start", Erase("prependContext"))},
      {"hooks-legacy-asked-again",
       {"ATT-31"},
       "before_agent_start is fired though its result is known",
       {OnAttempt(Erase("beforeAgentStartResult"))}},
      {"hooks-throw-is-silent",
       {"ATT-35"},
       "a hook that throws is not logged",
       {At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State&) {
             if (!frame.Is("log")) return;
             const std::string text =
                 frame.message["params"].value("message", "");
             if (text.find("hook failed") != text.npos) frame.Drop();
           })}},
      {"hooks-throw-ends-the-attempt",
       {"ATT-35"},
       "a hook that throws fails the attempt",
       {AfterThrow([](State& state) { state.memory["thrown"] = true; }),
        OnResult([](Json& result, State& state) {
          if (state.memory["thrown"] == true) {
            result["promptError"] = {{"message", "a hook failed"}};
          }
        })}},
      {"hooks-raw-prompt-hook",
       {"SESS-35"},
       "the prompt hooks are fired for raw prompts too",
       {OnAttemptCall([](Json& call) {
         if (call.contains("hooks") && !call["hooks"].empty()) {
           call["params"].erase("promptMode");
         }
       })}},
  };
}

}  // namespace copilot::conformance
