// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {

std::vector<Mutation> LiveMutations() {
  return {
      {"live-token-logged",
       {"LIVE-03"},
       "the token is logged",
       {Leak([](Json&, const std::string& token, State& state) {
         state.world.Print("using " + token);
       })}},
      {"live-token-in-result",
       {"LIVE-03"},
       "the token is in the result",
       {Leak([](Json& message, const std::string& token, State&) {
         message["result"]["token"] = token;
       })}},
      {"live-token-in-file",
       {"LIVE-03"},
       "the token is written to a file",
       {Leak([](Json&, const std::string& token, State& state) {
         state.world.Write(state.Dir("state") + "/token", token);
       })}},
      {"live-no-answer",
       {"LIVE-04"},
       "the answer of the model is lost",
       {OnResult(Set("assistantTexts", Json::array()))}},
      {"live-tool-result-lost",
       {"LIVE-05"},
       "the model does not get what a tool returned",
       {OnToolResult(Set("content", Json::array()))}},
      {"live-tool-arguments-lost",
       {"LIVE-05"},
       "a tool does not get its arguments",
       {OnToolExecute(Set("arguments", Json::object()))}},
      {"live-session-new",
       {"LIVE-06"},
       "the next attempt has a session of its own",
       {RenameCliRequest("session.resume", "session.create"),
        OnCliRequest("session.create", Erase("sessionId"))}},
      {"live-memory-lost",
       {"LIVE-06"},
       "the next attempt gets no answer from the session that it resumed",
       {OnResult([](Json& result, State& state) {
         if (state.count++ > 0) result["assistantTexts"] = Json::array();
       })}},
  };
}

}  // namespace copilot::conformance
