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

bool IsByok(const Json& params) {
  return Text(params, "provider") != "github-copilot";
}

bool Always(const Json&) { return true; }

// Later attempts of a conversation for which `holds` take the member of the
// first one: what the fingerprint does not hold. `place` is a JSON pointer.
Fault KeepsFirst(const std::string& place,
                 std::function<bool(const Json& params)> holds) {
  return OnAttempt([=](Json& params, State& state) {
    if (!holds(params)) return;
    const Json::json_pointer at(place);
    const Json now = params.contains(at) ? params[at] : Json();
    const auto [first, fresh] =
        state.memory.emplace(Text(params, "sessionId"), now);
    if (fresh) return;
    if (!first->second.is_null()) {
      params[at] = first->second;
    } else if (params.contains(at)) {
      params[at.parent_pointer()].erase(at.back());
    }
  });
}

constexpr char kStarts[] = "starts";
constexpr char kReset[] = "reset";

// Which start of the adapter it is in this scenario, beginning with 1.
int Starts(State& state) {
  const Json starts = state.world.Shared(kStarts);
  return starts.is_number() ? starts.get<int>() : 0;
}

Fault CountsStarts() {
  return OnAdapterRequest("initialize", [](Json&, State& state) {
    state.world.Share(kStarts, Starts(state) + 1);
  });
}

// After a restart an attempt has the member that it had before.
std::vector<Fault> KeepsOverRestart(const std::string& member) {
  return {CountsStarts(), OnAttempt([=](Json& params, State& state) {
            const Json before = state.world.Shared(member);
            if (Starts(state) == 1) {
              state.world.Share(member, params.value(member, Json()));
            } else if (!before.is_null()) {
              params[member] = before;
            }
          })};
}

// The next attempt after a result for which `holds` does not resume.
std::vector<Fault> ForgetsAfter(std::function<bool(const Json&)> holds) {
  return {OnResult([holds = std::move(holds)](Json& result, State& state) {
            if (holds(result)) state.memory["forgets"] = true;
          }),
          OnAttempt([](Json& params, State& state) {
            if (state.memory.erase("forgets") > 0) {
              params["initialReplayState"]["replayInvalid"] = true;
            }
          })};
}

// At this start of the adapter the host asks for no store.
Fault NoStoreAt(int start) {
  return OnAdapterRequest("harness.create", [=](Json& params, State& state) {
    if (Starts(state) == start) params["options"].erase("store");
  });
}

Fault RemembersConversations() {
  return OnAttempt([](Json& params, State& state) {
    state.memory["last"] = params["sessionId"];
    state.memory["known " + Text(params, "sessionId")] = true;
  });
}

bool IsKnown(State& state, const std::string& session) {
  return state.memory.contains("known " + session);
}

Fault TellsOfReset() {
  return OnAdapterRequest("harness.reset", [](Json&, State& state) {
    state.world.Share(kReset, true);
  });
}

bool WasReset(State& state) { return state.world.Shared(kReset) == Json(true); }

// Of the session that the CLI opened first.
Fault RemembersFirstSession() {
  return OnCliRequest("session.create", [](Json& params, State& state) {
    state.memory.emplace("first", params["sessionId"]);
  });
}

std::string StoreOf(State& state) {
  return state.Dir("state") + "/copilot/sdk-sessions.json";
}

}  // namespace

