// SPDX-License-Identifier: MIT
#include <string>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kDelta[] = "assistant.message_delta";
constexpr char kMessage[] = "assistant.message";
constexpr char kUsage[] = "assistant.usage";

// Events of the CLI for which `which` holds never come.
Fault DropCliEventIf(const std::string& type,
                     std::function<bool(const Json& event, State&)> which) {
  return At(Place::kCli, Way::kUp, [=](Frame& frame, State& state) {
    if (frame.EventType() == type &&
        which(frame.message["params"]["event"], state)) {
      frame.Drop();
    }
  });
}

// Events of sub-agents are taken for those of the root agent.
Fault ForgetsAgent(const std::string& type) {
  return OnCliEvent(type, Erase("agentId"));
}

// The texts of deltas so far, by message.
Fault NoteDeltas() {
  return OnCliEvent(kDelta, [](Json& event, State& state) {
    if (event.contains("agentId")) return;
    Json& text = state.memory[event["data"].value("messageId", "")];
    if (!text.is_string()) text = "";
    text = text.get<std::string>() + event["data"].value("deltaContent", "");
  });
}

// `change` gets the message and what its deltas said.
Fault AfterDeltas(
    std::function<void(Json& data, const std::string& said, State&)> change) {
  return OnCliEvent(kMessage, [change = std::move(change)](Json& event,
                                                           State& state) {
    const auto said = state.memory.find(event["data"].value("messageId", ""));
    if (said != state.memory.end() && said->second.is_string()) {
      change(event["data"], said->second, state);
    }
  });
}

// The last assistant message of results that have one.
Fault OnAssistant(PartChange change) {
  return OnResult([change = std::move(change)](Json& result, State& state) {
    if (result.contains("lastAssistant") &&
        result["lastAssistant"].is_object()) {
      change(result["lastAssistant"], state);
    }
  });
}

// The parts of its content.
Fault OnContent(PartChange change) {
  return OnAssistant([change = std::move(change)](Json& message, State& state) {
    if (message.contains("content") && message["content"].is_array()) {
      change(message["content"], state);
    }
  });
}

void EraseParts(Json& content, const std::string& type) {
  Json kept = Json::array();
  for (Json& part : content) {
    if (part["type"] != type) kept.push_back(std::move(part));
  }
  content = std::move(kept);
}

Fault OnToolMetas(std::function<void(Json& meta)> change) {
  return OnResult([change = std::move(change)](Json& result) {
    for (Json& meta : result["toolMetas"]) change(meta);
  });
}

// The error of attempts that fail with this code.
Fault OnPromptError(const std::string& code, PartChange change) {
  return OnResult(
      [code, change = std::move(change)](Json& result, State& state) {
        Json& error = result["promptError"];
        if (error.is_object() && error.value("code", Json()) == code) {
          change(error, state);
        }
      });
}

// The CLI's answer to a lost session says something else.
Fault OnResumeError(const std::string& part, const std::string& instead) {
  return OnCliError("session.resume", [=](Json& error) {
    const std::string text = error.value("message", "");
    if (text.find(part) != text.npos) error["message"] = instead;
  });
}

}  // namespace

