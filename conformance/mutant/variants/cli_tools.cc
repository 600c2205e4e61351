// SPDX-License-Identifier: MIT
//
// Tools of the client and of the CLI: CLI-06 to CLI-10, CLI-66 to CLI-77.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kAnswerTool[] = "session.tools.handlePendingToolCall";

// What the client answers to a tool call, if it is an object of a type.
Fault OnFailure(PartChange change) {
  return OnCliRequest(
      kAnswerTool, [change = std::move(change)](Json& params, State& state) {
        Json& result = params["result"];
        if (result.is_object() && result.value("resultType", "") == "failure") {
          change(result, state);
        }
      });
}

// The tools of a new session, one by one.
Fault OnEachTool(std::function<void(Json& tool)> change) {
  return OnCliRequest("session.create",
                      [change = std::move(change)](Json& params) {
                        if (!params.contains("tools")) return;
                        for (Json& tool : params["tools"]) change(tool);
                      });
}

// The permission request of each call of a tool.
Fault OnPermissionOf(const std::string& kind, PartChange change) {
  return OnCliEvent("permission.requested",
                    Where("/data/permissionRequest/kind", kind,
                          [change = std::move(change)](Json& event, State& s) {
                            change(event["data"]["permissionRequest"], s);
                          }));
}

// A rejection of a request of this kind lets the tool run.
std::vector<Fault> GrantRejected(const std::string& kind) {
  return {OnCliEvent("permission.requested",
                     [](Json& event, State& state) {
                       const Json& data = event["data"];
                       state.memory["kind " + data.value("requestId", "")] =
                           data["permissionRequest"]["kind"];
                     }),
          OnCliRequest("session.permissions.handlePendingPermissionRequest",
                       [kind](Json& params, State& state) {
                         const std::string id = params.value("requestId", "");
                         if (state.memory["kind " + id] == kind) {
                           params["result"] = {{"kind", "approve-once"}};
                         }
                       })};
}

Fault StartOneByOne() {
  return At(Place::kCli, Way::kUp, [](Frame& frame, State& state) {
    const std::string type = frame.EventType();
    if (type == "tool.execution_start" && ++state.count > 1) {
      frame.HoldUntil([](const Frame& later) {
        return later.EventType() == "tool.execution_complete";
      });
    }
    if (type == "tool.execution_complete") --state.count;
  });
}

}  // namespace