std::vector<Mutation> BindingMutations() {
  return {
      {"binding-conversations-mixed-up",
       {"BIND-01"},
       "the session of another conversation is resumed",
       {OnAttempt([](Json& params, State& state) {
          if (++state.count > 1 && state.memory.contains("ended") &&
              Text(params, "sessionKey") == "agent:main:main" &&
              !params.contains("agentId")) {
            params["sessionId"] = "session-1";
          }
        }),
        AfterAttempt([](State& state) { state.memory["ended"] = true; })}},
      {"binding-always-stored",
       {"BIND-01"},
       "bindings are stored although the host wants no store",
       {OnAdapterRequest("harness.create", Replace("/options/store", true))}},
      {"binding-resumes-once",
       {"BIND-02"},
       "a session is resumed once only",
       {OnAttempt([](Json& params, State& state) {
         Json& times = state.memory[Text(params, "sessionId")];
         times = times.is_null() ? 1 : times.get<int>() + 1;
         if (times == 3) params["initialReplayState"]["replayInvalid"] = true;
       })}},
      {"binding-forgotten-after-abort",
       {"BIND-02", "ATT-04"},
       "an aborted attempt loses the session",
       ForgetsAfter(
           [](const Json& result) { return result.value("aborted", false); })},
      {"binding-forgotten-after-error",
       {"BIND-02", "ATT-50"},
       "a session error loses the session",
       ForgetsAfter([](const Json& result) {
         const Json error = result.value("promptError", Json());
         return error.is_object() && error.contains("code");
       })},
      {"binding-forgotten-when-idle",
       {"BIND-02"},
       "a session is lost with its idle client",
       {OnAdapterRequest(
            "clock.advance",
            [](Json&, State& state) { state.memory["idle"] = true; }),
        OnAttempt([](Json& params, State& state) {
          if (state.memory.contains("idle")) {
            params["initialReplayState"]["replayInvalid"] = true;
          }
        })}},
      {"binding-model-ignored",
       {"BIND-03"},
       "the session of another model is resumed",
       {KeepsFirst("/model",
                   [](const Json& params) {
                     return params.value("model", Json()).is_string();
                   })}},
      {"binding-per-model",
       {"BIND-03"},
       "back at a model, its older session is resumed",
       {OnAttempt([](Json& params) {
         if (Text(params, "model") == "gpt-5") {
           params["sessionId"] = Text(params, "sessionId") + "-gpt-5";
         }
       })}},
      {"binding-model-api-ignored",
       {"BIND-04"},
       "the session of another model API is resumed",
       {KeepsFirst("/model/api",
                   [](const Json& params) {
                     return params.value("model", Json()).is_object() &&
                            !IsByok(params);
                   })}},
      {"binding-task-directory-ignored",
       {"BIND-05"},
       "the session of another task directory is resumed",
       {KeepsFirst("/cwd", Always)}},
      {"binding-workspace-ignored",
       {"BIND-05"},
       "the session of another workspace is resumed",
       {KeepsFirst("/workspaceDir", Always)}},
      {"binding-profile-version-ignored",
       {"BIND-06", "POOL-03"},
       "another version of an explicit token profile changes nothing",
       {KeepsFirst(
           "/auth/profileVersion",
           [](const Json& params) { return params.contains("auth"); })}},
      {"binding-profile-ignored",
       {"BIND-07", "POOL-03"},
       "another auth profile with the same token changes nothing",
       {KeepsFirst("/authProfileId", Always)}},
      {"binding-token-of-profile-ignored",
       {"BIND-08"},
       "another token under the same profile changes nothing",
       {KeepsFirst("/resolvedApiKey",
                   [](const Json& params) {
                     return params.contains("authProfileId");
                   })}},
      {"binding-auth-mode-ignored",
       {"BIND-08"},
       "after a key the logged-in user continues the session of the key",
       {OnAttempt([](Json& params, State& state) {
         if (params.contains("resolvedApiKey") && !IsByok(params)) {
           state.memory["key"] = params["resolvedApiKey"];
         } else if (params.contains("auth") && state.memory.contains("key")) {
           params["resolvedApiKey"] = state.memory["key"];
           params.erase("auth");
         }
       })}},
      {"binding-stored-token-ignored",
       {"BIND-08"},
       "a stored session is resumed with another token",
       KeepsOverRestart("resolvedApiKey")},
      {"binding-byok-url-ignored",
       {"BIND-09"},
       "the session of another BYOK base URL is resumed",
       {KeepsFirst("/model/baseUrl", IsByok)}},
      {"binding-byok-headers-ignored",
       {"BIND-10"},
       "the session of other BYOK headers is resumed",
       {KeepsFirst("/model/headers", IsByok)}},
      {"binding-byok-key-ignored",
       {"BIND-10"},
       "the session of another BYOK key is resumed",
       {KeepsFirst("/resolvedApiKey", IsByok)}},
      {"binding-byok-auth-mode-ignored",
       {"BIND-11"},
       "the session of another BYOK request auth mode is resumed",
       {KeepsFirst("/model/request", IsByok)}},
      {"binding-replay-mark-lost",
       {"BIND-12", "SESS-04"},
       "the caller's mark that replay is invalid is lost",
       {OnAttempt(Erase("/initialReplayState/replayInvalid"))}},
      {"binding-reset-deletes-the-oldest",
       {"BIND-13"},
       "a reset deletes the oldest session",
       {RemembersFirstSession(), OnCliRequest("session.delete",
                                              [](Json& params, State& state) {
                                                params["sessionId"] =
                                                    state.memory["first"];
                                              })}},
      {"binding-reset-deletes-all",
       {"BIND-13"},
       "a reset deletes the older sessions too",
       {RemembersFirstSession(),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("session.delete")) return;
             const Json& params = frame.message["params"];
             if (params["sessionId"] == state.memory["first"]) return;
             frame.Ask("session.delete",
                       {{"sessionId", state.memory["first"]}});
           })}},
      {"binding-not-stored",
       {"BIND-14"},
       "an established session is not recorded in the store",
       {CountsStarts(), NoStoreAt(1)}},
      {"binding-store-not-read",
       {"BIND-15"},
       "a new instance does not look into the store",
       {CountsStarts(), NoStoreAt(2)}},
      {"binding-stored-work-goes-on",
       {"BIND-15"},
       "a stored session is resumed with its pending work",
       {CountsStarts(), OnCliRequest("session.resume",
                                     [](Json& params, State& state) {
                                       if (Starts(state) == 2) {
                                         params["continuePendingWork"] = true;
                                       }
                                     })}},
      {"binding-url-stored",
       {"BIND-16"},
       "the base URL is kept beside the stored record",
       {OnAdapterRequest("harness.create",
                         [](Json& params, State& state) {
                           if (params.value("options", Json::object())
                                   .value("store", false)) {
                             state.memory["store"] = true;
                           }
                         }),
        AfterAttempt([](State& state) {
          const Json model = state.params.value("model", Json());
          if (!state.memory.contains("store") || !model.is_object()) return;
          state.world.Write(StoreOf(state) + ".urls",
                            Text(model, "baseUrl") + "\n");
        })}},
      {"binding-stored-model-ignored",
       {"BIND-21"},
       "a stored session of another model is resumed",
       KeepsOverRestart("model")},
      {"binding-stored-home-ignored",
       {"BIND-22"},
       "a stored session of another agent is resumed",
       KeepsOverRestart("agentId")},
      {"binding-agent-ignored",
       {"BIND-22"},
       "the session of another agent is resumed",
       {KeepsFirst("/agentId",
                   [](const Json& params) {
                     return params.contains("agentId") &&
                            !params.contains("copilotHome");
                   })}},
      {"binding-home-ignored",
       {"BIND-22"},
       "the session of another Copilot home is resumed",
       {KeepsFirst(
           "/copilotHome",
           [](const Json& params) { return !params.contains("agentId"); })}},
      {"binding-openclaw-home-ignored",
       {"BIND-22"},
       "a new OPENCLAW_HOME does not change the home",
       {OnAdapterRequest("environment.set",
                         Erase("/variables/OPENCLAW_HOME"))}},
      {"binding-reset-of-nobody",
       {"BIND-24"},
       "a reset without a session id is one of the last conversation",
       {RemembersConversations(),
        OnAdapterRequest("harness.reset",
                         [](Json& params, State& state) {
                           if (params.contains("sessionId")) return;
                           params["sessionId"] = state.memory["last"];
                         })}},
      {"binding-reset-of-the-wrong-one",
       {"BIND-25"},
       "a reset of an unknown conversation is one of the last conversation",
       {RemembersConversations(),
        OnAdapterRequest("harness.reset",
                         [](Json& params, State& state) {
                           const std::string id = Text(params, "sessionId");
                           if (id.empty() || IsKnown(state, id) ||
                               !state.memory.contains("last")) {
                             return;
                           }
                           params["sessionId"] = state.memory["last"];
                         })}},
      {"binding-reset-deletes-nothing",
       {"BIND-13", "BIND-26", "BIND-28", "BIND-29", "BIND-30"},
       "a reset forgets a session without deleting it",
       {TellsOfReset(), At(Place::kCli, Way::kDown,
                           [](Frame& frame, State& state) {
                             if (frame.Is("session.delete") &&
                                 WasReset(state)) {
                               frame.Reply({{"success", true}});
                             }
                           })}},
      {"binding-reset-deletes-twice",
       {"BIND-13", "BIND-26", "BIND-29"},
       "a reset deletes the session twice",
       {TellsOfReset(),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("session.delete") || !WasReset(state)) return;
             frame.Ask("session.delete", frame.message["params"]);
           })}},
      {"binding-failed-session-deleted",
       {"BIND-27"},
       "a session that could not be created is deleted",
       {OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       state.memory["asked"] = params["sessionId"];
                     }),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (!frame.Answers("session.create") ||
                 !frame.message.contains("error")) {
               return;
             }
             frame.back.push_back(
                 {{"jsonrpc", "2.0"},
                  {"id", std::string(kOwnId) + "delete"},
                  {"method", "session.delete"},
                  {"params", {{"sessionId", state.memory["asked"]}}}});
           })}},
      {"binding-reset-fails",
       {"BIND-28"},
       "a reset fails when the CLI refuses to delete the session",
       {OnCliError(
            "session.delete",
            [](Json&, State& state) { state.world.Share("refused", true); }),
        At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (!frame.Answers("harness.reset") ||
                 state.world.Shared("refused") != Json(true)) {
               return;
             }
             frame.message.erase("result");
             frame.message["error"] = {{"code", -32000},
                                       {"message", "permission denied"}};
           })}},
      {"binding-reset-of-all",
       {"BIND-30"},
       "a reset of one conversation resets the first one too",
       {RemembersConversations(), At(Place::kAdapter, Way::kDown,
                                     [](Frame& frame, State& state) {
                                       if (!frame.Is("harness.reset")) return;
                                       Json params = frame.message["params"];
                                       const std::string id =
                                           Text(params, "sessionId");
                                       if (id == "session-1" ||
                                           !IsKnown(state, id))
                                         return;
                                       params["sessionId"] = "session-1";
                                       frame.Ask("harness.reset", params);
                                     })}},
      {"binding-store-survives-reset",
       {"BIND-31"},
       "a reset leaves the record in the store",
       {OnAdapterRequest("harness.reset",
                         [](Json&, State& state) {
                           state.memory["store"] =
                               state.world.Read(StoreOf(state));
                         }),
        At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (!frame.Answers("harness.reset")) return;
             const std::string text = state.memory["store"];
             if (!text.empty()) state.world.Write(StoreOf(state), text);
           })}},
      {"binding-reset-of-known-only",
       {"BIND-31"},
       "a reset of a conversation that only the store knows does nothing",
       {CountsStarts(), RemembersConversations(),
        At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("harness.reset") || Starts(state) != 2) return;
             if (!IsKnown(state, Text(frame.message["params"], "sessionId"))) {
               frame.Reply(Json::object());
             }
           })}},
      {"binding-compacting-resumed",
       {"BIND-37", "BIND-40"},
       "a session that still compacts is resumed",
       {OnAdapterRequest("initialize",
                         [](Json& params, State& state) {
                           state.memory["clock"] = params["clock"];
                         }),
        OnAttemptCall([](Json& call, State& state) {
          state.world.Share("blind", state.memory["clock"] == "real" &&
                                         call.value("hooks", Json()).empty());
        }),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.EventType() == "session.compaction_start" &&
                 state.world.Shared("blind") == Json(true)) {
               frame.Drop();
             }
           })}},
      {"binding-overdue-kept",
       {"BIND-39", "ATT-41"},
       "another session is deleted in place of the overdue one",
       {TellsOfReset(), OnCliRequest("session.delete",
                                     [](Json& params, State& state) {
                                       if (WasReset(state)) return;
                                       params["sessionId"] =
                                           Text(params, "sessionId") + "0";
                                     })}},
      {"binding-replacement-forgotten",
       {"BIND-40"},
       "nothing is bound while an older session still compacts",
       {OnCliEvent(
            "session.compaction_start",
            [](Json&, State& state) { state.world.Share("compacting", true); }),
        OnAttempt([](Json& params, State& state) {
          if (++state.count == 3 &&
              state.world.Shared("compacting") == Json(true)) {
            params["initialReplayState"]["replayInvalid"] = true;
          }
        })}},
  };
}

}  // namespace copilot::conformance