std::vector<Mutation> EventsMutations() {
  return {
      {"events-delta-text-is-delta",
       {"EVT-01"},
       "a delta callback gets the delta in place of the text so far",
       {OnNotification(
           "attempt.delta",
           [](Json& params) { params["text"] = params["delta"]; })}},
      {"events-delta-without-id-lost",
       {"EVT-03"},
       "a delta that names no message is dropped",
       {DropCliEventIf(kDelta,
                       [](const Json& event, State&) {
                         return !event["data"].contains("messageId");
                       })}},
      {"events-texts-by-completion",
       {"EVT-02"},
       "texts come in the order in which their messages ended",
       {OnCliEvent(kMessage,
                   [](Json& event, State& state) {
                     if (event.contains("agentId")) return;
                     state.memory["order"].push_back(
                         event["data"].value("content", ""));
                     state.world.Share("order", state.memory["order"]);
                   }),
        OnResult([](Json& result, State& state) {
          const Json order = state.world.Shared("order");
          Json& texts = result["assistantTexts"];
          if (order.is_array() && order.size() == texts.size()) texts = order;
        })}},
      {"events-texts-in-one",
       {"EVT-02"},
       "the texts of several messages become one",
       {OnResult([](Json& result) {
         std::string all;
         for (const Json& text : result["assistantTexts"]) {
           all += text.get<std::string>();
         }
         if (!all.empty()) result["assistantTexts"] = {all};
       })}},
      {"events-empty-delta-called-back",
       {"EVT-04"},
       "an empty delta is passed on as a blank",
       {OnCliEvent(kDelta,
                   [](Json& event) {
                     if (event["data"]["deltaContent"] == "") {
                       event["data"]["deltaContent"] = " ";
                     }
                   })}},
      {"events-delta-without-session",
       {"EVT-05"},
       "a delta callback is not told the session",
       {OnNotification("attempt.delta", Erase("sessionId"))}},
      {"events-first-reasoning-only",
       {"EVT-09"},
       "only the first delta of reasoning is kept",
       {DropCliEventIf(
           "assistant.reasoning_delta",
           [](const Json&, State& state) { return state.count++ > 0; })}},
      {"events-reasoning-last",
       {"EVT-09", "EVT-10"},
       "reasoning comes after the text",
       {OnContent([](Json& content) {
         if (content.size() == 2 && content[0]["type"] == "thinking") {
           std::swap(content[0], content[1]);
         }
       })}},
      {"events-reasoning-text-lost",
       {"EVT-10"},
       "the reasoning text of a message is not looked at",
       {OnCliEvent(kMessage, Erase("/data/reasoningText"))}},
      {"events-shorter-message-wins",
       {"EVT-11"},
       "a message replaces its deltas even when it is shorter",
       {NoteDeltas(),
        AfterDeltas([](Json& data, const std::string& said, State& state) {
          const std::string text = data.value("content", "");
          if (!text.empty() && text.size() < said.size()) {
            state.world.Share("shorter", {said, text});
          }
        }),
        OnResult([](Json& result, State& state) {
          const Json shorter = state.world.Shared("shorter");
          if (!shorter.is_array()) return;
          for (Json& text : result["assistantTexts"]) {
            if (text == shorter[0]) text = shorter[1];
          }
        })}},
      {"events-deltas-win",
       {"EVT-12"},
       "what the deltas of a message said is not corrected by it",
       {NoteDeltas(),
        AfterDeltas([](Json& data, const std::string& said, State&) {
          if (data.value("content", "").size() >= said.size()) {
            data["content"] = said;
          }
        })}},
      {"events-re-emitted-is-another",
       {"EVT-12", "TRN-03"},
       "a message that is emitted again is another message",
       {OnCliEvent(kMessage,
                   [](Json& event, State& state) {
                     const std::string id = event.value("id", "");
                     if (state.memory[id] == true) {
                       event["data"]["messageId"] = id + "-again";
                       event["id"] = id + "-again";
                     }
                     state.memory[id] = true;
                   })}},
      {"events-tool-use-stops",
       {"EVT-13"},
       "a message with tool requests has the stop reason of one without",
       {OnAssistant([](Json& message) {
         if (message["stopReason"] == "toolUse") {
           message["stopReason"] = "stop";
         }
       })}},
      {"events-tool-calls-lost",
       {"EVT-13"},
       "a message does not have the tool calls that it requested",
       {OnContent([](Json& content) { EraseParts(content, "toolCall"); })}},
      {"events-tool-call-without-arguments",
       {"EVT-13"},
       "the tool calls of a message have no arguments",
       {OnContent([](Json& content) {
         for (Json& part : content) part.erase("arguments");
       })}},
      {"events-no-stop-reason",
       {"EVT-14"},
       "a message without tool requests has no stop reason",
       {OnAssistant([](Json& message) {
         if (message["stopReason"] == "stop") message.erase("stopReason");
       })}},
      {"events-text-needs-deltas",
       {"EVT-16"},
       "the text of a message is made of its deltas only",
       {NoteDeltas(), OnCliEvent(kMessage,
                                 [](Json& event, State& state) {
                                   if (event.contains("agentId")) return;
                                   const std::string id =
                                       event["data"].value("messageId", "");
                                   if (!state.memory.contains(id)) {
                                     event["data"]["content"] = "";
                                   }
                                 })}},
      {"events-sub-agent-text",
       {"EVT-20"},
       "the text of a sub-agent is a text of the attempt",
       {ForgetsAgent(kMessage)}},
      {"events-sub-agent-delta",
       {"EVT-20"},
       "the deltas of a sub-agent are deltas of the attempt",
       {ForgetsAgent(kDelta)}},
      {"events-sub-agent-usage",
       {"EVT-20"},
       "the usage of a sub-agent is that of the attempt",
       {ForgetsAgent(kUsage)}},
      {"events-sub-agent-compaction",
       {"EVT-34"},
       "a compaction of a sub-agent is one of the session",
       {ForgetsAgent("session.compaction_start"),
        ForgetsAgent("session.compaction_complete")}},
      {"events-sub-agent-idle",
       {"EVT-35"},
       "the turn ends when a sub-agent is idle",
       {ForgetsAgent("session.idle")}},
      {"events-unknown-is-an-error",
       {"ATT-01"},
       "an event of an unknown type is an error",
       {OnCliEvent("acme.weather",
                   [](Json& event) {
                     event["type"] = "session.error";
                     event["data"] = {{"errorType", "unknown"},
                                      {"message", "unknown event"}};
                   })}},
      {"events-tool-name-lost",
       {"EVT-25"},
       "the name of a tool is not kept",
       {OnToolMetas([](Json& meta) { meta.erase("toolName"); })}},
      {"events-tool-never-active",
       {"EVT-25"},
       "a tool that has not ended is not counted as active",
       {OnResult(Replace("/itemLifecycle/activeCount", 0))}},
      {"events-tool-start-uncounted",
       {"EVT-25"},
       "only tools that end are counted as started",
       {OnResult([](Json& result) {
         Json& counts = result["itemLifecycle"];
         if (counts.is_object() &&
             counts["startedCount"] > counts["completedCount"]) {
           counts["startedCount"] = counts["completedCount"];
         }
       })}},
      {"events-tool-detail-lost",
       {"EVT-26"},
       "the detailed content of a tool is not kept",
       {OnCliEvent("tool.execution_complete",
                   Erase("/data/result/detailedContent"))}},
      {"events-tool-failure-unmarked",
       {"EVT-27"},
       "the metadata of a failed tool is not marked as an error",
       {OnToolMetas([](Json& meta) { meta.erase("isError"); })}},
      {"events-tool-failure-without-message",
       {"EVT-27"},
       "the message of a failed tool is not kept",
       {OnCliEvent("tool.execution_complete", Erase("/data/error/message"))}},
      {"events-completion-uncounted",
       {"EVT-28"},
       "a completion without start is not counted",
       {OnCliEvent("tool.execution_start",
                   [](Json& event, State& state) {
                     state.memory[event["data"].value("toolCallId", "")] = true;
                   }),
        DropCliEventIf("tool.execution_complete",
                       [](const Json& event, State& state) {
                         return !state.memory.contains(
                             event["data"].value("toolCallId", ""));
                       })}},
      {"events-completion-has-metadata",
       {"EVT-28"},
       "a completion without start leaves metadata without a name",
       {OnResult([](Json& result) {
         const Json& counts = result["itemLifecycle"];
         if (counts.is_object() &&
             counts["completedCount"] > counts["startedCount"]) {
           result["toolMetas"].push_back({{"toolName", ""}});
         }
       })}},
      {"events-error-code-lost",
       {"EVT-36"},
       "the code of a session error is not looked at",
       {OnCliEvent("session.error", Erase("/data/errorCode"))}},
      {"events-error-message-lost",
       {"EVT-36", "EVT-37"},
       "the text of a session error is not passed on",
       {OnCliEvent("session.error",
                   [](Json& event) {
                     if (event["data"].value("errorType", "") == "quota") {
                       event["data"]["message"] = "error";
                     }
                   })}},
      {"events-error-type-lost",
       {"EVT-37", "EVT-40"},
       "a session error without code has none",
       {OnCliEvent("session.error",
                   [](Json& event) {
                     if (!event["data"].contains("errorCode")) {
                       event["data"].erase("errorType");
                     }
                   })}},
      {"events-abort-without-code",
       {"ATT-52", "EVT-39"},
       "an abort of the CLI's own has no code",
       {OnPromptError("session_aborted", Erase("code"))}},
      {"events-abort-without-reason",
       {"ATT-52", "EVT-39"},
       "an abort of the CLI's own has no reason",
       {OnPromptError("session_aborted",
                      Set("message", "[copilot-attempt] session aborted"))}},
      {"events-error-before-answer-lost",
       {"EVT-40"},
       "an error that does not end the turn is passed over",
       {DropCliEventIf("session.error",
                       [](const Json& event, State&) {
                         return event["data"].value("errorType", "") == "mcp";
                       })}},
      {"events-usage-rounded",
       {"MISC-01"},
       "usage numbers are rounded up",
       {OnCliEvent(kUsage,
                   [](Json& event) {
                     for (Json& number : event["data"]) {
                       if (!number.is_number_float()) continue;
                       number = static_cast<int>(number.get<double>()) + 1;
                     }
                   })}},
      {"events-usage-below-zero",
       {"MISC-01"},
       "usage below zero is kept",
       {OnCliEvent(kUsage,
                   [](Json& event, State& state) {
                     const Json read =
                         event["data"].value("cacheReadTokens", Json());
                     if (read.is_number() && read < 0) {
                       state.world.Share("below", read);
                     }
                   }),
        OnResult([](Json& result, State& state) {
          const Json below = state.world.Shared("below");
          if (!below.is_null()) result["attemptUsage"]["cacheRead"] = below;
        })}},
      {"events-usage-without-cache",
       {"MISC-01"},
       "the sum of usage leaves out the cache",
       {OnResult([](Json& result) {
         if (!result.contains("attemptUsage")) return;
         Json& usage = result["attemptUsage"];
         if (!usage.is_object() || !usage.contains("total")) return;
         usage["total"] = usage.value("input", 0) + usage.value("output", 0);
       })}},
      {"events-first-usage-kept",
       {"MISC-02"},
       "later usage does not replace earlier usage of a turn",
       {OnCliEvent("session.idle",
                   [](Json&, State& state) { state.count = 0; }),
        DropCliEventIf(kUsage,
                       [](const Json& event, State& state) {
                         return !event.contains("agentId") && state.count++ > 0;
                       })}},
      {"events-blank-id-resumed",
       {"MISC-15"},
       "a session with a blank id is resumed",
       {OnAttempt([](Json& params) {
         if (!params.contains("initialReplayState")) return;
         Json& id = params["initialReplayState"]["sdkSessionId"];
         if (id == "  ") id = "blank";
       })}},
      {"events-lost-session-by-one-text",
       {"MISC-16", "SESS-05"},
       "a lost session is only known by the words \"not found\"",
       {OnResumeError("does not exist", "cannot resume"),
        OnResumeError("no such session", "cannot resume"),
        OnResumeError("Unknown session id", "cannot resume")}},
      {"events-timeout-loses-session",
       {"MISC-16", "SESS-06"},
       "a session whose resumption timed out is taken for lost",
       {OnResumeError("timed out", "Session not found: late")}},
  };
}

}  // namespace copilot::conformance
