// SPDX-License-Identifier: MIT
#include <algorithm>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kCreate[] = "session.create";
constexpr char kResume[] = "session.resume";
constexpr char kAskUser[] = "builtin:ask_user";

// A member that is a text, or an empty one.
std::string Text(const Json& object, const std::string& member) {
  const Json value = object.value(member, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

// Erases it where `holds` for its value.
PartChange EraseIf(const std::string& member,
                   std::function<bool(const Json& value)> holds) {
  return [=](Json& params) {
    if (params.contains(member) && holds(params[member])) params.erase(member);
  };
}

// Adds it where it is absent.
PartChange Default(const std::string& member, Json value) {
  return [=](Json& params) { params.emplace(member, value); };
}

bool HasTools(const Json& params) {
  return params.value("availableTools", Json::array()).size() > 1;
}

// Lets the proxy of the CLI know whether the attempt restricts its tools.
Fault TellsOfRestriction() {
  return OnAttempt([](Json& params, State& state) {
    bool restricted = false;
    for (const char* member :
         {"toolsAllow", "disableTools", "modelRun", "promptMode"}) {
      restricted |= params.contains(member);
    }
    state.world.Share("restricted", restricted);
  });
}

bool IsRestricted(State& state) {
  return state.world.Shared("restricted") == Json(true);
}

// The error of a failure to resume, where it contains `text`, says `other`.
Fault ResumeErrorIs(const std::string& text, const std::string& other) {
  return OnCliError(kResume, [=](Json& error) {
    if (Text(error, "message").find(text) != std::string::npos) {
      error["message"] = other;
    }
  });
}

}  // namespace

std::vector<Mutation> SessionMutations() {
  return {
      {"session-no-tools-member",
       {"SESS-01"},
       "without tools a session is created with no list of them",
       {OnCliRequest(
           kCreate,
           EraseIf("tools", [](const Json& tools) { return tools.empty(); }))}},
      {"session-no-working-directory",
       {"SESS-01", "SESS-21"},
       "a session is created without a working directory",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       if (!params.contains("instructionDirectories")) {
                         params.erase("workingDirectory");
                       }
                     })}},
      {"session-no-permission-handling-on-resume",
       {"PERM-09"},
       "a session is resumed without permission handling",
       {OnCliRequest(kResume, Erase("requestPermission"))}},
      {"session-object-model-lost",
       {"SESS-01"},
       "the model of a session is lost if it was given as an object",
       {OnAttempt([](Json& params, State& state) {
          state.world.Share("object",
                            params.value("model", Json()).is_object() &&
                                Text(params, "provider") == "github-copilot");
        }),
        OnCliRequest(kCreate,
                     [](Json& params, State& state) {
                       if (state.world.Shared("object") == Json(true)) {
                         params.erase("model");
                       }
                     })}},
      {"session-text-model-is-default",
       {"SESS-02"},
       "the first model given as a text is replaced by the default",
       {OnAttempt([](Json& params, State& state) {
         if (params.value("model", Json()).is_string() && ++state.count == 1) {
           params["model"] = "gpt-4.1";
         }
       })}},
      {"session-text-model-without-provider",
       {"SESS-02"},
       "the answer of a model given as a text names no provider",
       {OnResult([](Json& result, State& state) {
         if (state.params["model"].is_string() &&
             result.value("lastAssistant", Json()).is_object()) {
           result["lastAssistant"].erase("provider");
         }
       })}},
      {"session-pending-work",
       {"SESS-03"},
       "a session is resumed with its pending work",
       {OnCliRequest(kResume, Set("continuePendingWork", true))}},
      {"session-invalid-replay-is-safe",
       {"SESS-04"},
       "an attempt that must not be replayed says that it may be",
       {OnResult([](Json& result, State& state) {
         if (state.params.value("initialReplayState", Json::object())
                 .value("replayInvalid", false)) {
           result["replayMetadata"]["replaySafe"] = true;
         }
       })}},
      {"session-blank-id-resumed",
       {"MISC-15"},
       "a blank id to continue from is resumed",
       {OnAttempt([](Json& params) {
         const Json state = params.value("initialReplayState", Json::object());
         if (Text(state, "sdkSessionId") == "  ") {
           params["initialReplayState"]["sdkSessionId"] = "blank";
         }
       })}},
      {"session-not-found-is-an-error",
       {"SESS-05"},
       "a session that is not found fails the attempt",
       {ResumeErrorIs("not found", "resuming failed")}},
      {"session-does-not-exist-is-an-error",
       {"SESS-05", "MISC-16"},
       "a session that does not exist fails the attempt",
       {ResumeErrorIs("does not exist", "resuming failed")}},
      {"session-no-such-is-an-error",
       {"SESS-05", "MISC-16"},
       "a session of which there is no such fails the attempt",
       {ResumeErrorIs("no such session", "resuming failed")}},
      {"session-unknown-id-is-an-error",
       {"SESS-05", "MISC-16"},
       "an unknown session id fails the attempt",
       {ResumeErrorIs("Unknown session", "resuming failed")}},
      {"session-replaced-is-safe",
       {"SESS-05"},
       "an attempt whose session was replaced says that it may be replayed",
       {OnCliError(
            kResume,
            [](Json&, State& state) { state.world.Share("replaced", true); }),
        OnResult([](Json& result, State& state) {
          if (state.world.Shared("replaced") == Json(true)) {
            result["replayMetadata"]["replaySafe"] = true;
          }
        })}},
      {"session-reset-connection-creates",
       {"SESS-06"},
       "a session that cannot be reached is replaced by a new one",
       {ResumeErrorIs("ECONNRESET", "Session not found: gone")}},
      {"session-timeout-creates",
       {"SESS-06", "MISC-16"},
       "a session that is resumed too slowly is replaced by a new one",
       {ResumeErrorIs("timed out", "Session not found: gone")}},
      {"session-resume-error-reworded",
       {"SESS-06"},
       "the prompt error does not tell why resuming failed",
       {OnResult([](Json& result) {
         const Json error = result.value("promptError", Json());
         if (error.is_object() &&
             Text(error, "message").find("ECONNRESET") != std::string::npos) {
           result["promptError"]["message"] = "resuming failed";
         }
       })}},
      {"session-infinite-empty",
       {"SESS-07"},
       "without settings for infinite sessions empty ones are passed on",
       {OnCliRequest(kCreate, Default("infiniteSessions", Json::object()))}},
      {"session-infinite-empty-on-resume",
       {"SESS-07"},
       "without settings a session is resumed with infinite sessions enabled",
       {OnCliRequest(kResume,
                     Default("infiniteSessions", {{"enabled", true}}))}},
      {"session-infinite-threshold-lost",
       {"SESS-08"},
       "the threshold of the buffer is not passed on",
       {OnCliRequest(kCreate,
                     Erase("/infiniteSessions/bufferExhaustionThreshold"))}},
      {"session-infinite-disabled-lost",
       {"SESS-09"},
       "disabled infinite sessions are passed on as no settings",
       {OnCliRequest(kCreate, EraseIf("infiniteSessions",
                                      [](const Json& settings) {
                                        return settings.value("enabled",
                                                              true) == false;
                                      }))}},
      {"session-infinite-lost-on-resume",
       {"SESS-10"},
       "settings for infinite sessions are not passed on again",
       {OnCliRequest(kResume, Erase("infiniteSessions"))}},
      {"session-telemetry-by-default",
       {"SESS-11"},
       "without a telemetry setting it is enabled",
       {OnCliRequest(kCreate, Default("enableSessionTelemetry", true))}},
      {"session-telemetry-false-lost",
       {"SESS-12"},
       "disabled telemetry is passed on as no setting",
       {OnCliRequest(kCreate,
                     EraseIf("enableSessionTelemetry",
                             [](const Json& set) { return set == false; }))}},
      {"session-telemetry-true-lost",
       {"SESS-12"},
       "enabled telemetry is passed on as no setting",
       {OnCliRequest(kCreate,
                     EraseIf("enableSessionTelemetry",
                             [](const Json& set) { return set == true; }))}},
      {"session-telemetry-lost-on-resume",
       {"SESS-13"},
       "a telemetry setting is not passed on again",
       {OnCliRequest(kResume, Erase("enableSessionTelemetry"))}},
      {"session-effort-xhigh-unknown",
       {"SESS-14"},
       "the reasoning effort xhigh is not passed on",
       {OnCliRequest(kCreate,
                     EraseIf("reasoningEffort",
                             [](const Json& set) { return set == "xhigh"; }))}},
      {"session-effort-clamped",
       {"SESS-14"},
       "the reasoning effort low is raised to medium",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       if (Text(params, "reasoningEffort") == "low") {
                         params["reasoningEffort"] = "medium";
                       }
                     })}},
      {"session-effort-by-default",
       {"SESS-14"},
       "without a reasoning effort medium is passed on",
       {OnCliRequest(kCreate, Default("reasoningEffort", "medium"))}},
      {"session-ask-user-first",
       {"SESS-15"},
       "without a restriction the available tools begin with "
       "`builtin:ask_user`",
       {TellsOfRestriction(),
        OnCliRequest(kCreate,
                     [](Json& params, State& state) {
                       if (!HasTools(params) || IsRestricted(state)) return;
                       Json& tools = params["availableTools"];
                       tools.erase(tools.size() - 1);
                       tools.insert(tools.begin(), kAskUser);
                     })}},
      {"session-tools-sorted",
       {"SESS-15"},
       "the available tools are sorted",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       if (!HasTools(params)) return;
                       Json& tools = params["availableTools"];
                       std::sort(tools.begin(), tools.end() - 1);
                     })}},
      {"session-no-available-tools",
       {"SESS-16"},
       "with neither bridged tools nor a restriction no list of available "
       "tools is passed on",
       {TellsOfRestriction(), OnCliRequest(kCreate,
                                           [](Json& params, State& state) {
                                             if (!HasTools(params) &&
                                                 !IsRestricted(state)) {
                                               params.erase("availableTools");
                                             }
                                           })}},
      {"session-one-tool-available",
       {"SESS-17", "SESS-15"},
       "of several bridged tools only the first one is available",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       if (!HasTools(params)) return;
                       Json& tools = params["availableTools"];
                       if (tools.size() > 2) tools = {tools[0], kAskUser};
                     })}},
      {"session-available-tools-lost-on-resume",
       {"SESS-18"},
       "a resumed session has no bridged tool available",
       {OnCliRequest(kResume, Set("availableTools", {kAskUser}))}},
      {"session-tools-lost-on-resume",
       {"SESS-18", "TOOL-48"},
       "a resumed session gets no tools",
       {OnCliRequest(kResume, Set("tools", Json::array()))}},
      {"session-all-available-on-resume",
       {"SESS-19"},
       "a session resumed without bridged tools has everything available",
       {OnCliRequest(kResume, EraseIf("availableTools",
                                      [](const Json& tools) {
                                        return tools.size() == 1;
                                      }))}},
      {"session-instructions-of-the-workspace",
       {"SESS-21"},
       "the workspace is named as instruction directory in any case",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       params.emplace(
                           "instructionDirectories",
                           Json::array({params.value("workingDirectory", "")}));
                     })}},
      {"session-no-instruction-directory",
       {"SESS-22"},
       "beside a task directory the workspace is not named",
       {OnCliRequest(kCreate, Erase("instructionDirectories"))}},
      {"session-task-directory-ignored",
       {"SESS-22"},
       "the working directory is the workspace in any case",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       if (params.contains("instructionDirectories")) {
                         params["workingDirectory"] =
                             params["instructionDirectories"][0];
                       }
                     })}},
      {"session-directory-as-given",
       {"SESS-23"},
       "a task directory is passed on as it was given",
       {OnAttempt([](Json& params, State& state) {
          state.world.Share("cwd", Text(params, "cwd"));
        }),
        OnCliRequest(kCreate,
                     [](Json& params, State& state) {
                       const Json given = state.world.Shared("cwd");
                       if (given.is_string() && given != "") {
                         params["workingDirectory"] = given;
                       }
                     })}},
      {"session-empty-system-message",
       {"SESS-30"},
       "without instructions an empty system message is passed on",
       {OnCliRequest(kCreate, Default("systemMessage",
                                      {{"mode", "append"}, {"content", ""}}))}},
      {"session-no-heading",
       {"SESS-31"},
       "an extra system prompt follows without its heading",
       {OnCliRequest(kCreate,
                     [](Json& params) {
                       static const std::string kHeading =
                           "## Group Chat Context\n";
                       if (!params.contains("systemMessage")) return;
                       Json& message = params["systemMessage"];
                       const std::string text = Text(message, "content");
                       if (text.find(kHeading) == 0) {
                         message["content"] = text.substr(kHeading.size());
                       }
                     })}},
      {"session-system-message-replaces",
       {"SESS-31"},
       "an extra system prompt replaces the CLI's own",
       {OnCliRequest(kCreate, Replace("/systemMessage/mode", "replace"))}},
      {"session-system-message-lost-on-resume",
       {"SESS-33"},
       "a resumed session gets no system message",
       {OnCliRequest(kResume, Erase("systemMessage"))}},
      {"session-raw-run-instructed",
       {"SESS-34"},
       "a raw model run gets the extra system prompt",
       {OnAttempt([](Json& params) {
         if (params.contains("extraSystemPrompt")) params.erase("modelRun");
       })}},
      {"session-raw-run-hooked",
       {"SESS-35"},
       "a run without a prompt mode calls prompt hooks",
       {OnAttemptCall([](Json& call) {
         if (!call.value("hooks", Json()).empty())
           call["params"].erase("promptMode");
       })}},
      {"session-no-request-headers",
       {"SESS-43"},
       "BYOK headers are sent with no turn",
       {OnCliRequest("session.send", Erase("requestHeaders"))}},
      {"session-empty-request-headers",
       {"SESS-43"},
       "without BYOK headers empty ones are sent",
       {OnAttempt([](Json& params, State& state) {
          state.world.Share("byok",
                            Text(params, "provider") != "github-copilot");
        }),
        OnCliRequest("session.send",
                     [](Json& params, State& state) {
                       if (state.world.Shared("byok") == Json(true)) {
                         params.emplace("requestHeaders", Json::object());
                       }
                     })}},
  };
}

}  // namespace copilot::conformance