std::vector<Mutation> CliToolMutations() {
  return {
      {"cli-tool-arguments-unparsed",
       {"CLI-06"},
       "a client gets the arguments of its tool as text",
       {OnCliEvent("external_tool.requested",
                   [](Json& event) {
                     Json& arguments = event["data"]["arguments"];
                     arguments = arguments.dump();
                   })}},
      {"cli-tool-content-lost",
       {"CLI-06"},
       "the end of a client's tool does not tell a text that was its result",
       {OnCliRequest(kAnswerTool,
                     [](Json& params, State& state) {
                       state.memory["text"] = params["result"].is_string();
                     }),
        OnCliEvent("tool.execution_complete",
                   [](Json& event, State& state) {
                     if (state.memory["text"] == true) {
                       Erase("/data/result/content")(event, state);
                     }
                   })}},
      {"cli-tool-completed-untold",
       {"CLI-06"},
       "the other clients do not learn that a tool call was answered",
       {DropCliEvent("external_tool.completed")}},
      {"cli-failure-succeeds",
       {"CLI-07"},
       "a failure of a client's tool counts as a success",
       {OnFailure(Set("resultType", "success"))}},
      {"cli-failure-for-model",
       {"CLI-07"},
       "the model gets the error of a failed tool, not its text",
       {OnFailure([](Json& result) {
         result["textResultForLlm"] = result["error"];
       })}},
      {"cli-failure-without-code",
       {"CLI-07", "CLI-09"},
       "a failed call has no code",
       {OnCliEvent(
           "tool.execution_complete",
           Where("/data/error/code", "failure", Erase("/data/error/code")))}},
      {"cli-parallel-one-by-one",
       {"CLI-08"},
       "a parallel call starts when the one before has ended",
       {StartOneByOne()}},
      {"cli-parallel-mixed-up",
       {"CLI-08"},
       "a second parallel call gets the result of the first",
       {OnCliRequest(kAnswerTool,
                     [](Json& params, State& state) {
                       if (state.memory.contains("first")) {
                         params["result"] = state.memory["first"];
                       }
                       state.memory["first"] = params["result"];
                     })}},
      {"cli-unknown-tool-requested",
       {"CLI-09"},
       "a client is asked for a tool that does not exist",
       {RememberToolCalls(),
        At(Place::kCli, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.EventType() != "tool.execution_complete") return;
             const Json data = frame.message["params"]["event"]["data"];
             if (data.value("error", Json::object())
                     .value("message", "")
                     .find("does not exist") == std::string::npos) {
               return;
             }
             Json call = ToolCall(state, data.value("toolCallId", ""));
             call["requestId"] = "unknown";
             SendBefore(frame, MakeEvent(frame, "external_tool.requested",
                                         std::move(call)));
           })}},
      {"cli-unknown-tool-unnamed",
       {"CLI-09"},
       "the error of a call of an unknown tool does not name it",
       {OnCliEvent(
           "tool.execution_complete",
           Where("/data/error/message", "Tool 'invented' does not exist.",
                 Set("/data/error/message", "Tool does not exist.")))}},
      {"cli-result-of-nothing",
       {"CLI-10"},
       "the result of a call that nobody made is taken",
       {OnCliAnswer(kAnswerTool, Set("success", true))}},
      {"cli-decision-of-nothing",
       {"CLI-10"},
       "a decision that nobody asked for is taken",
       {OnCliAnswer("session.permissions.handlePendingPermissionRequest",
                    Set("success", true))}},
      {"cli-view-without-path",
       {"CLI-66", "CLI-71"},
       "a request for a file does not say which",
       {OnPermissionOf("read", Erase("path"))}},
      {"cli-rejected-file-viewed",
       {"CLI-71"},
       "a file is read although the user rejected it",
       GrantRejected("read")},
      {"cli-write-unnamed",
       {"CLI-67"},
       "a request to write does not name the file",
       {OnPermissionOf("write", Erase("fileName"))}},
      {"cli-write-without-difference",
       {"CLI-67", "CLI-69"},
       "a request to write does not tell the difference",
       {OnPermissionOf("write", Erase("diff"))}},
      {"cli-created-file-lost",
       {"CLI-67"},
       "a file that was created is not on disk",
       {RememberToolCalls(),
        OnToolEnd([](Json& data, const Json& call, State& state) {
          if (call["toolName"] == "create" && data.value("success", false)) {
            state.world.Remove(call["arguments"]["path"]);
          }
        })}},
      {"cli-rejected-file-written",
       {"CLI-68"},
       "a file is written although the user rejected it",
       GrantRejected("write")},
      {"cli-file-written-before-asked",
       {"CLI-68"},
       "a file is written when the user is asked",
       {OnCliEvent("tool.execution_start",
                   [](Json& event, State& state) {
                     const Json& data = event["data"];
                     if (data["toolName"] == "create") {
                       state.world.Write(data["arguments"]["path"],
                                         data["arguments"]["file_text"]);
                     }
                   })}},
      {"cli-edit-of-nothing",
       {"CLI-69"},
       "an edit whose text is not in the file succeeds",
       {RememberToolCalls(),
        OnToolEnd([](Json& data, const Json& call, State&) {
          if (call["toolName"] == "edit") data["success"] = true;
        })}},
      {"cli-edit-appends",
       {"CLI-69"},
       "an edit adds the new text and leaves the old",
       {RememberToolCalls(),
        OnToolEnd([](Json& data, const Json& call, State& state) {
          if (call["toolName"] != "edit" || !data.value("success", false)) {
            return;
          }
          const Json& arguments = call["arguments"];
          const std::string path = arguments["path"];
          state.world.Write(path, state.world.Read(path) +
                                      std::string(arguments["old_str"]) + "\n");
        })}},
      {"cli-shell-first-command",
       {"CLI-70"},
       "of several commands the user is asked about the first",
       {OnPermissionOf("shell",
                       [](Json& request) {
                         std::string text = request["fullCommandText"];
                         request["fullCommandText"] =
                             text.substr(0, text.find(';'));
                       })}},
      {"cli-shell-at-home",
       {"CLI-70", "CLI-73"},
       "commands run in the user's home, and files are looked for there",
       {OnCliRequest("sessionFs.setProvider",
                     [](Json&, State& state) { state.memory.clear(); }),
        OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       if (!params.contains("workingDirectory") &&
                           state.memory.contains("home")) {
                         params["workingDirectory"] = state.memory["home"];
                       }
                     }),
        [] {
          Fault fault;
          fault.place = Place::kCli;
          fault.launch = [](Launch& launch, State& state) {
            state.memory["home"] = launch.environment["HOME"];
          };
          return fault;
        }()}},
      {"cli-failed-command-fails",
       {"CLI-72"},
       "a command with an exit code other than 0 is a failed call",
       {OnCliEvent("tool.execution_complete",
                   [](Json& event) {
                     Json& data = event["data"];
                     const Json shell =
                         data.value("shellExecution", Json::object());
                     if (shell.value("exitCode", 0) != 0) {
                       data["success"] = false;
                     }
                   })}},
      {"cli-search-kind",
       {"CLI-73"},
       "grep and glob ask for permission of a kind of their own",
       {RememberToolCalls(),
        OnPermissionOf("read",
                       [](Json& request, State& state) {
                         const Json name =
                             ToolCall(state, request.value("toolCallId", ""))
                                 .value("toolName", Json());
                         if (name == "grep" || name == "glob") {
                           request["kind"] = "search";
                         }
                       })}},
      {"cli-exclusions-ignored",
       {"CLI-74"},
       "excluded tools are there",
       {OnCliRequest("session.create", Erase("excludedTools"))}},
      {"cli-override-described-as-built-in",
       {"CLI-75"},
       "the model gets the built-in description of a tool that a client "
       "overrides",
       {OnEachTool([](Json& tool) {
         if (tool.value("overridesBuiltInTool", false)) {
           tool["description"] = "Runs a command.";
         }
       })}},
      {"cli-tool-undescribed",
       {"CLI-76"},
       "the model is offered client tools without their description",
       {OnEachTool([](Json& tool) {
         if (!tool.value("overridesBuiltInTool", false)) {
           tool["description"] = tool["name"];
         }
       })}},
      {"cli-tool-parameter-optional",
       {"CLI-76"},
       "the model is not told which parameters of a client tool are required",
       {OnEachTool([](Json& tool) { tool["parameters"].erase("required"); })}},
      {"cli-tool-picture-lost",
       {"CLI-77"},
       "a picture that a tool returned is in no event",
       {OnCliEvent("tool.execution_complete",
                   Erase("/data/result/binaryResultsForLlm"))}},
      {"cli-tool-picture-alone",
       {"CLI-77"},
       "a tool that returns a picture returns no text",
       {OnCliRequest(kAnswerTool,
                     [](Json& params) {
                       Json& result = params["result"];
                       if (result.is_object() &&
                           result.contains("binaryResultsForLlm")) {
                         result["textResultForLlm"] = "";
                       }
                     })}},
  };
}

}  // namespace copilot::conformance
