// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

// A member that is a text, or an empty one.
std::string Text(const Json& object, const std::string& member) {
  const Json value = object.value(member, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

// What "harness.supports" is asked about.
Fault OnContext(std::function<void(Json& context)> change) {
  return OnAdapterRequest("harness.supports",
                          [change = std::move(change)](Json& params) {
                            change(params["context"]);
                          });
}

// The model that it is asked about, if there is one.
Fault OnModel(std::function<void(Json& model)> change) {
  return OnContext([change = std::move(change)](Json& context) {
    if (context.contains("model")) change(context["model"]);
  });
}

// A name with capitals or blanks is no longer known.
void CompareExactly(Json& context, const std::string& member) {
  const std::string name = Text(context, member);
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isupper(c) != 0 || std::isspace(c) != 0;
      })) {
    context[member] = "acme";
  }
}

Fault RefusesApi(const std::string& api) {
  return OnModel([=](Json& model) {
    if (Text(model, "api") == api) model["api"] = "other";
  });
}

// What a harness presents, with the options that it was created with.
Fault OnCreated(
    std::function<void(Json& created, const Json& options)> change) {
  return At(Place::kAdapter, Way::kUp,
            [change = std::move(change)](Frame& frame, State& state) {
              if (!frame.Answers("harness.create") ||
                  !frame.message.contains("result")) {
                return;
              }
              change(frame.message["result"], state.memory["options"]);
            });
}

Fault RemembersOptions() {
  return OnAdapterRequest("harness.create", [](Json& params, State& state) {
    state.memory["options"] = params.value("options", Json::object());
  });
}

// A rejection whose message contains `text` becomes a result.
Fault RejectionIsResult(const std::string& text) {
  return At(Place::kAdapter, Way::kUp, [=](Frame& frame, State&) {
    if (!frame.Answers("attempt.run") || !frame.message.contains("error")) {
      return;
    }
    const std::string message = Text(frame.message["error"], "message");
    if (message.find(text) == std::string::npos) return;
    frame.message.erase("error");
    frame.message["result"] = {{"aborted", false},
                               {"timedOut", false},
                               {"assistantTexts", Json::array()},
                               {"promptError", {{"message", message}}}};
  });
}

void Fail(Frame& frame, const std::string& message) {
  frame.message.erase("result");
  frame.message["error"] = {{"code", -32000}, {"message", message}};
}

// Whether a configuration that BYOK cannot do with ended the attempt.
bool IsByokRefusal(const Json& result) {
  const Json error = result.value("promptError", Json());
  return error.is_object() &&
         Text(error, "message").find("BYOK requires") != std::string::npos;
}

// The priority of what is supported, with a model of one's own or without.
std::vector<Fault> PriorityWhen(bool with_model, int priority) {
  return {
      OnAdapterRequest("harness.supports",
                       [with_model](Json& params, State& state) {
                         state.memory["such"] =
                             params["context"].contains("model") == with_model;
                       }),
      OnAdapterAnswer(
          "harness.supports", [priority](Json& answer, State& state) {
            if (state.memory["such"] == true && answer.contains("priority")) {
              answer["priority"] = priority;
            }
          })};
}

}  // namespace

