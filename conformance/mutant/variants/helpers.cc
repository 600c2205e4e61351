// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

Json::json_pointer Pointer(const std::string& place) {
  return Json::json_pointer(place.rfind('/', 0) == 0 ? place : "/" + place);
}

constexpr char kParams[] = "params";
constexpr char kResult[] = "result";

// For requests and notifications.
Fault OnParams(Place place, Way way, const std::string& method,
               PartChange change) {
  return At(place, way,
            [method, change = std::move(change)](Frame& frame, State& state) {
              if (frame.Is(method)) change(frame.message[kParams], state);
            });
}

// For answers that are results.
Fault OnAnswer(Place place, Way way, const std::string& method,
               PartChange change, const char* member = kResult) {
  return At(
      place, way,
      [method, change = std::move(change), member](Frame& frame, State& state) {
        if (frame.Answers(method) && frame.message.contains(member)) {
          change(frame.message[member], state);
        }
      });
}

// For messages of a method, whatever their params.
Fault OnMethod(Place place, Way way, const std::string& method,
               std::function<void(Frame&)> change) {
  return At(place, way,
            [method, change = std::move(change)](Frame& frame, State&) {
              if (frame.Is(method)) change(frame);
            });
}

// Drops it; a request is answered.
void Skip(Frame& frame, const Json& result) {
  if (frame.message.contains("id")) {
    frame.Reply(result);
  } else {
    frame.Drop();
  }
}

Fault OnEvent(const std::string& type, std::function<void(Frame&)> change) {
  return At(Place::kCli, Way::kUp,
            [type, change = std::move(change)](Frame& frame, State&) {
              if (frame.EventType() == type) change(frame);
            });
}

Fault After(const std::string& method, std::function<void(State&)> then) {
  return At(Place::kAdapter, Way::kUp,
            [method, then = std::move(then)](Frame& frame, State& state) {
              if (frame.Answers(method)) then(state);
            });
}

void Fail(Frame& frame, int code, const std::string& message) {
  frame.message.erase(kResult);
  frame.message["error"] = {{"code", code}, {"message", message}};
}

Fault OnLaunch(Place place, LaunchChange change) {
  Fault fault;
  fault.place = place;
  fault.launch = std::move(change);
  return fault;
}

}  // namespace

Fault At(Place place, Way way, Change change) {
  return {place, way, std::move(change)};
}

PartChange Erase(const std::string& place) {
  return [at = Pointer(place)](Json& part) {
    if (!part.contains(at)) return;
    Json& parent = part[at.parent_pointer()];
    if (parent.is_object()) {
      parent.erase(at.back());
    } else {
      parent.erase(std::stoul(at.back()));
    }
  };
}

PartChange Set(const std::string& place, Json value) {
  return [at = Pointer(place), value = std::move(value)](Json& part) {
    part[at] = value;
  };
}

PartChange Replace(const std::string& place, Json value) {
  return [at = Pointer(place), value = std::move(value)](Json& part) {
    if (part.contains(at)) part[at] = value;
  };
}

Fault OnAttempt(PartChange change) {
  return OnAttemptCall([change = std::move(change)](Json& call, State& state) {
    change(call[kParams], state);
  });
}

Fault OnAttemptCall(PartChange change) {
  return OnAdapterRequest("attempt.run", std::move(change));
}

Fault OnCompaction(PartChange change) {
  return OnAdapterRequest("session.compact", [change = std::move(change)](
                                                 Json& call, State& state) {
    change(call[kParams], state);
  });
}

Fault OnAdapterRequest(const std::string& method, PartChange change) {
  return OnParams(Place::kAdapter, Way::kDown, method, std::move(change));
}

Fault SkipAdapterRequest(const std::string& method, Json result) {
  return OnMethod(
      Place::kAdapter, Way::kDown, method,
      [result = std::move(result)](Frame& frame) { Skip(frame, result); });
}

Fault OnResult(PartChange change) {
  return OnAdapterAnswer("attempt.run", std::move(change));
}

Fault OnCompactionResult(PartChange change) {
  return OnAdapterAnswer("session.compact", std::move(change));
}

Fault OnAdapterAnswer(const std::string& method, PartChange change) {
  return OnAnswer(Place::kAdapter, Way::kUp, method, std::move(change));
}

Fault FailAdapter(const std::string& method, const std::string& message) {
  return At(Place::kAdapter, Way::kUp, [=](Frame& frame, State&) {
    if (frame.Answers(method)) Fail(frame, -32000, message);
  });
}

