// SPDX-License-Identifier: MIT
//
// What happens in a session: messages, answers to what it asked, compaction.
#include <fmt/format.h>

#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/methods/method.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

std::string RequestId(const Call& call) {
  return TextOf(call.params, "requestId");
}

void Send(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  QueuedMessage message = ReadMessage(call.params, call.server.ids().Uuid());
  message.immediate = TextOf(call.params, "mode") == "immediate";
  message.wait = call.params.value("wait", Json()) == true;
  message.responder = call.responder;
  session->Send(std::move(message));
}

void Abort(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->Abort(TextOf(call.params, "reason", "user_initiated"),
                 [&] { call.Result(kSuccess); });
}

void ShutDown(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->Shut();
  call.Result("null");
}

void HandleTool(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (RequestId(call).empty()) {
    call.Fail("Expected string parameter 'requestId'");
    return;
  }
  if (!session->AnswerTool(RequestId(call), call.params,
                           [&] { call.Result(kSuccess); })) {
    call.Result(kFailure);
  }
}

void HandlePermission(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (!session->AnswerPermission(RequestId(call),
                                 call.params.value("result", Json()),
                                 [&] { call.Result(kSuccess); })) {
    call.Result(kFailure);
  }
}

void PendingPermissions(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject().Raw("items", session->PendingPermissions()).str());
  }
}

void SetApproveAll(const Call& call) {
  if (const auto session = Need(call)) {
    session->approve_all = call.params.value("enabled", Json()) == true;
    call.Result(kSuccess);
  }
}

// The client asks the user through the clients.
void Elicit(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->Elicit(call.params, "",
                  [responder = call.responder](const Json& result) {
                    responder.Result(result.dump());
                  });
}

void HandleElicitation(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string id = RequestId(call);
  if (id.empty()) {
    call.Fail("missing parameter 'requestId'");
    return;
  }
  const Json result = call.params.value("result", Json());
  if (!result.is_object()) {
    call.Fail("missing parameter 'result'");
    return;
  }
  const auto found = session->pending_elicitations.find(id);
  if (found == session->pending_elicitations.end()) {
    call.Result(kFailure);
    return;
  }
  const auto answer = std::move(found->second);
  session->pending_elicitations.erase(found);
  JsonObject completed;
  completed.Text("requestId", id).Text("action", TextOf(result, "action"));
  if (result.contains("content")) {
    completed.Raw("content", result["content"].dump());
  }
  session->log.Ephemeral("elicitation.completed", completed.str());
  answer(result);
  call.Result(kSuccess);
}

}  // namespace

void AddTurnMethods(MethodTable& table) {
  table["session.send"] = Send;
  table["session.abort"] = Abort;
  table["session.shutdown"] = ShutDown;
  table["session.tools.handlePendingToolCall"] = HandleTool;
  table["session.permissions.handlePendingPermissionRequest"] =
      HandlePermission;
  table["session.permissions.pendingRequests"] = PendingPermissions;
  table["session.permissions.setApproveAll"] = SetApproveAll;
  table["session.ui.elicitation"] = Elicit;
  table["session.ui.handlePendingElicitation"] = HandleElicitation;
}

}  // namespace copilot::fake_cli