std::vector<Mutation> HarnessMutations() {
  return {
      {"harness-own-label",
       {"HAR-01"},
       "a harness without options presents another label",
       {RemembersOptions(), OnCreated([](Json& created, const Json& options) {
          if (options.empty()) created["label"] = "Copilot";
        })}},
      {"harness-id-ignored",
       {"HAR-02"},
       "the `id` option is not used",
       {OnAdapterRequest("harness.create", Erase("/options/id"))}},
      {"harness-label-ignored",
       {"HAR-02"},
       "the `label` option is not used",
       {OnAdapterRequest("harness.create", Erase("/options/label"))}},
      {"harness-selected-automatically",
       {"HAR-03"},
       "the harness lists its provider for automatic selection",
       {OnAdapterAnswer("harness.create",
                        Set("autoSelectionProviderIds", {"github-copilot"}))}},
      {"harness-auto-supported",
       {"HAR-04"},
       "the runtime `auto` is accepted",
       {OnContext([](Json& context) {
         if (Text(context, "runtime") == "auto") context["runtime"] = "copilot";
       })}},
      {"harness-pi-supported",
       {"HAR-05"},
       "another runtime is accepted for its own provider",
       {OnContext([](Json& context) {
         if (Text(context, "runtime") == "pi") context["runtime"] = "copilot";
       })}},
      {"harness-no-runtime-supported",
       {"HAR-06"},
       "no requested runtime is accepted",
       {OnContext(
           [](Json& context) { context.emplace("runtime", "copilot"); })}},
      {"harness-priority-of-own-provider",
       {"HAR-07", "HAR-08", "HAR-09"},
       "its own provider is supported with the default priority",
       PriorityWhen(false, 0)},
      {"harness-provider-exact",
       {"HAR-08"},
       "provider names are compared as they are",
       {OnContext([](Json& context) {
         if (!Text(context, "provider").empty() &&
             Text(context, "provider").find_first_not_of(' ') !=
                 std::string::npos) {
           CompareExactly(context, "provider");
         }
       })}},
      {"harness-runtime-exact",
       {"HAR-09"},
       "runtime names are compared as they are",
       {OnContext([](Json& context) { CompareExactly(context, "runtime"); })}},
      {"harness-blank-provider-is-another",
       {"HAR-10"},
       "a blank provider is refused like any other one",
       {OnContext([](Json& context) {
         if (Text(context, "provider").find_first_not_of(' ') ==
             std::string::npos) {
           context["provider"] = "acme";
         }
       })}},
      {"harness-custom-priority",
       {"HAR-11", "HAR-12"},
       "a custom provider is supported with a lower priority",
       PriorityWhen(true, 50)},
      {"harness-ollama-refused",
       {"HAR-12"},
       "the API ollama is not known",
       {RefusesApi("ollama")}},
      {"harness-anthropic-refused",
       {"HAR-12"},
       "the API anthropic-messages is not known",
       {RefusesApi("anthropic-messages")}},
      {"harness-azure-refused",
       {"HAR-12"},
       "the API azure-openai-responses is not known",
       {RefusesApi("azure-openai-responses")}},
      {"harness-other-api-supported",
       {"HAR-13"},
       "any API that is named is accepted",
       {OnModel([](Json& model) {
         if (model.contains("api")) model["api"] = "openai-responses";
       })}},
      {"harness-no-api-supported",
       {"HAR-13"},
       "a custom provider without an API is accepted",
       {OnModel(
           [](Json& model) { model.emplace("api", "openai-responses"); })}},
      {"harness-no-url-supported",
       {"HAR-13"},
       "a custom provider without a base URL is accepted",
       {OnModel([](Json& model) {
         model.emplace("baseUrl", "https://acme.example/v1");
       })}},
      {"harness-byok-reason-lost",
       {"HAR-13"},
       "a custom provider without an API is refused like an owned one",
       {OnAdapterRequest("harness.supports",
                         [](Json& params, State& state) {
                           const Json model =
                               params["context"].value("model", Json());
                           state.memory["bare"] =
                               model.is_object() && !model.contains("api");
                         }),
        OnAdapterAnswer("harness.supports",
                        [](Json& answer, State& state) {
                          if (state.memory["bare"] != true) return;
                          answer["reason"] =
                              "provider is not one of: github-copilot";
                        })}},
      {"harness-proxy-supported",
       {"HAR-14"},
       "a configured proxy is not looked at",
       {OnModel([](Json& model) {
         if (model.contains("request")) model["request"].erase("proxy");
       })}},
      {"harness-private-network-false-supported",
       {"HAR-15"},
       "an override of the private network counts only when it is true",
       {OnModel([](Json& model) {
         if (model.contains("request") &&
             !model["request"].value("allowPrivateNetwork", false)) {
           model["request"].erase("allowPrivateNetwork");
         }
       })}},
      {"harness-owned-supported",
       {"HAR-16"},
       "a provider that is owned is accepted if its owner has its name",
       {OnContext([](Json& context) {
         if (context.value("owners", Json::array()) ==
                 Json::array({Text(context, "provider")}) &&
             Text(context, "ownerStatus") == "owned") {
           context["owners"] = Json::array();
           context["ownerStatus"] = "unowned";
         }
       })}},
      {"harness-owner-status-ignored",
       {"HAR-16"},
       "an empty list of owners outweighs the status `owned`",
       {OnContext([](Json& context) {
         if (context.value("owners", Json(1)) == Json::array()) {
           context["ownerStatus"] = "unowned";
         }
       })}},
      {"harness-owners-ignored",
       {"HAR-16"},
       "the status `unowned` outweighs a list of owners",
       {OnContext([](Json& context) {
         if (Text(context, "ownerStatus") == "unowned" &&
             context.contains("owners")) {
           context["owners"] = Json::array();
         }
       })}},
      {"harness-ambiguous-supported",
       {"HAR-17"},
       "an ambiguous owner is taken for none",
       {OnContext([](Json& context) {
         if (Text(context, "ownerStatus") == "ambiguous") {
           context["ownerStatus"] = "unowned";
           context["owners"] = Json::array();
         }
       })}},
      {"harness-missing-owners-supported",
       {"HAR-18"},
       "a missing list of owners is taken for an empty one",
       {OnContext([](Json& context) {
         if (context.contains("model")) {
           context.emplace("owners", Json::array());
         }
       })}},
      {"harness-side-question",
       {"HAR-19"},
       "the harness offers a side question",
       {OnAdapterAnswer("harness.create", Set("hasSideQuestion", true))}},
      {"harness-starts-at-once",
       {"HAR-20"},
       "a new harness starts a client before it needs one",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("harness.create")) return;
             const Json& params = frame.message["params"];
             if (Text(params, "harness") == "default") return;
             state.memory["starts"] = true;
             frame.Ask("attempt.run",
                       {{"harness", params["harness"]},
                        {"attempt", "warm-up"},
                        {"params",
                         {{"prompt", "hi"},
                          {"sessionId", "warm-up"},
                          {"provider", "github-copilot"},
                          {"model", "gpt-4.1"},
                          {"workspaceDir", state.Dir("workspace")},
                          {"timeoutMs", 20000}}}});
           }),
        At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.Is("session.established") &&
                 Text(frame.message["params"], "attempt") == "warm-up") {
               frame.message["method"] = "log";
               frame.message["params"] = {{"level", "info"},
                                          {"message", "warm"}};
             }
             if (frame.Answers("harness.create") &&
                 state.memory.erase("starts") > 0) {
               frame.HoldUntil([](const Frame& other) {
                 return other.method == "session.established";
               });
             }
           })}},
      {"harness-pool-per-attempt",
       {"HAR-22", "POOL-01"},
       "the second attempt with a key gets a pool of its own",
       {OnAttempt([](Json& params, State& state) {
         if (params.contains("resolvedApiKey") && ++state.count == 2 &&
             params["sessionId"] != "session-1") {
           params["copilotHome"] = state.Dir("state") + "/second";
         }
       })}},
      {"harness-pools-shared",
       {"HAR-23"},
       "all harnesses share what the first one has",
       {OnAttemptCall([](Json& call) { call["harness"] = "default"; })}},
      {"harness-dispose-of-all",
       {"HAR-23", "POOL-32"},
       "disposing one harness disposes the others",
       {OnAdapterRequest("harness.create",
                         [](Json& params, State& state) {
                           state.memory["last"] = params["harness"];
                         }),
        At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("harness.dispose") ||
                 state.memory["last"] == "default") {
               return;
             }
             frame.Ask("harness.dispose", {{"harness", state.memory["last"]}});
           })}},
      {"harness-one-attempt-at-a-time",
       {"HAR-26", "POOL-08"},
       "an attempt is refused while another one runs",
       {OnAttempt([](Json& params, State& state) {
          if (++state.count > 1) params["provider"] = "busy";
        }),
        AfterAttempt([](State& state) { --state.count; })}},
      {"harness-dispose-needs-an-attempt",
       {"HAR-27"},
       "disposing a harness that never ran an attempt fails",
       {OnAttempt([](Json&, State& state) { ++state.count; }),
        At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.Answers("harness.dispose") && state.count == 0) {
               Fail(frame, "nothing to dispose");
             }
           })}},
      {"harness-dispose-once",
       {"HAR-29"},
       "disposing a second time fails",
       {At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State& state) {
             if (frame.Answers("harness.dispose") && ++state.count > 1) {
               Fail(frame, "already disposed");
             }
           })}},
      {"harness-dispose-aborts",
       {"HAR-30"},
       "disposing aborts the attempts that run",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("attempt.run")) {
               ++state.count;
               state.memory["attempt"] = frame.message["params"]["attempt"];
             }
             if (frame.Is("harness.dispose") && state.count > 0) {
               frame.Ask("attempt.abort",
                         {{"attempt", state.memory["attempt"]}});
             }
           }),
        AfterAttempt([](State& state) { --state.count; })}},
      {"harness-disposed-is-a-result",
       {"HAR-31"},
       "an attempt on a disposed harness ends with a result",
       {RejectionIsResult("harness has been disposed")}},
      {"harness-disposed-runs",
       {"HAR-31"},
       "a harness that was disposed runs another attempt",
       {At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("harness.dispose") && state.memory.empty()) {
               frame.Reply(Json::object());
             }
           }),
        OnAdapterRequest("harness.create",
                         [](Json& params, State& state) {
                           if (params["harness"] != "default") {
                             state.memory["others"] = true;
                           }
                         })}},
      {"harness-byok-rejects",
       {"HAR-33"},
       "an unsupported BYOK configuration rejects the attempt",
       {At(Place::kAdapter, Way::kUp,
           [](Frame& frame, State&) {
             if (!frame.Answers("attempt.run") ||
                 !frame.message.contains("result") ||
                 !IsByokRefusal(frame.message["result"])) {
               return;
             }
             Fail(frame, frame.message["result"]["promptError"]["message"]);
           })}},
      {"harness-byok-code-lost",
       {"HAR-33"},
       "the prompt error of an unsupported BYOK configuration has no code",
       {OnResult([](Json& result) {
         if (IsByokRefusal(result)) result["promptError"].erase("code");
       })}},
      {"harness-auth-failure-is-a-result",
       {"HAR-34", "AUTH-04"},
       "an auth that cannot be resolved yields a result",
       {RejectionIsResult("requires profileId+profileVersion")}},
      {"harness-dispose-resets",
       {"HAR-35"},
       "disposing deletes the session",
       {OnAttempt([](Json& params, State& state) {
          state.memory["session"] = params["sessionId"];
        }),
        At(Place::kAdapter, Way::kDown,
           [](Frame& frame, State& state) {
             if (!frame.Is("harness.dispose") ||
                 !state.memory.contains("session")) {
               return;
             }
             const Json dispose = frame.message;
             frame.message["method"] = "harness.reset";
             frame.message["id"] = std::string(kOwnId) + "reset";
             frame.message["params"]["sessionId"] = state.memory["session"];
             frame.Add(dispose);
           })}},
      {"harness-dispose-leaves-cleanup",
       {"HAR-36"},
       "disposing does not cancel a pending cleanup",
       {OnAdapterRequest(
            "harness.dispose",
            [](Json&, State& state) { state.world.Share("disposed", true); }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("session.history.cancelBackgroundCompaction") &&
                 state.world.Shared("disposed") == Json(true)) {
               frame.Reply({{"cancelled", false}});
             }
           })}},
      {"harness-dispose-cancels-twice",
       {"HAR-36"},
       "disposing cancels a pending cleanup twice",
       {OnAdapterRequest(
            "harness.dispose",
            [](Json&, State& state) { state.world.Share("disposed", true); }),
        At(Place::kCli, Way::kDown,
           [](Frame& frame, State& state) {
             if (frame.Is("session.history.cancelBackgroundCompaction") &&
                 state.world.Shared("disposed") == Json(true)) {
               frame.Ask(frame.method, frame.message["params"]);
             }
           })}},
  };
}

}  // namespace copilot::conformance
