// SPDX-License-Identifier: MIT
//
// Errors of the model and of requests: CLI-20 to CLI-27, CLI-40 and CLI-41.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

bool Contains(const Json& text, const std::string& part) {
  return text.is_string() &&
         text.get_ref<const std::string&>().find(part) != std::string::npos;
}

// A turn that a status ends is made again once.
Fault TryAgain(int status) {
  return At(Place::kCli, Way::kUp, [status](Frame& frame, State& state) {
    const std::string type = frame.EventType();
    if (type == "session.error" && !state.memory.contains("again") &&
        frame.message["params"]["event"]["data"].value("statusCode", 0) ==
            status) {
      state.memory["again"] = true;
      frame.Drop();
    }
    if (type == "session.idle" && state.memory["again"] == true) {
      state.memory["again"] = false;
      frame.Drop();
      AskCli(frame, "session.send",
             {{"sessionId", frame.message["params"]["sessionId"]},
              {"prompt", "Hello"}});
    }
  });
}

// A turn ends when the model has failed in a way that is to be tried again:
// with this status or, without one, with this text.
Fault GiveUp(int status, const std::string& text = "") {
  return At(Place::kCli, Way::kUp, [=](Frame& frame, State&) {
    if (frame.EventType() != "model.call_failure") return;
    const Json& params = frame.message["params"];
    const Json& data = params["event"]["data"];
    if (data.value("statusCode", 0) == status &&
        Contains(data["errorMessage"], text)) {
      AskCli(frame, "session.abort", {{"sessionId", params["sessionId"]}});
    }
  });
}

// The text of an error of a request.
Fault OnErrorText(const std::string& method, const std::string& part,
                  PartChange change) {
  return OnCliError(
      method, [part, change = std::move(change)](Json& error, State& state) {
        if (Contains(error["message"], part)) change(error, state);
      });
}

}  // namespace

std::vector<Mutation> CliErrorMutations() {
  return {
      {"cli-error-without-status",
       {"CLI-20", "CLI-21", "CLI-22"},
       "the error of a turn does not tell the status of the model's answer",
       {OnCliEvent("session.error", Erase("/data/statusCode"))}},
      {"cli-bad-request-again",
       {"CLI-20"},
       "a 400 of the model is tried again",
       {TryAgain(400)}},
      {"cli-session-lost-by-error",
       {"CLI-20"},
       "a session takes no more messages after an error of the model",
       {OnCliEvent("session.error",
                   [](Json&, State& state) { state.memory["failed"] = true; }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("session.send") ||
                 !state.memory.contains("failed")) {
               return;
             }
             frame.Reply(nullptr);
             frame.back.back().erase("result");
             frame.back.back()["error"] = {{"code", -32603},
                                           {"message", "Session has failed"}};
           })}},
      {"cli-not-found-again",
       {"CLI-21"},
       "a 404 of the model is tried again",
       {TryAgain(404)}},
      {"cli-base-url-unnamed",
       {"CLI-21"},
       "the error of a 404 does not name the base URL",
       {OnCliEvent("session.error",
                   Where("/data/statusCode", 404,
                         Set("/data/message",
                             "Resource not found on provider (HTTP 404).\n"
                             "  Check the base URL and model name.")))}},
      {"cli-authentication-query",
       {"CLI-22"},
       "an authentication error is one of the query",
       {OnCliEvent("session.error", Where("/data/errorType", "authentication",
                                          Set("/data/errorType", "query")))}},
      {"cli-authentication-once",
       {"CLI-22"},
       "a 401 of the model is not tried again",
       {GiveUp(401)}},
      {"cli-rate-limit-final",
       {"CLI-23"},
       "a rate limit ends the turn",
       {GiveUp(429)}},
      {"cli-server-error-final",
       {"CLI-24"},
       "a server error of the model ends the turn",
       {GiveUp(500)}},
      {"cli-lost-connection-final",
       {"CLI-25"},
       "a connection that is lost before the answer ends the turn",
       {GiveUp(0, "connection closed")}},
      {"cli-garbage-final",
       {"CLI-27"},
       "a stream that is no JSON ends the turn",
       {GiveUp(0, "parse")}},
      {"cli-unfinished-final",
       {"CLI-27"},
       "a stream that ends without a finish reason ends the turn",
       {GiveUp(0, "finish_reason")}},
      {"cli-retry-told-as-error",
       {"CLI-23", "CLI-24", "CLI-25", "CLI-27"},
       "an error is told although the model is asked again",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.EventType() != "assistant.turn_retry") return;
             const Json reason =
                 frame.message["params"]["event"]["data"]["reason"];
             SendBefore(frame, MakeEvent(frame, "session.error",
                                         {{"errorType", "query"},
                                          {"message", reason}}));
           })}},
      {"cli-empty-answer-fine",
       {"CLI-26"},
       "an empty answer of the model is no error",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.EventType() == "session.error" &&
                 Contains(frame.message["params"]["event"]["data"]["message"],
                          "No response was returned")) {
               frame.Drop();
             }
           })}},
      {"cli-empty-message-lost",
       {"CLI-26"},
       "an empty answer of the model is no message",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.EventType() != "assistant.message") return;
             const Json data = frame.message["params"]["event"]["data"];
             if (data.value("content", "").empty() &&
                 data.value("toolRequests", Json()).empty()) {
               frame.Drop();
             }
           })}},
      {"cli-unknown-method-code",
       {"CLI-40"},
       "an unknown method gets the code of an internal error",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             Json error = frame.message.value("error", Json());
             if (error.is_object() && error["code"] == -32601) {
               frame.message["error"]["code"] = -32603;
             }
           })}},
      {"cli-unknown-method-unnamed",
       {"CLI-40"},
       "the error of an unknown method does not name it",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             Json error = frame.message.value("error", Json());
             if (error.is_object() && error["code"] == -32601) {
               frame.message["error"]["message"] = "Unhandled method";
             }
           })}},
      {"cli-unknown-session-code",
       {"CLI-41"},
       "a call for an unknown session has wrong params",
       {OnErrorText("session.getMessages", "Session not found",
                    Set("code", -32602)),
        OnErrorText("session.history.compact", "Session not found",
                    Set("code", -32602))}},
      {"cli-unknown-session-made",
       {"CLI-41"},
       "a message for an unknown session is taken",
       {ForgiveCliRequest("session.send", "Session not found",
                          {{"messageId", "0"}})}},
      {"cli-unknown-session-aborted",
       {"CLI-41"},
       "a session that does not exist can be aborted",
       {ForgiveCliRequest("session.abort", "Session not found",
                          {{"success", true}})}},
  };
}

}  // namespace copilot::conformance
