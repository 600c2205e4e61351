// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

// A member that is a text, or an empty one.
std::string Text(const Json& object, const std::string& member) {
  const Json value = object.value(member, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

// The attempt gets a client that it shares with nobody else.
void TakeClient(Json& params, State& state, const std::string& name) {
  params["copilotHome"] = state.Dir("state") + "/" + name;
}

bool IsPromptError(const Json& result, const std::string& text) {
  const Json error = result.value("promptError", Json());
  return error.is_object() &&
         Text(error, "message").find(text) != std::string::npos;
}

constexpr char kFailed[] = "failed";

// The next attempts end like that one for which `holds`.
std::vector<Fault> FailsForEver(std::function<bool(const Json&)> holds) {
  return {OnResult([holds = std::move(holds)](Json& result, State& state) {
            if (holds(result)) state.memory[kFailed] = result;
          }),
          At(Place::kAdapter, Way::kDown, [](Frame& frame, State& state) {
            if (frame.Is("attempt.run") && state.memory.contains(kFailed)) {
              frame.Reply(state.memory[kFailed]);
            }
          })};
}

// Counts in `count` those that run.
std::vector<Fault> CountsRunning(Fault first, Fault second) {
  return {std::move(first), std::move(second),
          OnAttempt([](Json&, State& state) { ++state.count; }),
          AfterAttempt([](State& state) { --state.count; })};
}

}  // namespace

std::vector<Mutation> PoolMutations() {
  return {
      {"pool-token-ignored",
       {"POOL-03"},
       "a rotated token keeps the old client",
       {OnAttempt([](Json& params, State& state) {
         if (!params.contains("resolvedApiKey")) return;
         params["resolvedApiKey"] =
             state.memory.emplace("token", params["resolvedApiKey"])
                 .first->second;
       })}},
      {"pool-never-shared",
       {"POOL-01", "POOL-06", "POOL-08", "POOL-31"},
       "every attempt gets a client of its own",
       {OnAttempt([](Json& params, State& state) {
         params["copilotHome"] =
             state.Dir("state") + "/home-" + std::to_string(++state.count);
       })}},
      {"pool-idle-too-short",
       {"POOL-05", "POOL-06"},
       "idle clients are stopped after half their time",
       {OnAdapterRequest("harness.create",
                         [](Json& params) {
                           Json& options = params["options"];
                           if (!options.contains("idleTtlMs")) return;
                           Json& ms = options["idleTtlMs"];
                           if (ms.is_number() && ms >= 1) {
                             ms = ms.get<double>() / 2;
                           }
                         })}},
      {"pool-agent-ignored",
       {"POOL-02"},
       "agents share a client",
       {OnAttempt([](Json& params, State& state) {
         if (!params.contains("agentId")) return;
         params["agentId"] =
             state.memory.emplace("agent", params["agentId"]).first->second;
       })}},
      {"pool-conversation-in-key",
       {"POOL-01"},
       "a conversation of another key gets a client of its own",
       {OnAttempt([](Json& params, State& state) {
         const std::string key = Text(params, "sessionKey");
         if (key != "agent:main:main") TakeClient(params, state, "other");
       })}},
      {"pool-explicit-token-not-shared",
       {"POOL-01"},
       "each attempt with an explicit token gets a client of its own",
       {OnAttempt([](Json& params, State& state) {
         if (Text(params.value("auth", Json::object()), "gitHubToken")
                 .empty()) {
           return;
         }
         params["auth"]["profileVersion"] = std::to_string(++state.count);
       })}},
      {"pool-agent-of-home",
       {"POOL-02"},
       "agents with the same home share a client",
       {OnAttempt([](Json& params) {
         if (params.contains("copilotHome") && params.contains("agentId")) {
           params["agentId"] = "main";
         }
       })}},
      {"pool-leased-given-up",
       {"POOL-04"},
       "a leased client is given up when its idle time is over",
       CountsRunning(OnAdapterRequest("clock.advance",
                                      [](Json&, State& state) {
                                        if (state.count > 0) {
                                          state.memory["over"] = true;
                                        }
                                      }),
                     OnAttempt([](Json& params, State& state) {
                       if (state.memory.contains("over")) {
                         TakeClient(params, state, "fresh");
                       }
                     }))},
      {"pool-idle-early",
       {"POOL-05", "POOL-06"},
       "an idle client is stopped a millisecond too early",
       {OnAdapterRequest("harness.create", Replace("/options/idleTtlMs", 49))}},
      {"pool-idle-late",
       {"POOL-05", "POOL-06"},
       "an idle client is stopped a millisecond too late",
       {OnAdapterRequest("harness.create", Replace("/options/idleTtlMs", 51))}},
      {"pool-idle-not-anew",
       {"POOL-06"},
       "the idle time goes on when a client is used again",
       {OnAdapterRequest("clock.advance",
                         [](Json& params, State& state) {
                           const int ms = params.value("ms", 0);
                           const int before =
                               state.memory["before"].is_null()
                                   ? 0
                                   : state.memory["before"].get<int>();
                           params["ms"] = before + ms;
                           state.memory["before"] = ms;
                         })}},
      {"pool-concurrent-start",
       {"POOL-08"},
       "an attempt that starts while a client starts gets one of its own",
       {OnAttempt([](Json& params, State& state) {
          if (++state.count > 1 && !state.memory.contains("established")) {
            TakeClient(params, state, "second");
          }
        }),
        OnNotification(
            "session.established",
            [](Json&, State& state) { state.memory["established"] = true; }),
        AfterAttempt(
            [](State& state) { state.memory["established"] = true; })}},
      {"pool-failed-start-cached",
       {"POOL-09"},
       "a client that failed to start is remembered",
       FailsForEver([](const Json& result) {
         return IsPromptError(result, "exited") &&
                Text(result, "sdkSessionId").empty();
       })},
      {"pool-dead-client-kept",
       {"POOL-33"},
       "a client whose process died is used again",
       FailsForEver([](const Json& result) {
         return IsPromptError(result, "signal") &&
                !Text(result, "sdkSessionId").empty();
       })},
      {"pool-trailing-slash",
       {"POOL-19"},
       "homes are compared with their trailing separators",
       {OnAttempt([](Json& params) {
         const std::string home = Text(params, "copilotHome");
         if (!home.empty() && home.back() == '/') {
           params["copilotHome"] = home + "one";
         }
       })}},
      {"pool-idle-time-zero",
       {"POOL-21"},
       "an idle time of 0 is replaced by 1 ms",
       {OnAdapterRequest("harness.create",
                         [](Json& params) {
                           Json& options = params["options"];
                           if (options.value("idleTtlMs", 1) == 0) {
                             options["idleTtlMs"] = 1;
                           }
                         })}},
      {"pool-home-ignored",
       {"POOL-29"},
       "an agent keeps the client of its first home",
       {OnAttempt([](Json& params, State& state) {
         if (!params.contains("copilotHome") || !params.contains("agentId")) {
           return;
         }
         params["copilotHome"] =
             state.memory
                 .emplace(Text(params, "agentId"), params["copilotHome"])
                 .first->second;
       })}},
      {"pool-auth-mode-ignored",
       {"POOL-30"},
       "after the logged-in user a key gets the same client",
       {OnAttempt([](Json& params, State& state) {
         if (params.value("auth", Json::object())
                 .value("useLoggedInUser", false)) {
           state.memory["logged-in"] = true;
         } else if (state.memory.contains("logged-in")) {
           params.erase("resolvedApiKey");
           params["auth"]["useLoggedInUser"] = true;
         }
       })}},
      {"pool-model-in-key",
       {"POOL-31"},
       "another model gets another client",
       {OnAttempt([](Json& params, State& state) {
         const std::string model = Text(params, "model");
         if (model == "gpt-5") TakeClient(params, state, model);
       })}},
      {"pool-directory-in-key",
       {"POOL-31"},
       "another working directory gets another client",
       {OnAttempt([](Json& params, State& state) {
         if (params.contains("cwd")) TakeClient(params, state, "elsewhere");
       })}},
      {"pool-dispose-stops-one",
       {"POOL-32"},
       "disposing stops nothing once there are two clients",
       {OnAttempt([](Json& params, State& state) {
          state.memory[Text(params, "agentId")];
        }),
        At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("harness.dispose") && state.memory.size() > 1) {
               frame.Reply(Json::object());
             }
           })}},
  };
}

}  // namespace copilot::conformance
