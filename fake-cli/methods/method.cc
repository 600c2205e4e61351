// SPDX-License-Identifier: MIT
#include "fake-cli/methods/method.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "embedded/method_stubs.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

struct Methods {
  MethodTable full;
  MethodTable stubs;
};

// With what the placeholders of stubs.json stand for here.
std::string Placed(const Call& call, std::string text) {
  const std::string id = TextOf(call.params, "sessionId");
  const char* home = getenv("HOME");
  const std::array<std::pair<const char*, std::string>, 5> places = {
      {{"<COPILOT_HOME>", call.server.options().copilot_home},
       {"<HOME>", home == nullptr ? "" : home},
       {"<CACHE>", call.server.options().cache},
       {"<CWD>", call.server.directory()},
       {"<SESSION>", id}}};
  for (const auto& [placeholder, value] : places) {
    const std::string quoted = Quote(value);
    const std::string inner = quoted.substr(1, quoted.size() - 2);
    for (size_t at = 0; (at = text.find(placeholder, at)) != text.npos;
         at += inner.size()) {
      text.replace(at, std::string_view(placeholder).size(), inner);
    }
  }
  return text;
}

// A text is the reason of a failed call; anything else is the error itself.
void Refuse(const Call& call, const Json& error) {
  if (error.is_string()) return call.Fail(error);
  call.responder.Error(
      {error["code"], error["message"], error.value("data", Json())});
}

// Stubs are data: the answers that the real CLI gave in a new session.
Method Stub(const std::string& name, const Json& answer) {
  const bool session = name.rfind("session.", 0) == 0;
  const std::string result = answer.value("result", Json::object()).dump();
  const std::string needs = answer.value("needs", "");
  const Json error = answer.value("error", Json());
  const Json fails = answer.value("fails", Json());
  return [=](const Call& call) {
    if (session && Need(call) == nullptr) return;
    const bool complete = !needs.empty() && call.params.contains(needs);
    const Json& refusal = complete ? fails : error;
    if (!refusal.is_null()) return Refuse(call, refusal);
    call.Result(Placed(call, result));
  };
}

const Methods& All() {
  static const Methods* const methods = [] {
    auto* all = new Methods;
    for (const auto add :
         {AddServerMethods, AddSessionMethods, AddTurnMethods, AddQueueMethods,
          AddHistoryMethods, AddMcpMethods, AddStateMethods, AddFileMethods,
          AddOptionMethods, AddEventLogMethods}) {
      add(all->full);
    }
    const Json stubs = Json::parse(embedded::method_stubs);
    for (const auto& [name, answer] : stubs["methods"].items()) {
      all->stubs[name] = Stub(name, answer);
    }
    return all;
  }();
  return *methods;
}

}  // namespace

const Method* FindMethod(std::string_view name) {
  for (const MethodTable* table : {&All().full, &All().stubs}) {
    const auto found = table->find(name);
    if (found != table->end()) return &found->second;
  }
  return nullptr;
}

std::vector<KnownMethod> KnownMethods() {
  std::map<std::string, Depth> depths = {{"connect", Depth::kFull}};
  for (const auto& [name, method] : All().full) depths[name] = Depth::kFull;
  for (const char* name : {"auth.getStatus", "models.list", "session.send",
                           "session.history.compact"}) {
    depths[name] = Depth::kScripted;
  }
  for (const auto& [name, method] : All().stubs) {
    depths.emplace(name, Depth::kStub);
  }
  std::vector<KnownMethod> known;
  for (const auto& [name, depth] : depths) known.push_back({name, depth});
  return known;
}

QueuedMessage ReadMessage(const Json& params, std::string id) {
  QueuedMessage message;
  message.id = std::move(id);
  message.prompt = TextOf(params, "prompt");
  message.display = TextOf(params, "displayPrompt", message.prompt);
  message.attachments = params.value("attachments", Json());
  message.request_headers = params.value("requestHeaders", Json());
  message.agent_mode = TextOf(params, "agentMode");
  return message;
}

Method Always(std::string answer) {
  return
      [answer = std::move(answer)](const Call& call) { call.Result(answer); };
}

// The open session of a session-scoped call; answers and returns null without
// one.
std::shared_ptr<Session> Need(const Call& call) {
  if (!call.params.is_object() || !call.params.contains("sessionId") ||
      !call.params["sessionId"].is_string()) {
    call.Fail(fmt::format("Missing sessionId in {} request", call.method));
    return nullptr;
  }
  const std::string id = call.params["sessionId"];
  auto session = call.server.Find(id);
  if (session == nullptr) {
    call.Fail("Session not found for sessionId: " + id);
  }
  return session;
}

// The id of calls that say it differently when it is missing.
std::optional<std::string> NeedId(const Call& call) {
  if (!call.params.is_object() || !call.params.contains("sessionId") ||
      !call.params["sessionId"].is_string()) {
    call.Fail("Missing sessionId parameter");
    return std::nullopt;
  }
  return call.params["sessionId"].get<std::string>();
}

}  // namespace copilot::fake_cli
