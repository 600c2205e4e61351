// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kExecute[] = "tool.execute";
constexpr char kHandle[] = "session.tools.handlePendingToolCall";

// Attempts that have tools of the host's.
Fault OnToolAttempt(PartChange change) {
  return OnAttemptCall([change = std::move(change)](Json& call, State& state) {
    if (call.contains("tools") && !call["tools"].empty()) change(call, state);
  });
}

// Their allowlist, if they have one.
Fault OnAllowlist(PartChange change) {
  return OnToolAttempt([change = std::move(change)](Json& call, State& state) {
    Json& params = call["params"];
    if (params.contains("toolsAllow")) change(params["toolsAllow"], state);
  });
}

// Its entries for which `which` holds match nothing.
Fault NeverAllows(std::function<bool(const std::string& entry)> which) {
  return OnAllowlist([which = std::move(which)](Json& list) {
    Json kept = Json::array();
    for (const Json& entry : list) {
      if (!which(entry)) kept.push_back(entry);
    }
    list = kept;
  });
}

// Who is on the list brings another.
Fault AllowsWith(const std::string& entry, const std::string& another) {
  return OnAllowlist([=](Json& list) {
    if (std::count(list.begin(), list.end(), entry) != 0) {
      list.push_back(another);
    }
  });
}

bool HasUpperCase(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isupper(c) != 0; });
}

bool HasDuplicates(const Json& tools) {
  std::set<std::string> names;
  for (const Json& tool : tools) {
    if (!names.insert(tool.value("name", "")).second) return true;
  }
  return false;
}

// What the model gets of a call that was a success, or a failure.
Fault OnHandled(const std::string& type, PartChange change) {
  return OnCliRequest(
      kHandle, [type, change = std::move(change)](Json& params, State& state) {
        Json& result = params["result"];
        if (result.is_object() && result.value("resultType", "") == type) {
          change(result, state);
        }
      });
}

// Each tool that a new session is opened with.
Fault OnTools(std::function<void(Json& tool)> change) {
  return OnCliRequest("session.create",
                      [change = std::move(change)](Json& params) {
                        if (!params.contains("tools")) return;
                        for (Json& tool : params["tools"]) change(tool);
                      });
}

Fault OnDuplicates(PartChange change) {
  return OnResult([change = std::move(change)](Json& result, State& state) {
    Json& error = result["promptError"];
    if (!error.is_object()) return;
    const std::string text = error.value("message", "");
    if (text.find("duplicate tool names") != text.npos) change(error, state);
  });
}

}  // namespace

