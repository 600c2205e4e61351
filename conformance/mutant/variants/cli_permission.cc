// SPDX-License-Identifier: MIT
//
// Permissions: CLI-11 to CLI-16, CLI-78 and CLI-101.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

// What the client decides.
Fault OnClientDecision(PartChange change) {
  return OnCliRequest("session.permissions.handlePendingPermissionRequest",
                      [change = std::move(change)](Json& params, State& state) {
                        if (params["result"].is_object())
                          change(params["result"], state);
                      });
}

// Clients are told of a request that nobody needs to decide.
Fault AskAlthough(const std::string& method) {
  return At(Place::kCli, Way::kUp, [method](Frame& frame, State& state) {
    if (frame.Answers(method) && frame.message.contains("result")) {
      state.memory["granted"] = true;
    }
    if (frame.EventType() != "tool.execution_start" ||
        !state.memory.contains("granted")) {
      return;
    }
    const Json data = frame.message["params"]["event"]["data"];
    frame.Add(MakeEvent(frame, "permission.requested",
                        {{"requestId", "granted"},
                         {"permissionRequest",
                          {{"kind", "custom-tool"},
                           {"toolCallId", data["toolCallId"]},
                           {"toolName", data["toolName"]}}}}));
  });
}

}  // namespace

std::vector<Mutation> CliPermissionMutations() {
  return {
      {"cli-permission-kind",
       {"CLI-11"},
       "client tools ask for permission of another kind",
       {OnCliEvent("permission.requested",
                   Where("/data/permissionRequest/kind", "custom-tool",
                         Set("/data/permissionRequest/kind", "tool")))}},
      {"cli-permission-without-arguments",
       {"CLI-11"},
       "the user is not shown the arguments of a client tool",
       {OnCliEvent("permission.requested",
                   Where("/data/permissionRequest/kind", "custom-tool",
                         Erase("/data/permissionRequest/args")))}},
      {"cli-permission-outcome",
       {"CLI-11"},
       "the outcome of a request is the client's word, not the CLI's",
       {OnCliEvent("permission.completed",
                   Where("/data/result/kind", "approved",
                         Set("/data/result/kind", "approve-once")))}},
      {"cli-feedback-lost",
       {"CLI-12"},
       "the feedback of a rejection is lost",
       {OnClientDecision(Erase("feedback"))}},
      {"cli-feedback-untold",
       {"CLI-12"},
       "the error of a rejected call does not repeat the feedback",
       {OnCliEvent("tool.execution_complete",
                   [](Json& event) {
                     Json& error = event["data"]["error"];
                     if (!error.is_object()) return;
                     std::string text = error.value("message", "");
                     error["message"] =
                         text.substr(0, text.find(" User feedback"));
                   })}},
      {"cli-rejection-goes-on",
       {"CLI-13"},
       "a rejection without feedback is told to the model",
       {OnClientDecision(Where(
           "/kind", "reject",
           Where("/feedback", nullptr, Set("feedback", "no reason given"))))}},
      {"cli-rejection-code",
       {"CLI-13"},
       "a rejection without feedback has the code of other denials",
       {OnCliEvent("tool.execution_complete",
                   Where("/data/error/code", "rejected",
                         Set("/data/error/code", "denied")))}},
      {"cli-nobody-there-ends-turn",
       {"CLI-14"},
       "a turn ends when nobody is there to decide",
       {OnClientDecision(
           Where("/kind", "user-not-available", Set("kind", "reject")))}},
      {"cli-permission-by-default",
       {"CLI-15"},
       "clients are asked unless they say that they cannot decide",
       {OnCliRequest("session.create", Where("/requestPermission", nullptr,
                                             Set("requestPermission", true)))}},
      {"cli-permission-although-false",
       {"CLI-15"},
       "requestPermission counts when it is there, whatever it is",
       {OnCliRequest("session.create", Replace("requestPermission", true))}},
      {"cli-approve-all-asks",
       {"CLI-16"},
       "clients are asked although all is approved",
       {AskAlthough("session.permissions.setApproveAll")}},
      {"cli-approve-all-for-ever",
       {"CLI-16"},
       "once all is approved, it stays so",
       {At(Place::kCli, Way::kDown,
           [](Frame& frame, State&) {
             if (frame.Is("session.permissions.setApproveAll") &&
                 frame.message["params"]["enabled"] == false) {
               frame.Reply({{"success", true}});
             }
           })}},
      {"cli-approved-once-only",
       {"CLI-78"},
       "a decision for the session holds once",
       {OnClientDecision(Where("/kind", "approve-for-session",
                               Set("kind", "approve-once")))}},
      {"cli-allow-all-asks",
       {"CLI-101"},
       "clients are asked in the mode allow-all",
       {AskAlthough("session.permissions.setMode")}},
      {"cli-permission-mode-unchecked",
       {"CLI-101"},
       "any word is a permission mode",
       {ForgiveCliRequest("session.permissions.setMode", "nosuch")}},
  };
}

}  // namespace copilot::conformance
