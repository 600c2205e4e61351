// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kAbort[] = "session.abort";
constexpr char kDetach[] = "session.detach";
constexpr char kSend[] = "session.send";

// A member that is a text, or an empty one.
std::string Text(const Json& object, const std::string& member) {
  const Json value = object.value(member, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

// The message or the code of a result's prompt error; empty without one.
std::string ErrorText(const Json& result, const std::string& member) {
  const Json error = result.value("promptError", Json());
  return error.is_object() ? Text(error, member) : "";
}

bool Holds(const Json& result, const std::string& member) {
  return result.value(member, Json()) == true;
}

// Of results that are timed out.
Fault OnTimeout(PartChange change) {
  return OnResult([=](Json& result, State& state) {
    if (Holds(result, "timedOut")) change(result, state);
  });
}

// Of results of turns that ended without an answer, well within their time.
Fault OnSilence(PartChange change) {
  return OnTimeout([=](Json& result, State& state) {
    if (state.params.value("timeoutMs", 0) == 20000) change(result, state);
  });
}

// Of results whose prompt error has this code.
Fault OnErrorCode(const std::string& code, PartChange change) {
  return OnResult([=](Json& result, State& state) {
    if (ErrorText(result, "code") == code) change(result, state);
  });
}

// A result for which `holds` becomes a rejection.
Fault RejectsIf(std::function<bool(const Json& result)> holds) {
  return At(Place::kAdapter, Way::kUp, [=](Frame& frame, State&) {
    if (!frame.Answers("attempt.run") || !frame.message.contains("result") ||
        !holds(frame.message["result"])) {
      return;
    }
    const std::string message = ErrorText(frame.message["result"], "message");
    frame.message.erase("result");
    frame.message["error"] = {{"code", -32000}, {"message", message}};
  });
}

bool IsEndOfCli(const Json& result, bool with_session) {
  return ErrorText(result, "message").find("CLI server") == 0 &&
         result.contains("sdkSessionId") == with_session;
}

// Of results of attempts whose last tool call was of this one.
Fault OnResultOfTool(const std::string& tool, PartChange change) {
  return OnResult([=](Json& result, State& state) {
    if (state.memory["tool"] == tool) change(result, state);
  });
}

Fault RemembersTool() {
  return OnToolExecute([](Json& params, State& state) {
    state.memory["tool"] = params["toolName"];
  });
}

PartChange SaysSideEffects(bool has) {
  return [=](Json& result) {
    result["replayMetadata"]["hadPotentialSideEffects"] = has;
    result["replayMetadata"]["replaySafe"] = !has;
  };
}

// Lets the proxy of the adapter know that disconnecting failed.
Fault TellsOfDetachError() {
  return OnCliError(kDetach, [](Json& error, State& state) {
    state.world.Share("detach", error["message"]);
  });
}

// For the proxy of the CLI itself.
Fault RemembersFailure(const std::string& method) {
  return OnCliError(method,
                    [](Json&, State& state) { state.memory["failed"] = true; });
}

}  // namespace

std::vector<Mutation> AttemptMutations() {
  return {
      {"attempt-established-twice",
       {"ATT-01"},
       "the established session is announced twice",
       {RepeatNotification("session.established")}},
      {"attempt-question-mark-lost",
       {"ATT-01"},
       "a question mark at the end of a prompt is cut off",
       {OnCliRequest(kSend,
                     [](Json& params) {
                       std::string prompt = Text(params, "prompt");
                       if (prompt.empty() || prompt.back() != '?') return;
                       prompt.pop_back();
                       params["prompt"] = prompt;
                     })}},
      {"attempt-session-used-is-the-hosts",
       {"ATT-01"},
       "a result names the host's session in place of the SDK's",
       {OnResult([](Json& result, State& state) {
         if (result.contains("sessionIdUsed")) {
           result["sessionIdUsed"] = state.params["sessionId"];
         }
       })}},
      {"attempt-unknown-event-fails",
       {"ATT-01"},
       "an event that is not known fails the attempt",
       {OnCliEvent(
            "acme.weather",
            [](Json&, State& state) { state.world.Share("unknown", true); }),
        OnResult([](Json& result, State& state) {
          if (state.world.Shared("unknown") == Json(true)) {
            result["promptError"] = {{"message", "unknown event"}};
          }
        })}},
      {"attempt-aborts-twice",
       {"ATT-04"},
       "an abort aborts the session twice",
       {RepeatCliRequest(kAbort)}},
      {"attempt-abort-is-internal",
       {"ATT-04"},
       "an aborted attempt does not say that it was aborted from outside",
       {OnResult([](Json& result) {
         if (Holds(result, "aborted")) result["externalAbort"] = false;
       })}},
      {"attempt-abort-is-an-error",
       {"ATT-04"},
       "an aborted attempt has a prompt error",
       {OnResult([](Json& result) {
         if (Holds(result, "aborted") && Holds(result, "externalAbort")) {
           result["promptError"] = {{"message", "aborted"}};
         }
       })}},
      {"attempt-abort-of-all",
       {"ATT-04", "HAR-26"},
       "an abort of one attempt aborts the others",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("attempt.run")) {
               state.memory[Text(frame.message["params"], "attempt")] = true;
             }
             if (!frame.Is("attempt.abort")) return;
             for (const auto& [attempt, running] : state.memory) {
               if (frame.message["params"]["attempt"] == attempt) continue;
               frame.Ask("attempt.abort", {{"attempt", attempt}});
             }
           })}},
      {"attempt-abort-of-another-session",
       {"ATT-04"},
       "with two attempts the abort reaches the session that came last",
       {OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       state.memory["last"] = params["sessionId"];
                     }),
        OnCliRequest(kAbort,
                     [](Json& params, State& state) {
                       params["sessionId"] = state.memory["last"];
                     })}},
      {"attempt-late-abort-counts",
       {"ATT-06"},
       "an abort after the result aborts the next attempt",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("attempt.run")) ++state.count;
             if (frame.Is("attempt.abort") && state.count == 0) {
               state.memory["late"] = true;
             }
           }),
        AfterAttempt([](State& state) { --state.count; }),
        OnResult([](Json& result, State& state) {
          if (!state.memory.contains("late")) return;
          result["aborted"] = true;
          result["promptError"] = {{"message", "aborted"}};
        })}},
      {"attempt-silence-is-success",
       {"ATT-08"},
       "a turn that ends without an answer succeeds",
       {OnSilence(Set("timedOut", false))}},
      {"attempt-silence-is-an-error",
       {"ATT-08"},
       "a turn that ends without an answer has a prompt error",
       {OnSilence(Set("promptError", {{"message", "no answer"}}))}},
      {"attempt-silence-loses-the-session",
       {"ATT-08"},
       "a turn that ends without an answer names no session",
       {OnSilence(Erase("sdkSessionId"))}},
      {"attempt-silence-aborts",
       {"ATT-08"},
       "a turn that ends without an answer aborts its session",
       {OnCliRequest(
            kSend, [](Json&, State& state) { state.memory.erase("answered"); }),
        OnCliEvent(
            "assistant.message",
            [](Json&, State& state) { state.memory["answered"] = true; }),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.EventType() != "session.idle" ||
                 state.memory.contains("answered")) {
               return;
             }
             frame.back.push_back(
                 {{"jsonrpc", "2.0"},
                  {"id", std::string(kOwnId) + "abort"},
                  {"method", kAbort},
                  {"params",
                   {{"sessionId", frame.message["params"]["sessionId"]}}}});
           })}},
      {"attempt-timeout-is-an-abort",
       {"ATT-09"},
       "an attempt that exceeds its time limit counts as aborted",
       {OnTimeout([](Json& result, State& state) {
         if (state.params.value("timeoutMs", 0) < 20000) {
           result["aborted"] = true;
         }
       })}},
      {"attempt-timeout-is-an-error",
       {"ATT-09"},
       "an attempt that exceeds its time limit has a prompt error",
       {OnTimeout([](Json& result, State& state) {
         if (state.params.value("timeoutMs", 0) < 20000) {
           result["promptError"] = {{"message", "timed out"}};
         }
       })}},
      {"attempt-timeout-is-safe",
       {"ATT-09"},
       "an attempt that exceeds its time limit may be replayed",
       {OnTimeout(SaysSideEffects(false))}},
      {"attempt-timeout-early",
       {"ATT-09"},
       "a long time limit is a millisecond too short",
       {OnAttempt([](Json& params) {
         const int limit = params.value("timeoutMs", 0);
         if (limit > 20000) params["timeoutMs"] = limit - 1;
       })}},
      {"attempt-timeout-loses-the-text",
       {"ATT-10"},
       "what the model said before a timeout is lost",
       {OnTimeout(Set("assistantTexts", Json::array()))}},
      {"attempt-timeout-not-marked",
       {"ATT-11"},
       "a timeout while the session compacts is not marked",
       {OnTimeout(Set("timedOutDuringCompaction", false))}},
      {"attempt-timeout-while-compacting-aborts",
       {"ATT-11"},
       "a timeout while the session compacts counts as aborted",
       {OnResult([](Json& result) {
         if (Holds(result, "timedOutDuringCompaction")) {
           result["aborted"] = true;
         }
       })}},
      {"attempt-timeout-after-compaction-marked",
       {"ATT-12"},
       "any timeout of a turn that has compacted is marked",
       {OnCliEvent(
            "session.compaction_complete",
            [](Json&, State& state) { state.world.Share("compacted", true); }),
        OnTimeout([](Json& result, State& state) {
          if (state.world.Shared("compacted") == Json(true)) {
            result["timedOutDuringCompaction"] = true;
          }
        })}},
      {"attempt-failed-send-keeps-connected",
       {"ATT-14"},
       "after a failure to send the session stays connected",
       {RemembersFailure(kSend), At(Place::kCli, Way::kDown,
                                    [](Frame& frame, State& state) {
                                      if (frame.Is(kDetach) &&
                                          state.memory.contains("failed")) {
                                        frame.Reply(Json::object());
                                      }
                                    })}},
      {"attempt-failed-create-unexplained",
       {"ATT-14"},
       "the prompt error does not tell why no session was created",
       {OnResult([](Json& result) {
         if (ErrorText(result, "message") == "no session today") {
           result["promptError"]["message"] = "session.create failed";
         }
       })}},
      {"attempt-failed-send-loses-the-session",
       {"ATT-14"},
       "after a failure to send the result names no session",
       {OnResult([](Json& result) {
         if (ErrorText(result, "message") == "no more messages") {
           result.erase("sdkSessionId");
         }
       })}},
      {"attempt-disconnects-twice",
       {"ATT-15", "ATT-14"},
       "a session is disconnected twice",
       {RepeatCliRequest(kDetach)}},
      {"attempt-disconnect-hides-the-failure",
       {"ATT-16"},
       "a failure to disconnect hides the one that came first",
       {TellsOfDetachError(), OnResult([](Json& result, State& state) {
          const Json stuck = state.world.Shared("detach");
          if (stuck.is_string() && !ErrorText(result, "message").empty()) {
            result["promptError"]["message"] = stuck;
          }
        })}},
      {"attempt-disconnect-failure-lost",
       {"ATT-17"},
       "a failure to disconnect is lost",
       {TellsOfDetachError(), OnResult([](Json& result, State& state) {
          const Json stuck = state.world.Shared("detach");
          if (stuck.is_string() && stuck == ErrorText(result, "message")) {
            result["promptError"] = nullptr;
          }
        })}},
      {"attempt-disconnect-failure-loses-the-answer",
       {"ATT-17"},
       "a failure to disconnect loses what the model said",
       {OnResult([](Json& result) {
         if (ErrorText(result, "message").find("stuck") != std::string::npos) {
           result["assistantTexts"] = Json::array();
         }
       })}},
      {"attempt-failed-start-rejects",
       {"ATT-20"},
       "a CLI that cannot be started rejects the attempt",
       {RejectsIf(
           [](const Json& result) { return IsEndOfCli(result, false); })}},
      {"attempt-failed-start-is-a-timeout",
       {"ATT-20"},
       "a CLI that cannot be started counts as timed out",
       {OnResult([](Json& result) {
         if (IsEndOfCli(result, false)) result["timedOut"] = true;
       })}},
      {"attempt-unsupported-without-code",
       {"ATT-21"},
       "the prompt error of an unsupported provider has no code",
       {OnErrorCode("model_not_supported",
                    [](Json& result, State& state) {
                      if (state.params.value("model", Json()).is_string()) {
                        result["promptError"].erase("code");
                      }
                    })}},
      {"attempt-unsupported-runs",
       {"ATT-21"},
       "an unsupported provider is taken for the harness's own",
       {OnAttempt([](Json& params) {
         if (params.value("model", Json()).is_string()) {
           params["provider"] = "github-copilot";
         }
       })}},
      {"attempt-duplicate-tools-merged",
       {"ATT-22", "TOOL-28"},
       "of two tools with one name the second one is left out",
       {OnAttemptCall([](Json& call) {
         Json once = Json::array();
         for (const Json& tool : call.value("tools", Json::array())) {
           if (once.empty() || once.back() != tool) once.push_back(tool);
         }
         call["tools"] = once;
       })}},
      {"attempt-duplicate-tools-without-code",
       {"ATT-22"},
       "the prompt error of tools that cannot be built has another code",
       {OnErrorCode("tool_bridge_failure", Set("/promptError/code", "tools"))}},
      {"attempt-changing-tool-is-safe",
       {"ATT-25"},
       "a tool that writes is taken for one that reads",
       {RemembersTool(), OnResultOfTool("write", SaysSideEffects(false))}},
      {"attempt-changing-tool-only-noted",
       {"ATT-25"},
       "an attempt with side effects may be replayed nevertheless",
       {OnResult([](Json& result) {
         if (!Holds(result, "timedOut")) {
           result["replayMetadata"]["replaySafe"] = true;
         }
       })}},
      {"attempt-reading-tool-is-unsafe",
       {"ATT-26"},
       "a tool that reads is a side effect",
       {RemembersTool(), OnResultOfTool("read", SaysSideEffects(true))}},
      {"attempt-unlisted-tool-is-safe",
       {"ATT-27"},
       "a tool is taken for one that reads by how its name begins",
       {RemembersTool(),
        OnResultOfTool("read_and_delete", SaysSideEffects(false))}},
      {"attempt-prompt-not-separated",
       {"ATT-29"},
       "text of prompt hooks is joined to the prompt by one line break",
       {OnCliRequest(kSend,
                     [](Json& params) {
                       std::string prompt = Text(params, "prompt");
                       const size_t blank = prompt.find("\n\n");
                       if (blank == prompt.npos) return;
                       params["prompt"] = prompt.erase(blank, 1);
                     })}},
      {"attempt-appended-text-lost",
       {"ATT-29"},
       "text that a prompt hook appends is lost",
       {OnContribution(Erase("appendContext"))}},
      {"attempt-system-text-lost",
       {"ATT-29"},
       "text that a prompt hook adds to the system message is lost",
       {OnContribution(Erase("appendSystemContext"))}},
      {"attempt-llm-input-without-prompt",
       {"ATT-30"},
       "the hook llm_input does not get the prompt",
       {OnHook("llm_input", Erase("prompt"))}},
      {"attempt-llm-output-lost",
       {"ATT-30"},
       "the hook llm_output is not fired",
       {DropHook("llm_output")}},
      {"attempt-after-tool-call-without-name",
       {"ATT-30"},
       "the hook after_tool_call does not get the name of the tool",
       {OnHook("after_tool_call", Erase("toolName"))}},
      {"attempt-computed-result-ignored",
       {"ATT-31"},
       "a before_agent_start result of the host is not used",
       {OnAttempt(Erase("beforeAgentStartResult"))}},
      {"attempt-throwing-hook-fails",
       {"ATT-35"},
       "a prompt hook that throws fails the attempt",
       {OnNotification("log",
                       [](Json& params, State& state) {
                         if (Text(params, "message").find("hook failed") !=
                             std::string::npos) {
                           state.memory["threw"] = true;
                         }
                       }),
        OnResult([](Json& result, State& state) {
          if (state.memory.contains("threw")) {
            result["promptError"] = {{"message", "hook failed"}};
          }
        })}},
      {"attempt-throwing-hook-not-logged",
       {"ATT-35"},
       "a prompt hook that throws is not logged",
       {At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.Is("log") &&
                 Text(frame.message["params"], "message")
                         .find("before_prompt_build") != std::string::npos) {
               frame.Drop();
             }
           })}},
      {"attempt-compaction-counts-messages",
       {"ATT-39"},
       "the hooks of a background compaction get a message count of 0",
       {OnHook("before_compaction", Replace("messageCount", 0)),
        OnHook("after_compaction", Replace("messageCount", 0))}},
      {"attempt-failed-compaction-is-one",
       {"ATT-39"},
       "after_compaction fires for a background compaction that failed",
       {OnCliEvent("session.compaction_complete",
                   [](Json& event) { event["data"]["success"] = true; })}},
      {"attempt-background-compaction-not-cancelled",
       {"ATT-41"},
       "a background compaction that never ends is not cancelled",
       {OnAdapterRequest(
            "harness.dispose",
            [](Json&, State& state) { state.world.Share("disposed", true); }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("session.history.cancelBackgroundCompaction") &&
                 state.world.Shared("disposed") != Json(true)) {
               frame.Reply({{"cancelled", true}});
             }
           })}},
      {"attempt-background-deadline-early",
       {"ATT-41"},
       "a background compaction is cancelled a millisecond too early",
       {OnAdapterRequest("clock.advance",
                         [](Json& params) {
                           if (params.value("ms", 0) == 179999) {
                             params["ms"] = 180000;
                           }
                         })}},
      {"attempt-late-hooks-lost",
       {"ATT-40", "ATT-39"},
       "hooks of a compaction that ends after the attempt are not fired",
       {AfterAttempt([](State& state) { state.memory["ended"] = true; }),
        At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.Is("hook.fired") && state.memory.contains("ended") &&
                 Text(frame.message["params"], "hook") == "after_compaction") {
               frame.Reply(Json::object());
             }
           })}},
      {"attempt-queued-message-repeats-the-prompt",
       {"ATT-49"},
       "a queued message is sent with the text of the prompt",
       {OnCliRequest(kSend,
                     [](Json& params, State& state) {
                       const auto& [prompt, fresh] = state.memory.emplace(
                           Text(params, "sessionId"), params["prompt"]);
                       if (!fresh) params["prompt"] = prompt->second;
                     }),
        OnCliEvent("session.idle",
                   [](Json&, State& state) { state.memory.clear(); })}},
      {"attempt-steering-claimed",
       {"ATT-49", "ASK-11"},
       "a queued message counts as the answer to a question",
       {OnAdapterAnswer("attempt.steer", Set("claimed", true))}},
      {"attempt-session-error-code-is-its-type",
       {"ATT-50", "EVT-36"},
       "the prompt error of a session error has its type as its code",
       {OnErrorCode("quota_exceeded", Set("/promptError/code", "quota"))}},
      {"attempt-session-error-aborts",
       {"ATT-50"},
       "an attempt with a session error counts as aborted",
       {OnErrorCode("quota_exceeded", Set("aborted", true))}},
      {"attempt-dead-cli-rejects",
       {"ATT-51"},
       "a CLI that dies during a turn rejects the attempt",
       {RejectsIf(
           [](const Json& result) { return IsEndOfCli(result, true); })}},
      {"attempt-dead-cli-is-a-timeout",
       {"ATT-51"},
       "a CLI that dies during a turn counts as timed out",
       {OnResult([](Json& result) {
         if (IsEndOfCli(result, true)) result["timedOut"] = true;
       })}},
      {"attempt-closed-cli-succeeds",
       {"ATT-51"},
       "a CLI that ends with code 0 during a turn is no error",
       {OnResult([](Json& result) {
         if (ErrorText(result, "message") == "CLI server exited with code 0") {
           result["promptError"] = nullptr;
         }
       })}},
      {"attempt-sdk-abort-is-external",
       {"ATT-52", "EVT-39"},
       "an abort that the SDK reports counts as one from outside",
       {OnErrorCode("session_aborted", Set("externalAbort", true))}},
      {"attempt-sdk-abort-without-reason",
       {"ATT-52"},
       "the prompt error of an abort by the SDK does not name its reason",
       {OnErrorCode(
           "session_aborted",
           Set("/promptError/message", "[copilot-attempt] session aborted"))}},
      {"attempt-sdk-abort-without-code",
       {"ATT-52"},
       "the prompt error of an abort by the SDK has no code",
       {OnErrorCode("session_aborted", Erase("/promptError/code"))}},
  };
}

}  // namespace copilot::conformance
