// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

constexpr char kAsked[] = "permission.requested";
constexpr char kAsk[] = "permission.decide";
constexpr char kDecide[] = "session.permissions.handlePendingPermissionRequest";
constexpr char kThrew[] = "copilot permission policy threw";
constexpr char kDefault[] = "no permission policy installed";

bool HasFeedback(const Json& params, const std::string& part) {
  static const Json::json_pointer kFeedback("/result/feedback");
  if (!params.contains(kFeedback)) return false;
  const std::string feedback = params[kFeedback];
  return feedback.find(part) != feedback.npos;
}

// What the CLI is answered when it asks for this kind.
std::vector<Fault> OnDecisionFor(const std::string& kind, PartChange change) {
  return {OnCliEvent(kAsked,
                     [](Json& event, State& state) {
                       const Json& data = event["data"];
                       state.memory[data.value("requestId", "")] =
                           data["permissionRequest"]["kind"];
                     }),
          OnCliRequest(kDecide, [kind, change = std::move(change)](
                                    Json& params, State& state) {
            if (state.memory[params.value("requestId", "")] == kind) {
              change(params, state);
            }
          })};
}

// This kind is harmless, where the host did not decide.
std::vector<Fault> Approves(const std::string& kind) {
  return OnDecisionFor(kind, [](Json& params) {
    if (HasFeedback(params, kDefault)) {
      params["result"] = {{"kind", "approve-once"}};
    }
  });
}

// The host's decisions on this kind, as the harness sees them.
std::vector<Fault> OnPolicyFor(const std::string& kind, PartChange change) {
  return {OnNotification(kAsk,
                         [](Json& params, State& state) {
                           state.memory["kind"] = params["request"]["kind"];
                         }),
          OnDecision(
              [kind, change = std::move(change)](Json& result, State& state) {
                if (state.memory["kind"] == kind) change(result, state);
              })};
}

// Whether the host installed a policy, for faults in front of the CLI.
Fault NotePolicy() {
  return OnAttemptCall([](Json& call, State& state) {
    state.world.Share("policy", call.value("permissionPolicy", "none"));
  });
}

// The host's policy has thrown: the answer, as the harness sees it.
Fault OnThrow(std::function<void(Json& answer, State&)> change) {
  return At(Place::kAdapter, Way::kDown, [=](Frame& frame, State& state) {
    if (frame.Answers(kAsk) && frame.message.contains("error")) {
      change(frame.message, state);
    }
  });
}

}  // namespace

