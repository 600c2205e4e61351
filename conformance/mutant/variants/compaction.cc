// SPDX-License-Identifier: MIT
#include <utility>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kCompact[] = "session.compact";
constexpr char kCompactHistory[] = "session.history.compact";
constexpr char kCancel[] = "session.history.cancelBackgroundCompaction";
constexpr char kFailed[] = "copilot-sdk-history-compact-failed";
constexpr char kMissing[] = "missing_thread_binding";
constexpr char kStale[] = "stale_thread_binding";
constexpr char kPending[] = "background-compaction-pending";
// The attempt of a client that nobody asked for.
constexpr char kOwn[] = "of the compaction";
constexpr char kUnderTarget[] = "already under target";

// How the session of a compaction is resumed; attempts resume aloud.
Fault OnCompactionResume(PartChange change) {
  return OnCliRequest("session.resume",
                      [change = std::move(change)](Json& params, State& state) {
                        if (params.value("disableResume", false))
                          change(params, state);
                      });
}

// The outcome of compactions that end for this reason.
Fault OnOutcome(const std::string& reason, PartChange change) {
  return OnCompactionResult(
      [reason, change = std::move(change)](Json& outcome, State& state) {
        if (outcome["reason"] == reason) change(outcome, state);
      });
}

// Another reason, in both places.
PartChange Reason(const std::string& reason) {
  return [reason](Json& outcome) {
    outcome["reason"] = reason;
    if (outcome.contains("failure")) outcome["failure"]["reason"] = reason;
  };
}

Json Failure(const std::string& reason) {
  return {{"ok", false},
          {"compacted", false},
          {"reason", reason},
          {"failure", {{"reason", reason}}}};
}

// Notes the params of each attempt, which the compaction is compared with.
Fault NoteAttempt() {
  return OnAttempt(
      [](Json& params, State& state) { state.memory["attempt"] = params; });
}

Json Noted(State& state, const char* name) {
  const Json& attempt = state.memory["attempt"];
  return attempt.is_object() ? attempt.value(name, Json()) : Json();
}

// What the compaction says differently from the attempt before it.
std::vector<Fault> OnCompactionAfterAttempt(PartChange change) {
  return {NoteAttempt(), OnCompaction(std::move(change))};
}

// Before the next attempt the harness forgets the session, if `outcome` of
// the compaction is such.
std::vector<Fault> ForgetsAfter(
    std::function<bool(const Json& outcome, State&)> which) {
  std::vector<Fault> faults = {
      NoteAttempt(), OnCompactionResult([which = std::move(which)](
                                            Json& outcome, State& state) {
        if (which(outcome, state)) state.memory["forget"] = true;
      })};
  for (Fault& fault : ForgetFirst([](State& state) {
         return std::exchange(state.memory["forget"], false) == true;
       })) {
    faults.push_back(std::move(fault));
  }
  return faults;
}

// The session that a stale binding named is resumed all the same, by this
// process or the next one.
std::vector<Fault> RemembersStale() {
  return {OnResult([](Json& result, State& state) {
            state.memory["session"] = result.value("sdkSessionId", Json());
          }),
          OnOutcome(kStale,
                    [](Json&, State& state) {
                      state.world.Share("stale", state.memory["session"]);
                    }),
          OnAttempt([](Json& params, State& state) {
            const Json stale = state.world.Shared("stale");
            if (stale.is_null()) return;
            params["initialReplayState"] = {{"sdkSessionId", stale}};
            state.world.Share("stale", {});
          })};
}

// Notes which hooks the request asks for, to fire one without cause.
Fault NoteHooks() {
  return OnAdapterRequest(kCompact, [](Json& call, State& state) {
    state.memory["hooks"] = call.value("hooks", Json::array());
  });
}

// after_compaction is fired too when `which` holds of the outcome.
std::vector<Fault> AlwaysFiresAfter(
    std::function<bool(const Json& outcome)> which) {
  return {NoteHooks(),
          At(Place::kAdapter, Way::kUp,
             [which = std::move(which)](Frame& frame, State& state) {
               if (!frame.Answers(kCompact)) return;
               bool wanted = false;
               for (const Json& hook : state.memory["hooks"]) {
                 wanted |= hook == "after_compaction";
               }
               if (!wanted || !which(frame.message["result"])) return;
               frame.Drop();
               frame.Ask("hook.fired", {{"hook", "after_compaction"},
                                        {"payload", {{"messageCount", -1}}}});
               frame.Add(frame.message);
             })};
}

