// SPDX-License-Identifier: MIT
//
// What sessions are and keep: CLI-30, CLI-31, CLI-43, CLI-50, CLI-60 to CLI-65
// and CLI-100.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

// session.list has those without messages too.
std::vector<Fault> ListEmptySessions() {
  return {OnCliAnswer("session.create",
                      [](Json& result, State& state) {
                        state.memory["made"] = result["sessionId"];
                      }),
          OnCliEvent("user.message",
                     [](Json&, State& state) { state.memory.erase("made"); }),
          OnCliAnswer("session.list", [](Json& result, State& state) {
            if (!state.memory.contains("made")) return;
            result["sessions"].push_back({{"sessionId", state.memory["made"]},
                                          {"summary", ""},
                                          {"isRemote", false}});
          })};
}

// session.list is what it was when a session was deleted.
std::vector<Fault> ListDeletedSessions() {
  return {OnCliAnswer("session.delete",
                      [](Json&, State& state) {
                        state.memory["deleted"] = state.memory["listed"];
                      }),
          OnCliAnswer("session.list", [](Json& result, State& state) {
            if (state.memory.contains("deleted")) {
              result["sessions"] = state.memory["deleted"];
            }
            state.memory["listed"] = result["sessions"];
          })};
}

}  // namespace

std::vector<Mutation> CliSessionMutations() {
  return {
      {"cli-empty-session-listed",
       {"CLI-30"},
       "sessions without messages are listed",
       ListEmptySessions()},
      {"cli-deleted-session-listed",
       {"CLI-30"},
       "a deleted session is still listed",
       ListDeletedSessions()},
      {"cli-deleted-twice",
       {"CLI-30"},
       "a session can be deleted again",
       {OnCliAnswer("session.delete", Set("success", true))}},
      {"cli-deleted-session-resumed",
       {"CLI-30"},
       "a deleted session can be resumed",
       {OnCliAnswer("session.delete",
                    [](Json&, State& state) { state.memory["gone"] = true; }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("session.resume") && state.memory.contains("gone")) {
               frame.Reply(
                   {{"sessionId", frame.message["params"]["sessionId"]}});
             }
           })}},
      {"cli-deletion-untold",
       {"CLI-30"},
       "nobody is told that a session was deleted",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.Is("session.lifecycle") &&
                 frame.message["params"]["type"] == "session.deleted") {
               frame.Drop();
             }
           })}},
      {"cli-last-of-none",
       {"CLI-31"},
       "there is a last session when there is none",
       {OnCliAnswer("session.getLastId",
                    Where("/sessionId", nullptr, Set("sessionId", "")))}},
      {"cli-metadata-of-nobody",
       {"CLI-31"},
       "an unknown session has metadata",
       {OnCliAnswer("session.getMetadata",
                    Where("/session", nullptr,
                          Set("session", {{"sessionId", "nosuch"}})))}},
      {"cli-metadata-without-summary",
       {"CLI-31"},
       "the metadata of a session has no summary",
       {OnCliAnswer("session.getMetadata", Erase("/session/summary"))}},
      {"cli-destroyed-takes-messages",
       {"CLI-43"},
       "a destroyed session takes messages",
       {OnCliAnswer("session.destroy",
                    [](Json&, State& state) { state.memory["gone"] = true; }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("session.send") && state.memory.contains("gone")) {
               frame.Reply({{"messageId", "0"}});
             }
           })}},
      {"cli-destroyed-twice",
       {"CLI-43"},
       "a session can be destroyed again",
       {OnCliAnswer("session.destroy", Set("success", true))}},
      {"cli-shutdown-untold",
       {"CLI-43"},
       "nobody is told that a session is closed",
       {DropCliEvent("session.shutdown")}},
      {"cli-session-id-lowered",
       {"CLI-50"},
       "underscores in the id of a session become dashes",
       {OnCliAnswer("session.create",
                    [](Json& result) {
                      std::string id = result["sessionId"];
                      for (char& c : id) c = c == '_' ? '-' : c;
                      result["sessionId"] = id;
                    })}},
      {"cli-session-id-unchecked",
       {"CLI-50"},
       "any text is the id of a session",
       {ForgiveCliRequest("session.create", "invalid sessionId")}},
      {"cli-session-id-dotted",
       {"CLI-50"},
       "dots in the id of a session become dashes",
       {OnCliRequest("session.create",
                     [](Json& params) {
                       if (!params.contains("sessionId")) return;
                       std::string id = params["sessionId"];
                       for (char& c : id) c = c == '.' ? '-' : c;
                       params["sessionId"] = id;
                     })}},
      {"cli-model-change-untold",
       {"CLI-60"},
       "nobody is told that the model is another",
       {DropCliEvent("session.model_change")}},
      {"cli-model-not-switched",
       {"CLI-60"},
       "switching the model is agreed to and not done",
       {At(Place::kCli, Way::kDown,
           [](Frame& frame, State&) {
             if (!frame.Is("session.model.switchTo")) return;
             const Json model =
                 frame.message["params"].value("modelId", Json());
             if (model.is_string()) frame.Reply({{"modelId", model}});
           })}},
      {"cli-switch-to-no-model",
       {"CLI-60"},
       "switching to no model succeeds",
       {ForgiveCliRequest("session.model.switchTo", "modelId")}},
      {"cli-mode-begins-as-plan",
       {"CLI-61"},
       "a session begins in plan mode",
       {OnCliRequest("session.mode.set",
                     [](Json&, State& state) { state.memory["set"] = true; }),
        OnCliRequest("session.send",
                     [](Json&, State& state) { state.memory["set"] = true; }),
        OnCliAnswer("session.mode.get",
                    [](Json& result, State& state) {
                      if (!state.memory.contains("set")) result = "plan";
                    })}},
      {"cli-autopilot-as-plan",
       {"CLI-61"},
       "a session that is set to autopilot is in plan mode",
       {OnCliRequest("session.mode.set",
                     Where("/mode", "autopilot", Set("mode", "plan")))}},
      {"cli-mode-unchecked",
       {"CLI-61"},
       "any word is a mode",
       {ForgiveCliRequest("session.mode.set", "nosuch")}},
      {"cli-name-of-one-word",
       {"CLI-62"},
       "the name of a session is its first word",
       {OnCliAnswer("session.name.get",
                    [](Json& result) {
                      std::string name = result["name"];
                      result["name"] = name.substr(0, name.find(' '));
                    })}},
      {"cli-name-unlisted",
       {"CLI-62"},
       "the list of sessions does not have their names",
       {OnCliAnswer("session.list",
                    [](Json& result) {
                      for (Json& session : result["sessions"]) {
                        session.erase("name");
                      }
                    })}},
      {"cli-plan-stays",
       {"CLI-63"},
       "a plan that was deleted is still there",
       {SkipCliRequest("session.plan.delete")}},
      {"cli-plan-before-any",
       {"CLI-63"},
       "there is a plan before one was written",
       {OnCliAnswer("session.plan.read", Set("exists", true))}},
      {"cli-file-unlisted",
       {"CLI-64"},
       "files of the workspace are not listed",
       {OnCliAnswer("session.workspaces.listFiles",
                    Set("files", Json::array()))}},
      {"cli-file-missing-empty",
       {"CLI-64"},
       "a file that is not in the workspace is empty",
       {ForgiveCliRequest("session.workspaces.readFile", "",
                          {{"content", ""}})}},
      {"cli-log-id",
       {"CLI-65"},
       "session.log returns the id of no event",
       {OnCliAnswer("session.log", Set("eventId", "0"))}},
      {"cli-log-level-lost",
       {"CLI-65"},
       "whatever is logged is an information",
       {OnCliRequest("session.log", Replace("level", "info"))}},
      {"cli-log-error-as-warning",
       {"CLI-65"},
       "an error that is logged is a warning",
       {OnCliRequest("session.log",
                     Where("/level", "error", Set("level", "warning")))}},
      {"cli-update-without-filters",
       {"CLI-100"},
       "the tools of an open session do not change",
       {OnCliRequest("session.options.update", Erase("availableTools"))}},
      {"cli-update-without-model",
       {"CLI-100"},
       "the model of an open session does not change",
       {OnCliRequest("session.options.update", Erase("model"))}},
      {"cli-update-without-credentials",
       {"CLI-100"},
       "the credentials of an open session do not change",
       {OnCliRequest("session.options.update", Erase("provider"))}},
  };
}

}  // namespace copilot::conformance