std::vector<Mutation> PermissionMutations() {
  return {
      {"permission-approves",
       {"PERM-01", "PERM-02"},
       "without a policy files may be written",
       Approves("write")},
      {"permission-reads",
       {"PERM-02"},
       "without a policy files may be read",
       Approves("read")},
      {"permission-fetches",
       {"PERM-02"},
       "without a policy URLs may be fetched",
       Approves("url")},
      {"permission-mcp",
       {"PERM-02"},
       "without a policy tools of MCP servers may be called",
       Approves("mcp")},
      {"permission-memory",
       {"PERM-02"},
       "without a policy facts may be memorised",
       Approves("memory")},
      {"permission-hook",
       {"PERM-02"},
       "without a policy what a hook asks for may be done",
       Approves("hook")},
      {"permission-shell",
       {"PERM-01", "PERM-02", "PERM-03"},
       "without a policy commands may be run",
       Approves("shell")},
      {"permission-custom-tool",
       {"PERM-11"},
       "without a policy custom tools may be called",
       Approves("custom-tool")},
      {"permission-no-feedback",
       {"PERM-01", "PERM-02"},
       "a rejection of writing loses its feedback",
       OnDecisionFor("write",
                     [](Json& params, State& state) {
                       if (HasFeedback(params, kDefault)) {
                         Erase("/result/feedback")(params, state);
                       }
                     })},
      {"permission-no-feedback-on-resume",
       {"PERM-01"},
       "a request in a resumed session is rejected without feedback",
       {OnCliRequest("session.resume",
                     [](Json&, State& state) { ++state.count; }),
        OnCliRequest(kDecide,
                     [](Json& params, State& state) {
                       if (state.count > 0) {
                         Erase("/result/feedback")(params, state);
                       }
                     })}},
      {"permission-hook-interrupts",
       {"PERM-02"},
       "a rejection of what a hook asks for has a member too many",
       OnDecisionFor("hook", Set("/result/interrupt", true))},
      {"permission-silent",
       {"PERM-10"},
       "a second request of a turn is not answered when there is no policy",
       {At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is(kDecide)) return;
             if (!HasFeedback(frame.message["params"], kDefault)) return;
             if (state.count++ > 0) frame.Drop();
           })}},
      {"permission-twice",
       {"PERM-10"},
       "a rejection is sent twice",
       {At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is(kDecide)) return;
             if (!HasFeedback(frame.message["params"], kDefault)) return;
             if (state.count++ > 0) {
               frame.Ask(kDecide, frame.message["params"]);
             }
           })}},
      {"permission-rejection-ends-the-turn",
       {"PERM-10"},
       "a rejected request is an error of the attempt",
       {OnCliRequest(kDecide,
                     [](Json& params, State& state) {
                       if (HasFeedback(params, kDefault)) {
                         state.world.Share("rejected", true);
                       }
                     }),
        OnResult([](Json& result, State& state) {
          if (state.world.Shared("rejected") == true) {
            result["promptError"] = {{"message", "not permitted"}};
          }
        })}},
      {"permission-policy-ignored",
       {"PERM-05", "PERM-06"},
       "the host's policy is not asked about reading",
       OnPolicyFor("read", Set("decision", nullptr))},
      {"permission-policy-asked-once",
       {"PERM-05", "PERM-06"},
       "what the host's policy decided first is its decision on everything",
       {OnDecision([](Json& result, State& state) {
         if (!state.memory.contains("first")) {
           state.memory["first"] = result["decision"];
         }
         result["decision"] = state.memory["first"];
       })}},
      {"permission-policy-without-session",
       {"PERM-05"},
       "the host's policy is not told the session",
       {OnNotification(kAsk, Erase("sessionId"))}},
      {"permission-policy-other-session",
       {"PERM-05"},
       "the host's policy is told the host's own session id",
       {OnNotification(kAsk,
                       [](Json& params, State& state) {
                         params["sessionId"] = state.Param("sessionId");
                       })}},
      {"permission-policy-without-command",
       {"PERM-05"},
       "the host's policy does not see the command",
       {OnNotification(kAsk, Erase("/request/fullCommandText"))}},
      {"permission-policy-feedback-lost",
       {"PERM-06"},
       "the feedback of the host's policy is not passed on",
       {OnDecision(Erase("/decision/feedback"))}},
      {"permission-policy-feedback-quoted",
       {"PERM-06"},
       "the feedback of the host's policy gets a prefix",
       OnDecisionFor("shell",
                     [](Json& params) {
                       Json& result = params["result"];
                       if (HasFeedback(params, kDefault) ||
                           HasFeedback(params, kThrew) ||
                           !result.contains("feedback")) {
                         return;
                       }
                       result["feedback"] =
                           "policy: " + result["feedback"].get<std::string>();
                     })},
      {"permission-approves-for-session",
       {"PERM-06"},
       "what the host approves once is approved for the session",
       {OnCliRequest(kDecide,
                     [](Json& params) {
                       if (params["result"]["kind"] == "approve-once") {
                         params["result"]["kind"] = "approve-for-session";
                       }
                     })}},
      {"permission-no-opinion-approves",
       {"PERM-03"},
       "a policy without opinion approves",
       {OnDecision([](Json& result) {
         if (result["decision"].is_null()) {
           result["decision"] = {{"kind", "approve-once"}};
         }
       })}},
      {"permission-no-opinion-has-own-feedback",
       {"PERM-03"},
       "a policy without opinion leads to a rejection without feedback",
       {OnDecision([](Json& result) {
         if (result["decision"].is_null()) {
           result["decision"] = {{"kind", "reject"}};
         }
       })}},
      {"permission-throw-without-cause",
       {"PERM-04"},
       "a rejection does not say what the policy threw",
       {OnCliRequest(kDecide,
                     [](Json& params) {
                       if (HasFeedback(params, kThrew)) {
                         params["result"]["feedback"] = kThrew;
                       }
                     })}},
      {"permission-throw-approves",
       {"PERM-04"},
       "a policy that throws approves",
       {OnThrow([](Json& answer, State&) {
         answer.erase("error");
         answer["result"] = {{"decision", {{"kind", "approve-once"}}}};
       })}},
      {"permission-throw-is-no-opinion",
       {"PERM-04"},
       "a policy that throws has no opinion",
       {OnThrow([](Json& answer, State&) {
         answer.erase("error");
         answer["result"] = {{"decision", nullptr}};
       })}},
      {"permission-throw-ends-the-attempt",
       {"PERM-04"},
       "a policy that throws fails the attempt",
       {OnThrow([](Json&, State& state) { state.memory["thrown"] = true; }),
        OnResult([](Json& result, State& state) {
          if (state.memory["thrown"] == true) {
            result["promptError"] = {{"message", "the policy threw"}};
          }
        })}},
      {"permission-not-asked-on-resume",
       {"PERM-09"},
       "a resumed session does not ask for permission",
       {OnCliRequest("session.resume", Set("requestPermission", false))}},
      {"permission-bridged-tool-asks",
       {"PERM-12"},
       "with a policy bridged tools do not skip permission",
       {NotePolicy(), OnCliRequest("session.create",
                                   [](Json& params, State& state) {
                                     if (state.world.Shared("policy") != "host")
                                       return;
                                     for (Json& tool : params["tools"]) {
                                       tool.erase("skipPermission");
                                     }
                                   })}},
      {"permission-bridged-tool-decided",
       {"PERM-12"},
       "a decision is sent for the call of a bridged tool",
       {OnCliEvent("external_tool.requested",
                   [](Json& event, State& state) {
                     state.memory["call"] = event["data"]["requestId"];
                   }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("session.tools.handlePendingToolCall")) return;
             frame.Ask(kDecide,
                       {{"sessionId", frame.message["params"]["sessionId"]},
                        {"requestId", state.memory["call"]},
                        {"result", {{"kind", "approve-once"}}}});
           })}},
  };
}

}  // namespace copilot::conformance