std::vector<Mutation> ToolsMutations() {
  return {
      {"tools-disabled-ignored",
       {"TOOL-21"},
       "an attempt has tools although they are disabled",
       {OnToolAttempt(Erase("/params/disableTools"))}},
      {"tools-for-model-runs",
       {"TOOL-21"},
       "a raw model run has tools",
       {OnToolAttempt(Erase("/params/modelRun"))}},
      {"tools-for-raw-prompts",
       {"TOOL-21"},
       "a raw prompt has tools",
       {OnToolAttempt(Erase("/params/promptMode"))}},
      {"tools-allowlist-first-only",
       {"TOOL-22", "TOOL-27"},
       "only the first entry of an allowlist counts",
       {OnAllowlist([](Json& list) {
         if (list.size() > 1) list = Json::array({list[0]});
       })}},
      {"tools-allowlist-order",
       {"SESS-15", "TOOL-22"},
       "tools are registered in the order of the allowlist",
       {OnAllowlist(
            [](Json& list, State& state) { state.world.Share("order", list); }),
        OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       const Json order = state.world.Shared("order");
                       if (!order.is_array()) return;
                       Json sorted = Json::array();
                       for (const Json& name : order) {
                         for (const Json& tool : params["tools"]) {
                           if (tool["name"] == name) sorted.push_back(tool);
                         }
                       }
                       if (sorted.size() == params["tools"].size()) {
                         params["tools"] = sorted;
                       }
                     })}},
      {"tools-read-allows-exec",
       {"TOOL-22"},
       "who may read may execute",
       {AllowsWith("read", "exec")}},
      {"tools-more-available-than-allowed",
       {"TOOL-22"},
       "a tool that is not on the allowlist is available",
       {OnAllowlist([](Json& list, State& state) {
          if (list == Json::array({"read"})) state.world.Share("read", true);
        }),
        OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       if (state.world.Shared("read") == true) {
                         params["availableTools"].push_back("exec");
                       }
                     })}},
      {"tools-empty-allowlist-is-none",
       {"TOOL-23"},
       "an empty allowlist is as good as none",
       {OnToolAttempt([](Json& call) {
         Json& params = call["params"];
         if (params.value("toolsAllow", Json()) == Json::array()) {
           params.erase("toolsAllow");
         }
       })}},
      {"tools-star-is-a-name",
       {"TOOL-27"},
       "a star is the name of a tool",
       {NeverAllows([](const std::string& entry) { return entry == "*"; })}},
      {"tools-no-allowlist-no-shell",
       {"TOOL-27"},
       "without an allowlist the shell is not allowed",
       {OnToolAttempt([](Json& call) {
         Json& params = call["params"];
         if (params.contains("toolsAllow")) return;
         bool shell = false;
         Json others = Json::array();
         for (const Json& tool : call["tools"]) {
           shell |= tool["name"] == "exec";
           if (tool["name"] != "exec") others.push_back(tool["name"]);
         }
         if (shell) params["toolsAllow"] = others;
       })}},
      {"tools-duplicates-unsorted",
       {"TOOL-28"},
       "duplicate names are given in the order of the tools",
       {OnDuplicates([](Json& error) {
         std::string text = error["message"];
         const size_t at = text.find("alpha, beta");
         if (at != text.npos) text.replace(at, 11, "beta, alpha");
         error["message"] = text;
       })}},
      {"tools-duplicates-without-code",
       {"ATT-22", "TOOL-28"},
       "duplicate names are an error without code",
       {OnDuplicates(Erase("code"))}},
      {"tools-duplicates-unnamed",
       {"ATT-22", "TOOL-28"},
       "an error does not say which names are duplicate",
       {OnDuplicates(Set("message", "duplicate tool names"))}},
      {"tools-duplicate-taken-once",
       {"ATT-22", "TOOL-28"},
       "of tools with one name the first is taken",
       {OnToolAttempt([](Json& call) {
         std::set<std::string> names;
         Json kept = Json::array();
         for (const Json& tool : call["tools"]) {
           if (names.insert(tool.value("name", "")).second) {
             kept.push_back(tool);
           }
         }
         call["tools"] = kept;
       })}},
      {"tools-duplicates-before-allowlist",
       {"TOOL-29"},
       "duplicate names are looked for before the allowlist",
       {OnToolAttempt([](Json& call) {
         if (HasDuplicates(call["tools"])) call["params"].erase("toolsAllow");
       })}},
      {"tools-allowlist-case",
       {"TOOL-31"},
       "entries of an allowlist are compared with their case",
       {NeverAllows(HasUpperCase)}},
      {"tools-allowlist-no-bash",
       {"TOOL-31"},
       "an allowlist does not know bash",
       {NeverAllows([](const std::string& entry) { return entry == "bash"; })}},
      {"tools-allowlist-no-dash",
       {"TOOL-31"},
       "an allowlist does not know apply-patch",
       {NeverAllows(
           [](const std::string& entry) { return entry == "apply-patch"; })}},
      {"tools-allowlist-no-glob",
       {"TOOL-32"},
       "globs in an allowlist match nothing",
       {NeverAllows([](const std::string& entry) {
         return entry.size() > 1 && entry.find('*') != entry.npos;
       })}},
      {"tools-allowlist-glob-is-star",
       {"TOOL-32"},
       "a glob in an allowlist matches everything",
       {OnAllowlist([](Json& list) {
         for (Json& entry : list) {
           if (entry.get<std::string>().ends_with("*")) entry = "*";
         }
       })}},
      {"tools-write-is-patch",
       {"TOOL-33"},
       "who may write may apply patches",
       {AllowsWith("write", "apply_patch")}},
      {"tools-no-description",
       {"TOOL-47"},
       "descriptions of tools are not passed on",
       {OnTools([](Json& tool) { tool.erase("description"); })}},
      {"tools-closed-parameters",
       {"TOOL-47"},
       "parameters of tools are closed",
       {OnTools([](Json& tool) {
         if (tool.contains("parameters")) {
           tool["parameters"]["additionalProperties"] = false;
         }
       })}},
      {"tools-nothing-required",
       {"TOOL-47"},
       "no parameter of a tool is required",
       {OnTools([](Json& tool) {
         if (tool.contains("parameters")) tool["parameters"].erase("required");
       })}},
      {"tools-ask-on-resume",
       {"SESS-18", "TOOL-48"},
       "tools of a resumed session do not skip permission",
       {OnCliRequest("session.resume",
                     [](Json& params) {
                       if (!params.contains("tools")) return;
                       for (Json& tool : params["tools"]) {
                         tool["skipPermission"] = false;
                       }
                     })}},
      {"tools-override-nothing",
       {"TOOL-49"},
       "tools do not override the built-in ones",
       {OnTools([](Json& tool) { tool.erase("overridesBuiltInTool"); })}},
      {"tools-empty-result-has-text",
       {"TOOL-55"},
       "a tool that says nothing gives the model a text all the same",
       {OnHandled("success",
                  [](Json& result) {
                    if (result["textResultForLlm"] == "") {
                      result["textResultForLlm"] = "(no output)";
                    }
                  })}},
      {"tools-result-has-newline",
       {"TOOL-55"},
       "the text of a tool ends with a newline",
       {OnHandled("success",
                  [](Json& result) {
                    std::string text = result["textResultForLlm"];
                    if (!text.empty() && text.find('\n') == text.npos) {
                      result["textResultForLlm"] = text + "\n";
                    }
                  })}},
      {"tools-blocks-in-one-line",
       {"TOOL-56"},
       "text blocks reach the model joined by blanks",
       {OnHandled("success",
                  [](Json& result) {
                    std::string text = result["textResultForLlm"];
                    std::replace(text.begin(), text.end(), '\n', ' ');
                    result["textResultForLlm"] = text;
                  })}},
      {"tools-first-block-only",
       {"TOOL-56"},
       "only the first block of a tool result reaches the model",
       {OnToolResult([](Json& result) {
         if (result.contains("content") && result["content"].size() > 1 &&
             result["content"].back()["type"] == "text") {
           result["content"] = Json::array({result["content"][0]});
         }
       })}},
      {"tools-image-lost",
       {"TOOL-57"},
       "an image in a tool result is lost",
       {OnCliRequest(kHandle, Erase("/result/binaryResultsForLlm"))}},
      {"tools-image-without-type",
       {"TOOL-57"},
       "an image in a tool result has no media type",
       {OnCliRequest(kHandle,
                     Erase("/result/binaryResultsForLlm/0/mimeType"))}},
      {"tools-throw-without-name",
       {"TOOL-58"},
       "the failure of a tool does not name the tool",
       {OnHandled("failure",
                  [](Json& result) {
                    if (result.contains("error")) {
                      result["textResultForLlm"] = result["error"];
                    }
                  })}},
      {"tools-throw-is-success",
       {"TOOL-58"},
       "a tool that throws is a success that says so",
       {OnHandled("failure",
                  [](Json& result) {
                    if (result.contains("error")) {
                      result["resultType"] = "success";
                    }
                  })}},
      {"tools-throw-ends-the-attempt",
       {"TOOL-58"},
       "a tool that throws fails the attempt",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Answers(kExecute) && frame.message.contains("error")) {
               state.memory["thrown"] = true;
             }
           }),
        OnResult([](Json& result, State& state) {
          if (state.memory["thrown"] == true) {
            result["promptError"] = {{"message", "a tool failed"}};
          }
        })}},
      {"tools-abort-is-any-failure",
       {"TOOL-59"},
       "a tool that is aborted fails without saying so",
       {OnHook("after_tool_call",
               [](Json& payload) {
                 if (payload.value("error", "").find("abort") !=
                     std::string::npos) {
                   payload["error"] = "failed";
                 }
               })}},
      {"tools-details-ignored",
       {"TOOL-60"},
       "what the details of a tool result say is not looked at",
       {OnToolResult(Erase("details"))}},
      {"tools-one-call-at-a-time",
       {"TOOL-68"},
       "a call beside another one is refused",
       {At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (!frame.Is(kExecute)) return;
             if (state.count > 0) {
               frame.Reply(
                   {{"content", {{{"type", "text"}, {"text", "busy"}}}}});
             } else {
               ++state.count;
             }
           }),
        At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Answers(kExecute)) --state.count;
           })}},
      {"tools-sequential-overlap",
       {"TOOL-73"},
       "calls of a sequential tool overlap",
       {OnToolAttempt([](Json& call) {
         for (Json& tool : call["tools"]) tool.erase("executionMode");
       })}},
  };
}

}  // namespace copilot::conformance
