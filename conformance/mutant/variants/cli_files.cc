// SPDX-License-Identifier: MIT
//
// Files of sessions that the client keeps: CLI-102 to CLI-105.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kSet[] = "sessionFs.setProvider";
constexpr char kAppend[] = "sessionFs.appendFile";

// What the client is to keep is on disk as well.
std::vector<Fault> KeepOnDisk() {
  Fault remember;
  remember.place = Place::kCli;
  remember.launch = [](Launch& launch, State& state) {
    state.memory["home"] = launch.environment["HOME"];
  };
  return {remember, OnCliCall(kAppend, [](Json& params, State& state) {
            if (!state.memory["home"].is_string()) return;
            state.world.Write(std::string(state.memory["home"]) +
                                  "/.copilot/session-state/events.jsonl",
                              params.value("content", ""));
          })};
}

}  // namespace

std::vector<Mutation> CliFileMutations() {
  return {
      {"cli-kept-files-on-disk",
       {"CLI-102"},
       "what the client keeps is on disk as well",
       KeepOnDisk()},
      {"cli-kept-end-lost",
       {"CLI-102"},
       "the end of a session is not kept",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.Is(kAppend) &&
                 frame.message["params"]
                         .value("content", "")
                         .find("session.shutdown") != std::string::npos) {
               frame.Reply(nullptr);
             }
           })}},
      {"cli-kept-plan-elsewhere",
       {"CLI-102"},
       "a plan that the client keeps has no place",
       {OnCliAnswer("session.plan.read",
                    Where("/path", "/state/plan.md", Set("path", nullptr)))}},
      {"cli-kept-history-begins",
       {"CLI-103"},
       "of the files that the client kept the first line is read",
       {OnCliCallAnswer("sessionFs.readFile",
                        [](Json& result) {
                          const std::string text = result.value("content", "");
                          if (text.rfind("{", 0) == 0) {
                            result["content"] =
                                text.substr(0, text.find('\n') + 1);
                          }
                        })}},
      {"cli-kept-session-nowhere",
       {"CLI-103"},
       "a session that is resumed from the client's files has no place",
       {OnCliAnswer("session.resume", Where("/workspacePath", "/state",
                                            Set("workspacePath", nullptr)))}},
      {"cli-unkept-unexplained",
       {"CLI-104"},
       "the error of events that cannot be kept does not say why",
       {OnCliEvent("session.error",
                   Where("/data/errorType", "persistence",
                         Set("/data/message", "Failed to write events")))}},
      {"cli-unkept-as-query",
       {"CLI-104"},
       "events that cannot be kept are an error of the query",
       {OnCliEvent("session.error", Where("/data/errorType", "persistence",
                                          Set("/data/errorType", "query")))}},
      {"cli-unkept-idle",
       {"CLI-104"},
       "a session is idle although its events cannot be kept",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.EventType() == "session.error" &&
                 frame.message["params"]["event"]["data"]["errorType"] ==
                     "persistence") {
               SendBefore(frame,
                          MakeEvent(frame, "session.idle", Json::object()));
             }
           })}},
      {"cli-late-provider-taken",
       {"CLI-105"},
       "the client may keep the files while sessions are open",
       {ForgiveCliRequest(kSet, "while sessions are active",
                          {{"success", true}})}},
      {"cli-provider-without-directory",
       {"CLI-105"},
       "the client may keep the files of no directory",
       {ForgiveCliRequest(kSet, "missing field", {{"success", true}})}},
      {"cli-provider-relative",
       {"CLI-105"},
       "the directory of kept files may be relative",
       {ForgiveCliRequest(kSet, "is absolute", {{"success", true}})}},
      {"cli-provider-conventions-unchecked",
       {"CLI-105"},
       "any word is a convention for paths",
       {ForgiveCliRequest(kSet, "unknown variant", {{"success", true}})}},
      {"cli-unkept-session-created",
       {"CLI-105"},
       "a session that cannot be kept is created",
       {ForgiveCliRequest("session.create", "EACCES",
                          {{"sessionId", "unkept"}})}},
  };
}

}  // namespace copilot::conformance