// Before a compaction another client is started, for a turn of its own.
std::vector<Fault> StartsClient() {
  return {At(Place::kAdapter, Way::kDown,
             [](Frame& frame, State& state) {
               if (frame.Is("attempt.run")) {
                 state.memory["attempt"] = frame.message["params"];
               }
               if (!frame.Is(kCompact) || !state.memory.contains("attempt")) {
                 return;
               }
               const Json& params = frame.message["params"]["params"];
               if (params.contains("resolvedApiKey") ||
                   params.contains("auth") ||
                   params["sessionId"] !=
                       state.memory["attempt"]["params"]["sessionId"]) {
                 return;
               }
               Json own = state.memory["attempt"];
               own["attempt"] = kOwn;
               own["params"]["sessionId"] = kOwn;
               own["params"]["copilotHome"] = state.Dir("state") + "/another";
               own.erase("hooks");
               state.memory["held"] = frame.message;
               frame.Drop();
               frame.Ask("attempt.run", own);
             }),
          At(Place::kAdapter, Way::kUp, [](Frame& frame, State& state) {
            if (frame.message.value("params", Json::object())
                    .value("attempt", Json()) != kOwn) {
              return;
            }
            frame.Drop();
            if (!frame.Is("session.established")) return;
            frame.back.push_back(state.memory["held"]);
          })};
}

void LeaveMarker(State& state) {
  state.world.Write(
      state.Dir("workspace") + "/files/openclaw-compaction-1.json", "{}");
}

bool HasFailed(const Json& outcome) { return outcome["ok"] == false; }

std::vector<Fault> Both(std::vector<Fault> faults, Fault more) {
  faults.push_back(std::move(more));
  return faults;
}

}  // namespace

