// SPDX-License-Identifier: MIT
//
// What was said before: CLI-28, CLI-29, CLI-38, CLI-39, CLI-88 to CLI-92.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kMessages[] = "session.getMessages";

// The id of the first message of a user, for a later process too.
Fault RememberFirstMessage() {
  return OnCliEvent("user.message", [](Json& event, State& state) {
    if (state.world.Shared("first").is_null()) {
      state.world.Share("first", event["id"]);
    }
  });
}

// The CLI forgets all that was said.
void Forget(Frame& answer, const Json& session, State& state) {
  const Json first = state.world.Shared("first");
  if (first.is_null()) return;
  AskCli(answer, "session.history.truncate",
         {{"sessionId", session}, {"eventId", first}});
}

// Events of getMessages in a process that resumed the session.
std::vector<Fault> OnResumedMessages(std::function<void(Json& events)> change) {
  return {
      OnCliAnswer("session.resume",
                  [](Json&, State& state) { state.memory["again"] = true; }),
      OnCliAnswer(kMessages,
                  [change = std::move(change)](Json& result, State& state) {
                    if (state.memory.contains("again"))
                      change(result["events"]);
                  })};
}

}  // namespace

std::vector<Mutation> CliHistoryMutations() {
  return {
      {"cli-resume-forgets",
       {"CLI-28"},
       "a resumed session has forgotten what was said",
       {RememberFirstMessage(),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.Answers("session.resume") &&
                 frame.message.contains("result")) {
               Forget(frame, frame.message["result"]["sessionId"], state);
             }
           })}},
      {"cli-resume-as-new",
       {"CLI-28"},
       "a resumed session has begun now",
       {OnCliAnswer("session.resume",
                    Replace("startTime", "2031-01-01T00:00:00.000Z"))}},
      {"cli-resume-of-nothing",
       {"CLI-29"},
       "resuming a session that does not exist makes it",
       {ForgiveCliRequest("session.resume", "Session not found: nosuch",
                          {{"sessionId", "nosuch"}})}},
      {"cli-resume-error-unnamed",
       {"CLI-29"},
       "the error of a resume does not name the session",
       {OnCliError("session.resume",
                   Set("message",
                       "Request session.resume failed with message: Failed to "
                       "load session events"))}},
      {"cli-messages-ephemeral",
       {"CLI-38"},
       "session.getMessages returns events that are not kept",
       {OnCliEvent(
            "session.idle",
            [](Json& event, State& state) { state.memory["idle"] = event; }),
        OnCliAnswer(kMessages,
                    [](Json& result, State& state) {
                      if (state.memory.contains("idle")) {
                        result["events"].push_back(state.memory["idle"]);
                      }
                    })}},
      {"cli-messages-other-ids",
       {"CLI-38"},
       "the events of session.getMessages have other ids than those sent",
       {OnCliAnswer(kMessages,
                    [](Json& result) {
                      for (Json& event : result["events"]) {
                        event["id"] = event.value("id", "") + "-0";
                      }
                    })}},
      {"cli-messages-backwards",
       {"CLI-38"},
       "session.getMessages returns the last event first",
       {OnCliAnswer(kMessages,
                    [](Json& result) {
                      Json& events = result["events"];
                      events =
                          Json(Json::array_t(events.rbegin(), events.rend()));
                    })}},
      {"cli-parent-ephemeral",
       {"CLI-39"},
       "the parent of an event is the event before it, kept or not",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (!frame.Is("session.event")) return;
             Json& event = frame.message["params"]["event"];
             if (state.memory.contains("last") &&
                 event.value("type", "") != "session.start") {
               event["parentId"] = state.memory["last"];
             }
             state.memory["last"] = event["id"];
           })}},
      {"cli-start-without-parent",
       {"CLI-39"},
       "session.start has no parentId",
       {OnCliEvent("session.start", Erase("parentId"))}},
      {"cli-resumed-ids-new",
       {"CLI-88"},
       "after a resume the events of before have other ids",
       OnResumedMessages([](Json& events) {
         for (Json& event : events) {
           event["id"] = event.value("id", "") + "-0";
         }
       })},
      {"cli-resume-not-kept",
       {"CLI-88"},
       "a resume is not among the events of a session",
       OnResumedMessages([](Json& events) {
         for (auto event = events.begin(); event != events.end();) {
           event = (*event)["type"] == "session.resume" ? events.erase(event)
                                                        : event + 1;
         }
       })},
      {"cli-truncated-in-name",
       {"CLI-89"},
       "the model still sees what was truncated",
       {SkipCliRequest("session.history.truncate", {{"eventsRemoved", 1}})}},
      {"cli-truncated-still-listed",
       {"CLI-89"},
       "events that were truncated are still among the messages",
       {OnCliEvent(
            "user.message",
            [](Json& event, State& state) { state.memory["said"] = event; }),
        OnCliAnswer("session.history.truncate",
                    [](Json&, State& state) { state.memory["cut"] = true; }),
        OnCliAnswer(kMessages,
                    [](Json& result, State& state) {
                      if (state.memory.contains("cut")) {
                        result["events"].push_back(state.memory["said"]);
                      }
                    })}},
      {"cli-rewind-untold",
       {"CLI-89"},
       "nobody is told that the history is shorter",
       {DropCliEvent("session.snapshot_rewind")}},
      {"cli-truncated-from-nowhere",
       {"CLI-89"},
       "truncating from an event that does not exist succeeds",
       {ForgiveCliRequest("session.history.truncate", "not found",
                          {{"eventsRemoved", 0}})}},
      {"cli-log-without-cursor",
       {"CLI-90"},
       "who reads the log of events gets no cursor to go on from",
       {OnCliAnswer("session.eventLog.read", Erase("cursor"))}},
      {"cli-log-backwards",
       {"CLI-90"},
       "the log has the last event first",
       {OnCliAnswer("session.eventLog.read",
                    [](Json& result) {
                      Json& events = result["events"];
                      events =
                          Json(Json::array_t(events.rbegin(), events.rend()));
                    })}},
      {"cli-log-forever",
       {"CLI-90"},
       "who reads on in the log gets all events again",
       {OnCliRequest("session.eventLog.read", Replace("cursor", nullptr))}},
      {"cli-metrics-of-last",
       {"CLI-91"},
       "the metrics count the last request only",
       {OnCliAnswer("session.usage.getMetrics",
                    [](Json& result) {
                      for (Json& model : result["modelMetrics"]) {
                        model["requests"]["count"] = 1;
                      }
                    })}},
      {"cli-metrics-without-output",
       {"CLI-91"},
       "the metrics do not count what the model wrote",
       {OnCliAnswer("session.usage.getMetrics",
                    [](Json& result) {
                      for (Json& model : result["modelMetrics"]) {
                        model["usage"]["outputTokens"] = 0;
                      }
                    })}},
      {"cli-usage-untold",
       {"CLI-92"},
       "a model call is not told",
       {DropCliEvent("assistant.usage")}},
      {"cli-usage-without-output",
       {"CLI-92"},
       "what a model call wrote is not counted",
       {OnCliEvent("assistant.usage", Set("/data/outputTokens", 0))}},
      {"cli-context-untold",
       {"CLI-92"},
       "nobody learns how full the context is",
       {OnCliEvent("session.usage_info", Set("/data/currentTokens", 0))}},
  };
}

}  // namespace copilot::conformance
