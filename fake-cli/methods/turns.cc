// SPDX-License-Identifier: MIT
//
// What happens in a session: messages, answers to what it asked, compaction.
#include <fmt/format.h>

#include <utility>

#include "fake-cli/compaction.h"
#include "fake-cli/json_object.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/model/summary_call.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

std::string RequestId(const Call& call) {
  return TextOr(call.params, "requestId");
}

void Send(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  QueuedMessage message;
  message.id = call.server.ids().Uuid();
  message.prompt = TextOr(call.params, "prompt");
  message.display = TextOr(call.params, "displayPrompt", message.prompt);
  message.attachments = call.params.value("attachments", Json());
  message.request_headers = call.params.value("requestHeaders", Json());
  message.immediate = TextOr(call.params, "mode") == "immediate";
  message.agent_mode = TextOr(call.params, "agentMode");
  message.wait = call.params.value("wait", Json()) == true;
  message.responder = call.responder;
  session->Send(std::move(message));
}

void Abort(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->Abort(TextOr(call.params, "reason", "user_initiated"),
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

void PendingItems(const Call& call) {
  if (const auto session = Need(call)) call.Result(session->QueueState());
}

void Compact(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const Json plan = session->conversation.empty()
                        ? Json::object()
                        : call.server.script().NextCompaction();
  Summarizer summarize;
  if (call.server.UsesProvider(*session)) {
    const std::string instructions = TextOr(call.params, "customInstructions");
    summarize = [session, instructions](auto done) {
      SummarizeWithProvider(session, instructions, true, std::move(done));
    };
  }
  CompactHistory(session, call.params, plan, summarize,
                 [responder = call.responder, method = call.method](
                     tl::expected<std::string, std::string> answer) {
                   if (answer) {
                     responder.Result(std::string_view(*answer));
                   } else {
                     responder.Error({wire::kInternalError,
                                      fmt::format("Request {} failed with "
                                                  "message: {}",
                                                  method, answer.error()),
                                      nullptr});
                   }
                 });
}

void AbortCompact(const Call& call) {
  if (const auto session = Need(call)) {
    call.Result(JsonObject().Bool("aborted", AbortCompaction(*session)).str());
  }
}

void CancelBackgroundCompact(const Call& call) {
  if (const auto session = Need(call)) call.Result(R"({"cancelled":true})");
}

// The client asks the user through the clients.
void Elicit(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const std::string id = call.server.ids().Uuid();
  session->pending_elicitations[id] = [responder =
                                           call.responder](const Json& result) {
    responder.Result(result.dump());
  };
  session->log.Ephemeral(
      "elicitation.requested",
      JsonObject()
          .Text("requestId", id)
          .Raw("requestedSchema",
               call.params.value("requestedSchema", Json::object()).dump())
          .Text("message", TextOr(call.params, "message"))
          .str());
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
  completed.Text("requestId", id).Text("action", TextOr(result, "action"));
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
  table["session.history.compact"] = Compact;
  table["session.history.abortManualCompaction"] = AbortCompact;
  table["session.history.cancelBackgroundCompaction"] = CancelBackgroundCompact;
  table["session.tools.handlePendingToolCall"] = HandleTool;
  table["session.permissions.handlePendingPermissionRequest"] =
      HandlePermission;
  table["session.permissions.pendingRequests"] = PendingPermissions;
  table["session.permissions.setApproveAll"] = SetApproveAll;
  table["session.queue.pendingItems"] = PendingItems;
  table["session.ui.elicitation"] = Elicit;
  table["session.ui.handlePendingElicitation"] = HandleElicitation;
}

}  // namespace copilot::fake_cli