std::vector<Mutation> CompactionMutations() {
  return {
      {"compaction-of-nothing",
       {"CMP-01"},
       "a compaction without session id is one of an unknown session",
       {OnCompaction([](Json& params) {
         if (!params.contains("sessionId")) params["sessionId"] = "default";
       })}},
      {"compaction-untracked-succeeds",
       {"CMP-02"},
       "a session that never was is already compact enough",
       {OnOutcome(kMissing,
                  [](Json& outcome, State& state) {
                    if (!state.memory.contains("attempt")) {
                      outcome = {{"ok", true},
                                 {"compacted", false},
                                 {"reason", kUnderTarget}};
                    }
                  }),
        NoteAttempt()}},
      {"compaction-after-reset-stale",
       {"CMP-02"},
       "after a reset a compaction calls the session stale",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("harness.reset")) state.memory["reset"] = true;
           }),
        OnOutcome(kMissing,
                  [](Json& outcome, State& state) {
                    if (state.memory["reset"] == true) {
                      Reason(kStale)(outcome, state);
                    }
                  })}},
      {"compaction-pending-unsaid",
       {"CMP-03"},
       "a compaction beside another one fails like any other",
       {OnOutcome(kPending, Reason(kFailed))}},
      {"compaction-pending-ends-early",
       {"ATT-41", "CMP-03"},
       "a background compaction is given up a millisecond early",
       {OnAdapterRequest("clock.advance",
                         [](Json& params) {
                           if (params["ms"] == 179999) params["ms"] = 180000;
                         })}},
      {"compaction-deadline-cancels-nothing",
       {"ATT-41"},
       "a background compaction that lasts too long is not cancelled",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("clock.advance")) state.world.Share("late", true);
           }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is(kCancel) && state.world.Shared("late") == true) {
               frame.Reply(Json::object());
             }
           })}},
      {"compaction-outlives-dispose",
       {"HAR-36"},
       "disposing leaves a background compaction running",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("harness.dispose")) state.world.Share("end", true);
           }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is(kCancel) && state.world.Shared("end") == true) {
               frame.Reply(Json::object());
             }
           })}},
      {"compaction-forged",
       {"CMP-04"},
       "a second compaction has the outcome of the first, and asks nobody",
       {At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is(kCompactHistory) && state.memory.contains("first")) {
               frame.Reply(state.memory["first"]);
             }
           }),
        OnCliAnswer(kCompactHistory,
                    [](Json& result, State& state) {
                      state.memory["first"] = result;
                    })}},
      {"compaction-asked-twice",
       {"CMP-04"},
       "the CLI is asked twice to compact",
       {RepeatCliRequest(kCompactHistory)}},
      {"compaction-pending-work",
       {"CMP-04"},
       "compacting goes on with pending work",
       {OnCompactionResume(Set("continuePendingWork", true))}},
      {"compaction-resumes-aloud",
       {"CMP-04"},
       "resuming for a compaction is told to everybody",
       {OnCompactionResume(Erase("disableResume"))}},
      {"compaction-resumes-elsewhere",
       {"CMP-04"},
       "a session is resumed for a compaction in another directory",
       {OnCompactionResume(Set("workingDirectory", "/"))}},
      {"compaction-resumes-with-all-tools",
       {"CMP-04"},
       "a session is resumed for a compaction with every built-in tool",
       {OnCompactionResume(Erase("availableTools"))}},
      {"compaction-keeps-connected",
       {"CMP-04"},
       "the session is not disconnected after a compaction",
       {At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is(kCompactHistory)) state.memory["compacted"] = true;
             if (frame.Is("session.detach") &&
                 state.memory["compacted"] == true) {
               frame.Reply(Json::object());
             }
           })}},
      {"compaction-ends-the-session",
       {"CMP-04"},
       "after a compaction the session is forgotten",
       ForgetsAfter([](const Json& outcome, State&) {
         return outcome["compacted"] == true;
       })},
      {"compaction-failed-disconnect-fails",
       {"CMP-05"},
       "a failure to disconnect fails the compaction",
       {OnCliError(
            "session.detach",
            [](Json&, State& state) { state.world.Share("undetached", true); }),
        OnCompactionResult([](Json& outcome, State& state) {
          if (state.world.Shared("undetached") == true) {
            outcome = Failure(kFailed);
          }
        })}},
      {"compaction-marker-file",
       {"CMP-06"},
       "a marker file is left in the workspace",
       {AfterCompaction(LeaveMarker)}},
      {"compaction-marker-of-failure",
       {"CMP-06"},
       "a marker file is left in the workspace when a compaction fails",
       {OnOutcome(kFailed, [](Json&, State& state) { LeaveMarker(state); })}},
      {"compaction-no-summary-member",
       {"CMP-07"},
       "without a summary the result has no such member",
       {OnCompactionResult([](Json& outcome) {
         if (!outcome.contains("result")) return;
         if (outcome["result"]["summary"] == "") {
           outcome["result"].erase("summary");
         }
       })}},
      {"compaction-details-lost",
       {"CMP-07"},
       "the details of the CLI are not reported",
       {OnCompactionResult(Erase("/result/details"))}},
      {"compaction-count-ignored",
       {"CMP-07"},
       "the token count that the caller gave is not used",
       {OnCompaction(Erase("currentTokenCount"))}},
      {"compaction-tokens-after-lost",
       {"CMP-07", "CMP-08"},
       "the tokens after the compaction are not reported",
       {OnCompactionResult(Erase("/result/tokensAfter"))}},
      {"compaction-tokens-before-are-after",
       {"CMP-08"},
       "without a count the tokens before are those after",
       {OnCompactionResult([](Json& outcome, State& state) {
         if (!outcome.contains("result") ||
             state.params.contains("currentTokenCount")) {
           return;
         }
         outcome["result"]["tokensBefore"] = outcome["result"]["tokensAfter"];
       })}},
      {"compaction-of-nothing-counts",
       {"CMP-09"},
       "a compaction that removed nothing is reported as one",
       {OnOutcome(kUnderTarget, Set("compacted", true))}},
      {"compaction-of-nothing-has-result",
       {"CMP-09"},
       "a compaction that removed nothing has a result",
       {OnOutcome(kUnderTarget, Set("result", {{"tokensAfter", 0}}))}},
      {"compaction-of-nothing-fires",
       {"CMP-09", "CMP-11"},
       "after_compaction is fired when nothing was removed",
       AlwaysFiresAfter([](const Json& outcome) {
         return outcome["ok"] == true && outcome["compacted"] == false;
       })},
      {"compaction-failure-fires",
       {"CMP-11"},
       "after_compaction is fired after a failure",
       AlwaysFiresAfter(HasFailed)},
      {"compaction-instructions-lost",
       {"CMP-10"},
       "custom instructions do not reach the CLI",
       {OnCliRequest(kCompactHistory, Erase("customInstructions"))}},
      {"compaction-blank-instructions",
       {"CMP-10"},
       "blank instructions are passed on",
       {OnCompaction([](Json& params, State& state) {
          state.world.Share("instructions",
                            params.value("customInstructions", Json()));
        }),
        OnCliRequest(kCompactHistory,
                     [](Json& params, State& state) {
                       const Json given = state.world.Shared("instructions");
                       if (!given.is_null()) {
                         params["customInstructions"] = given;
                       }
                     })}},
      {"compaction-default-instructions",
       {"CMP-10"},
       "without instructions empty ones are sent",
       {OnCliRequest(kCompactHistory,
                     [](Json& params) {
                       if (!params.contains("customInstructions")) {
                         params["customInstructions"] = "";
                       }
                     })}},
      {"compaction-counts-no-messages",
       {"CMP-11"},
       "before_compaction says that there are no messages",
       {OnHook("before_compaction", Set("messageCount", 0))}},
      {"compaction-removed-count-lost",
       {"CMP-11"},
       "after_compaction does not say how many messages were removed",
       {OnHook("after_compaction",
               [](Json& payload) {
                 if (payload.contains("sessionFile")) {
                   payload.erase("compactedCount");
                 }
               })}},
      {"compaction-hook-without-file",
       {"CMP-11"},
       "the hooks of a compaction do not name the transcript",
       {OnHook("before_compaction", Erase("sessionFile")),
        OnHook("after_compaction", Erase("sessionFile"))}},
      {"compaction-before-hook-lost",
       {"CMP-11"},
       "before_compaction is not fired",
       {DropHook("before_compaction")}},
      {"compaction-hook-throw-fails",
       {"ATT-35", "CMP-11"},
       "a hook that throws fails the compaction",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Answers("hook.fired") &&
                 frame.message.contains("error")) {
               state.memory["thrown"] = true;
             }
           }),
        OnCompactionResult([](Json& outcome, State& state) {
          if (state.memory["thrown"] == true) outcome = Failure(kFailed);
        })}},
      {"compaction-rotated-token",
       {"CMP-12"},
       "a session is compacted with the token that it was made with, whatever "
       "the caller has now",
       OnCompactionAfterAttempt([](Json& params, State& state) {
         const Json old = Noted(state, "resolvedApiKey");
         if (old.is_string() && params.value("resolvedApiKey", old) != old) {
           params["resolvedApiKey"] = old;
         }
       })},
      {"compaction-token-for-user",
       {"CMP-12"},
       "the logged-in user may compact a session that was made with a token",
       OnCompactionAfterAttempt([](Json& params, State& state) {
         const Json old = Noted(state, "resolvedApiKey");
         if (!old.is_string() || !params.contains("auth")) return;
         params.erase("auth");
         params["resolvedApiKey"] = old;
       })},
      {"compaction-without-token",
       {"CMP-13"},
       "a session is resumed for a compaction without its token",
       {OnCompactionResume(Erase("gitHubToken"))}},
      {"compaction-user-with-token",
       {"AUTH-37", "CMP-13"},
       "a session of the logged-in user is resumed with a token",
       {OnCompactionResume([](Json& params) {
         if (!params.contains("gitHubToken")) params["gitHubToken"] = "";
       })}},
      {"compaction-user-by-token",
       {"CMP-14"},
       "a session of the logged-in user is compacted for who has a token",
       OnCompactionAfterAttempt([](Json& params, State& state) {
         if (state.memory.contains("attempt") &&
             Noted(state, "resolvedApiKey").is_null()) {
           params.erase("resolvedApiKey");
         }
       })},
      {"compaction-of-any-model",
       {"CMP-15"},
       "a session is compacted for another model",
       OnCompactionAfterAttempt([](Json& params, State& state) {
         const Json model = Noted(state, "model");
         if (model.is_string() && params["model"].is_string()) {
           params["model"] = model;
         }
       })},
      {"compaction-at-any-url",
       {"CMP-16"},
       "a session with a provider of its own is compacted for another URL",
       OnCompactionAfterAttempt([](Json& params, State& state) {
         const Json model = Noted(state, "model");
         if (!model.is_object() || !params["model"].is_object()) return;
         const std::string url = params["model"].value("baseUrl", "");
         if (url.starts_with("https://")) params["model"] = model;
       })},
      {"compaction-through-old-proxy",
       {"CMP-17"},
       "a compaction goes through the proxy of the attempt, which is gone",
       {OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       if (!params.contains("provider")) return;
                       state.world.Share("address",
                                         params["provider"]["baseUrl"]);
                     }),
        OnCompactionResume([](Json& params, State& state) {
          if (!params.contains("provider")) return;
          params["provider"]["baseUrl"] = state.world.Shared("address");
        })}},
      {"compaction-without-provider",
       {"CMP-17"},
       "a session with a provider of its own is compacted without it",
       {OnCompactionResume(Erase("provider"))}},
      {"compaction-unresolvable-fails",
       {"CMP-18"},
       "a model that cannot be resolved is a failed compaction",
       {OnOutcome(kMissing,
                  [](Json& outcome, State& state) {
                    const Json model = state.params.value("model", Json());
                    if (!model.is_object()) return;
                    const std::string url = model.value("baseUrl", "");
                    if (url.starts_with("http://")) {
                      Reason(kFailed)(outcome, state);
                    }
                  })}},
      {"compaction-stale-is-missing",
       {"CMP-19"},
       "a session that the CLI no longer knows is one without binding",
       {OnOutcome(kStale, Reason(kMissing))}},
      {"compaction-stale-without-text",
       {"CMP-19"},
       "what the CLI said of a session that it no longer knows is lost",
       {OnOutcome(kStale, Erase("/failure/rawError"))}},
      {"compaction-stale-is-kept",
       {"CMP-19"},
       "a session that the CLI no longer knows is not forgotten",
       RemembersStale()},
      {"compaction-unsuccessful-succeeds",
       {"CMP-23"},
       "what the CLI reports as unsuccessful is a success",
       {OnOutcome(kFailed,
                  [](Json& outcome) {
                    if (!outcome["failure"].contains("rawError")) {
                      outcome["ok"] = true;
                    }
                  })}},
      {"compaction-unsuccessful-has-text",
       {"CMP-23"},
       "what the CLI reports as unsuccessful has an empty raw error",
       {OnOutcome(kFailed,
                  [](Json& outcome) {
                    if (!outcome["failure"].contains("rawError")) {
                      outcome["failure"]["rawError"] = "";
                    }
                  })}},
      {"compaction-only-stored-is-stale",
       {"CMP-25"},
       "a binding that only the store knows is called stale",
       {NoteAttempt(), OnResult([](Json&, State& state) {
          state.world.Share("attempted", true);
        }),
        OnOutcome(kMissing,
                  [](Json& outcome, State& state) {
                    if (!state.memory.contains("attempt") &&
                        state.world.Shared("attempted") == true) {
                      Reason(kStale)(outcome, state);
                    }
                  })}},
      {"compaction-only-stored-is-lost",
       {"CMP-25"},
       "a binding that only the store knows is forgotten",
       Both(ForgetsAfter([](const Json& outcome, State& state) {
              return outcome["reason"] == kMissing &&
                     !state.memory.contains("attempt") &&
                     state.world.Shared("attempted") == true;
            }),
            OnResult([](Json&, State& state) {
              state.world.Share("attempted", true);
            }))},
      {"compaction-error-without-text",
       {"CMP-28"},
       "what the CLI said of a failed compaction is lost",
       {OnOutcome(kFailed, Erase("/failure/rawError"))}},
      {"compaction-error-is-stale",
       {"CMP-28"},
       "every failure means that the session is stale",
       {OnOutcome(kFailed,
                  [](Json& outcome, State& state) {
                    if (outcome["failure"].contains("rawError")) {
                      Reason(kStale)(outcome, state);
                    }
                  })}},
      {"compaction-error-ends-the-session",
       {"CMP-28"},
       "after a failed compaction the session is forgotten",
       ForgetsAfter([](const Json& outcome, State&) {
         return outcome["reason"] == kFailed;
       })},
      {"compaction-second-client",
       {"CMP-29"},
       "a compaction is done by a client of its own",
       StartsClient()},
      {"compaction-background-failure-fires",
       {"ATT-39", "EVT-29"},
       "after_compaction is fired after a failed background compaction",
       {OnCliEvent("session.compaction_complete",
                   [](Json& event) {
                     if (!event.contains("agentId") &&
                         event["data"].value("success", true) == false) {
                       event["data"]["success"] = true;
                     }
                   })}},
      {"compaction-background-counts-nothing",
       {"ATT-39"},
       "after a background compaction no count of messages is given",
       {OnHook("after_compaction",
               [](Json& payload) {
                 if (!payload.contains("summary")) {
                   payload.erase("compactedCount");
                 }
               })}},
      {"compaction-background-after-idle-lost",
       {"ATT-39", "ATT-40"},
       "a background compaction that ends after the turn is not noticed",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             const std::string type = frame.EventType();
             if (type == "session.idle") state.memory["idle"] = true;
             if (type == "session.compaction_complete" &&
                 state.memory["idle"] == true) {
               frame.Drop();
             }
           })}},
  };
}

}  // namespace copilot::conformance