Fault OnNotification(const std::string& method, PartChange change) {
  return OnParams(Place::kAdapter, Way::kUp, method, std::move(change));
}

Fault DropNotification(const std::string& method, Json result) {
  return OnMethod(
      Place::kAdapter, Way::kUp, method,
      [result = std::move(result)](Frame& frame) { Skip(frame, result); });
}

Fault RepeatNotification(const std::string& method) {
  return OnMethod(Place::kAdapter, Way::kUp, method,
                  [](Frame& frame) { frame.Repeat(); });
}

Fault DelayNotification(const std::string& method, const std::string& later) {
  return OnMethod(Place::kAdapter, Way::kUp, method, [later](Frame& frame) {
    frame.HoldUntil(
        [later](const Frame& other) { return other.method == later; });
  });
}

Fault OnToolExecute(PartChange change) {
  return OnNotification("tool.execute", std::move(change));
}

Fault OnToolResult(PartChange change) {
  return OnAnswer(Place::kAdapter, Way::kDown, "tool.execute",
                  std::move(change));
}

Fault OnDecision(PartChange change) {
  return OnAnswer(Place::kAdapter, Way::kDown, "permission.decide",
                  std::move(change));
}

Fault OnHook(const std::string& hook, PartChange change) {
  return OnNotification("hook.fired", [hook, change = std::move(change)](
                                          Json& params, State& state) {
    if (params.value("hook", "") == hook) change(params["payload"], state);
  });
}

Fault DropHook(const std::string& hook) {
  return OnMethod(Place::kAdapter, Way::kUp, "hook.fired",
                  [hook](Frame& frame) {
                    if (frame.message[kParams].value("hook", "") == hook) {
                      Skip(frame, Json::object());
                    }
                  });
}

Fault OnContribution(PartChange change) {
  return OnAnswer(Place::kAdapter, Way::kDown, "hook.fired", std::move(change));
}

std::vector<Fault> ForgetFirst(std::function<bool(State&)> when) {
  static constexpr char kReset[] = "reset";  // the id of a request of our own
  return {At(Place::kAdapter, Way::kDown,
             [when = std::move(when)](Frame& frame, State& state) {
               if (!frame.Is("attempt.run") || !when(state)) return;
               state.memory["held"] = frame.message;
               const Json& params = frame.message["params"];
               frame.Drop();
               frame.Add({{"jsonrpc", "2.0"},
                          {"id", kReset},
                          {"method", "harness.reset"},
                          {"params",
                           {{"harness", params["harness"]},
                            {"sessionId", params["params"]["sessionId"]}}}});
             }),
          At(Place::kAdapter, Way::kUp, [](Frame& frame, State& state) {
            if (!frame.answers || frame.message["id"] != kReset) return;
            frame.Drop();
            frame.back.push_back(state.memory["held"]);
          })};
}

Fault OnTranscript(std::function<std::string(const std::string& text)> change) {
  return AfterAttempt([change = std::move(change)](State& state) {
    const std::string file = state.Param("sessionFile");
    if (file.empty()) return;
    const std::string text = state.world.Read(file);
    if (!text.empty()) state.world.Write(file, change(text));
  });
}

Fault AfterAttempt(std::function<void(State&)> then) {
  return After("attempt.run", std::move(then));
}

Fault AfterCompaction(std::function<void(State&)> then) {
  return After("session.compact", std::move(then));
}

Fault Leak(
    std::function<void(Json& message, const std::string& token, State&)> leak) {
  return At(Place::kAdapter, Way::kUp,
            [leak = std::move(leak)](Frame& frame, State& state) {
              const std::string token = state.Param("resolvedApiKey");
              if (frame.Answers("attempt.run") && !token.empty()) {
                leak(frame.message, token, state);
              }
            });
}

Fault OnCliRequest(const std::string& method, PartChange change) {
  return OnParams(Place::kCli, Way::kDown, method, std::move(change));
}

Fault DropCliRequest(const std::string& method) {
  return OnMethod(Place::kCli, Way::kDown, method,
                  [](Frame& frame) { frame.Drop(); });
}

Fault SkipCliRequest(const std::string& method, Json result) {
  return OnMethod(
      Place::kCli, Way::kDown, method,
      [result = std::move(result)](Frame& frame) { Skip(frame, result); });
}

