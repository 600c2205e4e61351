// SPDX-License-Identifier: MIT
//
// Abort, compaction, queue and steering: CLI-32 to CLI-37, CLI-42, CLI-58 and
// CLI-59.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kCompact[] = "session.history.compact";

// The text of a stream that was aborted becomes a message.
std::vector<Fault> KeepPartialText() {
  return {
      OnCliEvent("assistant.message_delta",
                 [](Json& event, State& state) {
                   state.memory["partial"] = event["data"];
                 }),
      OnCliEvent("assistant.message",
                 [](Json&, State& state) { state.memory.clear(); }),
      At(Place::kCli, Way::kUp, [](Frame& frame, State& state) {
        if (frame.EventType() != "abort" || !state.memory.contains("partial")) {
          return;
        }
        const Json partial = state.memory["partial"];
        SendBefore(frame,
                   MakeEvent(frame, "assistant.message",
                             {{"messageId", partial.value("messageId", "")},
                              {"content", partial.value("deltaContent", "")},
                              {"toolRequests", Json::array()}}));
      })};
}

// A tool that an abort interrupts has failed.
std::vector<Fault> EndAbortedTool() {
  return {
      OnCliEvent("external_tool.requested",
                 [](Json& event, State& state) {
                   state.memory["tool"] = event["data"]["toolCallId"];
                 }),
      At(Place::kCli, Way::kUp, [](Frame& frame, State& state) {
        if (frame.EventType() != "abort" || !state.memory.contains("tool")) {
          return;
        }
        frame.Add(MakeEvent(
            frame, "tool.execution_complete",
            {{"toolCallId", state.memory["tool"]},
             {"success", false},
             {"error", {{"message", "aborted"}, {"code", "failure"}}}}));
      })};
}

// Whether a turn runs, as the client sees it.
std::vector<Fault> RememberTurn() {
  return {OnCliRequest("session.send",
                       [](Json&, State& state) { state.memory["turn"] = 1; }),
          OnCliEvent("session.idle",
                     [](Json&, State& state) { state.memory.erase("turn"); })};
}

std::vector<Fault> WithTurn(Fault fault) {
  std::vector<Fault> faults = RememberTurn();
  faults.push_back(std::move(fault));
  return faults;
}

}  // namespace

