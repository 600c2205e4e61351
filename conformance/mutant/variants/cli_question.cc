// SPDX-License-Identifier: MIT
//
// Questions, forms and plans: CLI-17 to CLI-19, CLI-85 to CLI-87, CLI-97.
#include "conformance/mutant/variants/cli.h"

namespace copilot::conformance {
namespace {

constexpr char kQuestion[] = "userInput.request";

// Sessions that cannot ask do, and answer themselves.
std::vector<Fault> AnswerItself() {
  return {OnCliRequest("session.create",
                       [](Json& params, State& state) {
                         if (params.contains("requestUserInput")) return;
                         params["requestUserInput"] = true;
                         state.memory["alone"] = true;
                       }),
          At(Place::kCli, Way::kUp, [](Frame& frame, State& state) {
            if (frame.Is(kQuestion) && state.memory.contains("alone")) {
              frame.Reply({{"answer", ""}, {"wasFreeform", true}});
            }
          })};
}

// A form of an MCP server comes back as if it had been cancelled.
std::vector<Fault> CancelForms() {
  return {OnCliEvent("elicitation.requested",
                     [](Json& event, State& state) {
                       const Json& data = event["data"];
                       if (data.contains("elicitationSource")) {
                         state.memory["form"] = data["requestId"];
                       }
                     }),
          OnCliRequest("session.ui.handlePendingElicitation",
                       [](Json& params, State& state) {
                         if (state.memory["form"] == params["requestId"]) {
                           params["result"] = {{"action", "cancel"}};
                         }
                       })};
}

}  // namespace

std::vector<Mutation> CliQuestionMutations() {
  return {
      {"cli-question-without-choices",
       {"CLI-17"},
       "the choices of a question are lost",
       {OnCliCall(kQuestion, Erase("choices"))}},
      {"cli-question-twice",
       {"CLI-17"},
       "a client is asked a question twice",
       {At(Place::kCli, Way::kUp,
           [](Frame& frame, State&) {
             if (frame.Is(kQuestion)) {
               frame.Ask(kQuestion, frame.message["params"]);
             }
           })}},
      {"cli-choice-as-free-text",
       {"CLI-17"},
       "a choice reaches the model as a free answer",
       {OnCliCallAnswer(kQuestion, Set("wasFreeform", true))}},
      {"cli-free-text-as-choice",
       {"CLI-18"},
       "a free answer reaches the model as a choice",
       {OnCliCallAnswer(kQuestion, Set("wasFreeform", false))}},
      {"cli-question-to-nobody",
       {"CLI-19"},
       "the model may ask where nobody can be asked, and gets an empty answer",
       AnswerItself()},
      {"cli-form-without-content",
       {"CLI-85"},
       "who asked with a form does not get what was filled in",
       {OnCliAnswer("session.ui.elicitation", Erase("content"))}},
      {"cli-forms-unknown",
       {"CLI-85"},
       "a session does not say that it can show forms",
       {OnCliAnswer("session.create", Erase("/capabilities/ui"))}},
      {"cli-form-declined-as-cancelled",
       {"CLI-86"},
       "a form that was declined counts as cancelled",
       {OnCliAnswer("session.ui.elicitation",
                    Where("/action", "decline", Set("action", "cancel")))}},
      {"cli-plan-without-actions",
       {"CLI-87"},
       "a plan is offered without what may follow",
       {OnCliCall("exitPlanMode.request", Set("actions", Json::array()))}},
      {"cli-plan-never-approved",
       {"CLI-87"},
       "plan mode goes on when a plan was approved",
       {OnCliCallAnswer("exitPlanMode.request", Set("approved", false))}},
      {"cli-server-form-unnamed",
       {"CLI-97"},
       "a form does not name the MCP server that asks",
       {OnCliEvent("elicitation.requested", Erase("/data/elicitationSource"))}},
      {"cli-server-form-cancelled",
       {"CLI-97"},
       "an MCP server does not get the answer to its form",
       CancelForms()},
  };
}

}  // namespace copilot::conformance
