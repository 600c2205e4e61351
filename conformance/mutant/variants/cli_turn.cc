// SPDX-License-Identifier: MIT
//
// Plain turns and streams: CLI-01 to CLI-05.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

// Whether sessions of this CLI stream, as the last one was created.
Fault RememberStreaming() {
  return OnCliRequest("session.create", [](Json& params, State& state) {
    state.memory["streaming"] = params.value("streaming", false);
  });
}

// A turn has ended by a message that calls no tool.
Fault IdleEarly() {
  return At(Place::kCli, Way::kUp, [](Frame& frame, State& state) {
    const std::string type = frame.EventType();
    if (type == "assistant.turn_start") state.memory["ends"] = false;
    if (type == "assistant.message") {
      state.memory["ends"] =
          frame.message["params"]["event"]["data"]["toolRequests"].empty();
    }
    if (type == "assistant.turn_end" && state.memory["ends"] == true) {
      frame.HoldUntil([](const Frame& later) {
        return later.EventType() == "session.idle";
      });
    }
  });
}

}  // namespace

std::vector<Mutation> CliTurnMutations() {
  return {
      {"cli-idle-early",
       {"CLI-01"},
       "a turn that ends by a message is idle before its end",
       {IdleEarly()}},
      {"cli-user-message-lost",
       {"CLI-01", "CLI-02"},
       "nobody learns of the first message of a session without tools and "
       "hooks",
       {OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       state.memory["lost"] =
                           params.contains("tools") || params.contains("hooks");
                     }),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.EventType() != "user.message") return;
             if (state.memory["lost"] == false) frame.Drop();
             state.memory["lost"] = true;
           })}},
      {"cli-user-message-twice",
       {"CLI-01"},
       "a message of the user is told twice",
       {RepeatCliEvent("user.message")}},
      {"cli-system-message-late",
       {"CLI-01"},
       "the system message comes when the turn has begun",
       {DelayCliEvent("system.message", "assistant.turn_start")}},
      {"cli-message-id-own",
       {"CLI-02"},
       "a message of the user has not the id that session.send returned",
       {OnCliEvent("user.message",
                   [](Json& event) {
                     Json& data = event["data"];
                     data["messageId"] = data.value("messageId", "") + "-0";
                   })}},
      {"cli-message-not-originated",
       {"CLI-02"},
       "a message of the assistant does not say what it answers",
       {OnCliEvent("assistant.message", Erase("/data/originatingMessageId"))}},
      {"cli-message-id-shared",
       {"CLI-02"},
       "a message of the assistant has the id of the user's",
       {RememberStreaming(),
        OnCliEvent("assistant.message",
                   [](Json& event, State& state) {
                     Json& data = event["data"];
                     if (state.memory["streaming"] == false) {
                       data["messageId"] = data["originatingMessageId"];
                     }
                   })}},
      {"cli-message-start-lost",
       {"CLI-03"},
       "deltas come without an assistant.message_start",
       {DropCliEvent("assistant.message_start")}},
      {"cli-delta-of-no-message",
       {"CLI-03"},
       "a delta does not say of which message it is",
       {OnCliEvent("assistant.message_delta", Erase("/data/messageId"))}},
      {"cli-delta-twice",
       {"CLI-03"},
       "each delta is sent twice",
       {RepeatCliEvent("assistant.message_delta")}},
      {"cli-message-last-chunk",
       {"CLI-03"},
       "the message after deltas holds the last chunk only",
       {OnCliEvent("assistant.message_delta",
                   [](Json& event, State& state) {
                     state.memory["chunk"] = event["data"]["deltaContent"];
                   }),
        OnCliEvent("assistant.message",
                   [](Json& event, State& state) {
                     if (state.memory.contains("chunk")) {
                       event["data"]["content"] = state.memory["chunk"];
                     }
                   })}},
      {"cli-stream-unasked",
       {"CLI-04"},
       "sessions stream unless they are told not to",
       {OnCliRequest("session.create",
                     Where("/streaming", nullptr, Set("streaming", true)))}},
      {"cli-delta-unasked",
       {"CLI-04"},
       "the text of a message comes as a delta too, without streaming",
       {RememberStreaming(),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.EventType() != "assistant.message" ||
                 state.memory["streaming"] != false) {
               return;
             }
             const Json data = frame.message["params"]["event"]["data"];
             Json delta = MakeEvent(frame, "assistant.message_delta",
                                    {{"messageId", data["messageId"]},
                                     {"deltaContent", data["content"]}});
             delta["params"]["event"]["ephemeral"] = true;
             SendBefore(frame, std::move(delta));
           })}},
      {"cli-reasoning-forgotten",
       {"CLI-05"},
       "a message does not carry its reasoning",
       {OnCliEvent("assistant.message", Erase("/data/reasoningText"))}},
      {"cli-reasoning-not-streamed",
       {"CLI-05"},
       "reasoning is not streamed",
       {DropCliEvent("assistant.reasoning_delta")}},
  };
}

}  // namespace copilot::conformance