std::vector<Mutation> CliControlMutations() {
  return {
      {"cli-abort-keeps-text",
       {"CLI-32"},
       "the text of a stream that was aborted becomes a message",
       KeepPartialText()},
      {"cli-abort-untold",
       {"CLI-32", "CLI-33"},
       "nobody is told that a turn was aborted",
       {DropCliEvent("abort")}},
      {"cli-aborted-idle-plain",
       {"CLI-32", "CLI-33"},
       "idle does not say that the turn was aborted",
       {OnCliEvent("session.idle", Erase("/data/aborted"))}},
      {"cli-abort-fails-tool",
       {"CLI-33"},
       "a tool that an abort interrupts has a result",
       EndAbortedTool()},
      {"cli-abort-reason-lost",
       {"CLI-33"},
       "the reason of an abort is lost",
       {OnCliRequest("session.abort", Erase("reason"))}},
      {"cli-late-result-taken",
       {"CLI-33"},
       "the result of a tool is taken after the turn was aborted",
       {OnCliEvent("abort",
                   [](Json&, State& state) { state.memory["late"] = true; }),
        OnCliAnswer("session.tools.handlePendingToolCall",
                    [](Json& result, State& state) {
                      if (state.memory.contains("late")) {
                        result["success"] = true;
                      }
                    })}},
      {"cli-abort-of-nothing-told",
       {"CLI-34"},
       "an abort is told although no turn runs",
       WithTurn(At(Place::kCli, Way::kUp,
                   [](Frame& frame, State& state) {
                     if (frame.EventType() == "session.start") {
                       state.memory["like"] = frame.message;
                     }
                     if (frame.Answers("session.abort") &&
                         !state.memory.contains("turn") &&
                         state.memory.contains("like")) {
                       Json like = state.memory["like"];
                       frame.Add(MakeEvent(Frame(like, "session.event", false),
                                           "abort",
                                           {{"reason", "user_initiated"}}));
                     }
                   }))},
      {"cli-abort-of-nothing-fails",
       {"CLI-34"},
       "an abort fails when no turn runs",
       WithTurn(OnCliAnswer("session.abort",
                            [](Json& result, State& state) {
                              if (!state.memory.contains("turn")) {
                                result["success"] = false;
                              }
                            }))},
      {"cli-summary-lost",
       {"CLI-35"},
       "who asks for a compaction does not get the summary",
       {OnCliAnswer(kCompact, Erase("summaryContent"))}},
      {"cli-compaction-unended",
       {"CLI-35", "CLI-37"},
       "the end of a compaction is not told",
       {DropCliEvent("session.compaction_complete")}},
      {"cli-compaction-for-nothing",
       {"CLI-35"},
       "the turn after a compaction starts from the whole history",
       {At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("session.send")) ++state.count;
             if (frame.Is(kCompact) && state.count > 1) {
               frame.Reply({{"success", true},
                            {"summaryContent", "Ada asked about the weather."},
                            {"messagesRemoved", 1},
                            {"tokensRemoved", 0},
                            {"contextWindow",
                             {{"messagesLength", 1}, {"tokenLimit", 1}}}});
             }
           })}},
      {"cli-compaction-twice",
       {"CLI-35"},
       "a compaction asks the model twice",
       {OnCliRequest(kCompact,
                     [](Json& params, State& state) {
                       state.memory["compact"] = params;
                     }),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.Answers(kCompact) && frame.message.contains("result")) {
               AskCli(frame, kCompact, state.memory["compact"]);
             }
           })}},
      {"cli-nothing-compacted",
       {"CLI-36"},
       "compacting a session without messages succeeds",
       {ForgiveCliRequest(kCompact, "Nothing to compact",
                          {{"success", true}})}},
      {"cli-compaction-error-unsaid",
       {"CLI-37"},
       "a compaction fails without the text of the model's error",
       {OnCliError(kCompact,
                   [](Json& error) {
                     std::string text = error["message"];
                     const size_t detail = text.find("400 ");
                     if (detail != std::string::npos) {
                       error["message"] = text.substr(0, detail);
                     }
                   })}},
      {"cli-empty-summary",
       {"CLI-37"},
       "an empty summary is one",
       {ForgiveCliRequest(kCompact, "empty response",
                          {{"success", true}, {"summaryContent", ""}})}},
      {"cli-failed-compaction-forgets",
       {"CLI-37"},
       "the history is gone after a compaction that failed",
       {OnCliEvent("user.message",
                   [](Json& event, State& state) {
                     if (!state.memory.contains("first")) {
                       state.memory["first"] = event["id"];
                     }
                   }),
        OnCliRequest(kCompact,
                     [](Json& params, State& state) {
                       state.memory["session"] = params["sessionId"];
                     }),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.Answers(kCompact) && frame.message.contains("error") &&
                 state.memory.contains("first")) {
               AskCli(frame, "session.history.truncate",
                      {{"sessionId", state.memory["session"]},
                       {"eventId", state.memory["first"]}});
             }
           })}},
      {"cli-queue-idle-between",
       {"CLI-42"},
       "a session is idle between a turn and the next one that waits",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.EventType() == "user.message" &&
                 frame.message["params"]["event"]["data"]["delivery"] ==
                     "queued") {
               SendBefore(frame,
                          MakeEvent(frame, "session.idle", Json::object()));
             }
           })}},
      {"cli-queued-as-idle",
       {"CLI-42"},
       "a message that had to wait does not say so",
       {OnCliEvent("user.message", Where("/data/delivery", "queued",
                                         Set("/data/delivery", "idle")))}},
      {"cli-steering-queued",
       {"CLI-58"},
       "a message that shall steer a turn waits for its end",
       {OnCliRequest("session.send", Erase("mode"))}},
      {"cli-steering-as-queued",
       {"CLI-58"},
       "a message that steers a turn is told as one that waited",
       {OnCliEvent("user.message", Where("/data/delivery", "steering",
                                         Set("/data/delivery", "queued")))}},
      {"cli-steering-unlisted",
       {"CLI-58"},
       "messages that shall steer are not listed while they wait",
       {OnCliAnswer("session.queue.pendingItems",
                    Set("steeringMessages", Json::array()))}},
      {"cli-queue-not-cleared",
       {"CLI-59"},
       "the queue is cleared in name only",
       {SkipCliRequest("session.queue.clear")}},
      {"cli-queue-without-text",
       {"CLI-59"},
       "what waits is listed without its text",
       {OnCliAnswer("session.queue.pendingItems",
                    Erase("/items/0/displayText"))}},
      {"cli-clear-aborts",
       {"CLI-59"},
       "clearing the queue ends the turn that runs",
       {AddCliRequest("session.queue.clear", "session.abort",
                      [](const Json& params) { return params; })}},
  };
}

}  // namespace copilot::conformance