Fault RenameCliRequest(const std::string& method, const std::string& other) {
  return OnMethod(Place::kCli, Way::kDown, method,
                  [other](Frame& frame) { frame.message["method"] = other; });
}

Fault RepeatCliRequest(const std::string& method) {
  return AddCliRequest(method, method,
                       [](const Json& params) { return params; });
}

Fault AddCliRequest(const std::string& method, const std::string& extra,
                    std::function<Json(const Json& params)> make) {
  return OnMethod(Place::kCli, Way::kDown, method,
                  [extra, make = std::move(make)](Frame& frame) {
                    frame.Ask(extra, make(frame.message[kParams]));
                  });
}

Fault OnCliAnswer(const std::string& method, PartChange change) {
  return OnAnswer(Place::kCli, Way::kUp, method, std::move(change));
}

Fault DropCliAnswer(const std::string& method) {
  return At(Place::kCli, Way::kUp, [method](Frame& frame, State&) {
    if (frame.Answers(method)) frame.Drop();
  });
}

Fault RepeatCliAnswer(const std::string& method) {
  return At(Place::kCli, Way::kUp, [method](Frame& frame, State&) {
    if (frame.Answers(method)) frame.Repeat();
  });
}

Fault FailCliRequest(const std::string& method, int code,
                     const std::string& message) {
  return At(Place::kCli, Way::kUp, [=](Frame& frame, State&) {
    if (frame.Answers(method)) Fail(frame, code, message);
  });
}

Fault OnCliError(const std::string& method, PartChange change) {
  return OnAnswer(Place::kCli, Way::kUp, method, std::move(change), "error");
}

Fault OnCliEvent(const std::string& type, PartChange change) {
  return At(Place::kCli, Way::kUp,
            [type, change = std::move(change)](Frame& frame, State& state) {
              if (frame.EventType() == type) {
                change(frame.message[kParams]["event"], state);
              }
            });
}

Fault DropCliEvent(const std::string& type) {
  return OnEvent(type, [](Frame& frame) { frame.Drop(); });
}

Fault RepeatCliEvent(const std::string& type) {
  return OnEvent(type, [](Frame& frame) { frame.Repeat(); });
}

Fault DelayCliEvent(const std::string& type, const std::string& later) {
  return OnEvent(type, [later](Frame& frame) {
    frame.HoldUntil(
        [later](const Frame& other) { return other.EventType() == later; });
  });
}

Fault OnCliCall(const std::string& method, PartChange change) {
  return OnParams(Place::kCli, Way::kUp, method, std::move(change));
}

Fault DropCliCall(const std::string& method) {
  return OnMethod(Place::kCli, Way::kUp, method,
                  [](Frame& frame) { frame.Drop(); });
}

Fault OnCliCallAnswer(const std::string& method, PartChange change) {
  return OnAnswer(Place::kCli, Way::kDown, method, std::move(change));
}

Fault AnswerCliCall(const std::string& method, Json result) {
  return OnMethod(
      Place::kCli, Way::kUp, method,
      [result = std::move(result)](Frame& frame) { Skip(frame, result); });
}

Fault AdapterEnvironment(
    std::function<void(std::map<std::string, std::string>&)> change) {
  return OnLaunch(Place::kAdapter,
                  [change = std::move(change)](Launch& launch, State&) {
                    change(launch.environment);
                  });
}

Fault CliEnvironment(
    std::function<void(std::map<std::string, std::string>&)> change) {
  return OnLaunch(Place::kCli,
                  [change = std::move(change)](Launch& launch, State&) {
                    change(launch.environment);
                  });
}

Fault CliArguments(std::function<void(std::vector<std::string>&)> change) {
  return OnLaunch(Place::kCli, [change = std::move(change)](Launch& launch,
                                                            State&) {
    std::vector<std::string> arguments(launch.argv.begin() + 1,
                                       launch.argv.end());
    change(arguments);
    launch.argv.resize(1);
    launch.argv.insert(launch.argv.end(), arguments.begin(), arguments.end());
  });
}

Fault CliDirectory(const std::string& directory) {
  return OnLaunch(Place::kCli, [directory](Launch& launch, State&) {
    launch.directory = directory;
  });
}

Fault ExtraClis(int count) {
  return OnLaunch(Place::kCli, [count](Launch& launch, State&) {
    launch.processes += count;
  });
}

}  // namespace copilot::conformance
