// SPDX-License-Identifier: MIT
//
// What clients see and change of the messages that wait (session.queue.*).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fake-cli/json_object.h"
#include "fake-cli/methods/method.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

void Refuse(const Call& call, const std::string& text,
            const Json& data = nullptr) {
  call.responder.Error({wire::kInvalidParams, text, data});
}

// The number in the member `id` of a message that waits; answers and returns
// nothing without one.
std::optional<std::string> NeedItem(const Call& call, Session& session) {
  const Json id = call.params.value("id", Json());
  if (!id.is_string()) {
    Refuse(call, "missing or non-string parameter 'id'");
    return std::nullopt;
  }
  if (session.queue.Find(id) == nullptr) {
    Refuse(call,
           fmt::format("unknown queue item id '{}'", id.get<std::string>()),
           {{"code", "unknown_id"}});
    return std::nullopt;
  }
  return id.get<std::string>();
}

std::optional<size_t> NeedPosition(const Call& call, const char* name) {
  const Json position = call.params.value(name, Json());
  if (!position.is_number()) {
    Refuse(call, fmt::format("missing numeric parameter '{}'", name));
    return std::nullopt;
  }
  return static_cast<size_t>(std::clamp(position.get<double>(), 0.0, 1e9));
}

void Modified(Session& session) {
  session.log.Ephemeral("pending_messages.modified");
}

void PendingItems(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  Json state = {{"items", session->queue.Items(session->mode)},
                {"steeringMessages", session->queue.SteeringTexts()},
                {"inFlightSteeringCount", 0}};
  const std::string withdrawable = session->WithdrawableMessage();
  if (!withdrawable.empty()) state["withdrawableTurnMessageId"] = withdrawable;
  call.Result(state.dump());
}

void Snapshot(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const MessageQueue& queue = session->queue;
  Json state = {{"items", queue.Items(session->mode)},
                {"steeringMessages", queue.SteeringTexts()}};
  if (Json orders = queue.ItemOrders(); !orders.empty()) {
    state["itemOrders"] = std::move(orders);
  }
  if (Json orders = queue.SteeringOrders(); !orders.empty()) {
    state["steeringMessageOrders"] = std::move(orders);
  }
  call.Result(state.dump());
}

void HasPending(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const bool pending = !session->queue.empty() || session->queue.has_steering();
  call.Result(JsonObject().Bool("hasPending", pending).str());
}

void Clear(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  session->queue.Clear();
  session->log.Ephemeral("session.background_tasks_changed");
  Modified(*session);
  call.Result("null");
}

void RemoveMostRecent(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const bool removed = session->queue.RemoveLast();
  if (removed) Modified(*session);
  call.Result(JsonObject().Bool("removed", removed).str());
}

void UpdateText(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (!call.params.value("id", Json()).is_string()) {
    return Refuse(call, "missing or non-string parameter 'id'");
  }
  const Json prompt = call.params.value("prompt", Json());
  if (!prompt.is_string()) {
    return Refuse(call, "missing or non-string parameter 'prompt'");
  }
  const auto id = NeedItem(call, *session);
  if (!id) return;
  QueuedMessage& message = *session->queue.Find(*id);
  message.prompt = message.display = prompt.get<std::string>();
  Modified(*session);
  call.Result(R"({"updated":true})");
}

void MoveItem(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  if (!call.params.value("id", Json()).is_string()) {
    return Refuse(call, "missing or non-string parameter 'id'");
  }
  const auto position = NeedPosition(call, "toPosition");
  if (!position) return;
  const auto id = NeedItem(call, *session);
  if (!id) return;
  session->queue.Insert(*position, *session->queue.Remove(*id));
  Modified(*session);
  call.Result(R"({"changed":true})");
}

void RemoveAt(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const auto id = NeedItem(call, *session);
  if (!id) return;
  session->queue.Remove(*id);
  Modified(*session);
  call.Result(R"({"removed":true})");
}

void AnswerWithNumber(const Call& call, const QueuedMessage& message) {
  call.Result(JsonObject().Text("id", std::to_string(message.number)).str());
}

void InsertAt(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const auto position = NeedPosition(call, "position");
  if (!position) return;
  const Json given = call.params.value("message", Json());
  if (!given.is_object()) {
    return Refuse(call, "missing object parameter 'message'");
  }
  QueuedMessage message = ReadMessage(given, call.server.ids().Uuid());
  message.delivery = "queued";
  session->queue.Number(&message);
  AnswerWithNumber(call, message);
  session->queue.Insert(*position, std::move(message));
  Modified(*session);
  session->StartNext();
}

void DuplicateAt(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const auto id = NeedItem(call, *session);
  if (!id) return;
  QueuedMessage copy = *session->queue.Find(*id);
  copy.id = call.server.ids().Uuid();
  copy.wait = false;
  session->queue.Number(&copy);
  AnswerWithNumber(call, copy);
  session->queue.Add(std::move(copy));
  Modified(*session);
}

void SendNow(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const auto id = NeedItem(call, *session);
  if (!id) return;
  QueuedMessage message = *session->queue.Remove(*id);
  const bool steers = session->processing();
  if (steers) {
    session->queue.Steer(std::move(message));
  } else {
    session->queue.AddFirst(std::move(message));
  }
  Modified(*session);
  call.Result(JsonObject().Bool("steered", steers).str());
  session->StartNext();
}

void SetDrainPaused(const Call& call) {
  const auto session = Need(call);
  if (session == nullptr) return;
  const Json paused = call.params.value("paused", Json());
  if (!paused.is_boolean()) {
    return Refuse(call, "missing boolean parameter 'paused'");
  }
  session->queue_paused = paused.get<bool>();
  call.Result("null");
  session->StartNext();
}

}  // namespace

void AddQueueMethods(MethodTable& table) {
  table["session.queue.pendingItems"] = PendingItems;
  table["session.queue.snapshot"] = Snapshot;
  table["session.queue.hasPending"] = HasPending;
  table["session.queue.clear"] = Clear;
  table["session.queue.removeMostRecent"] = RemoveMostRecent;
  table["session.queue.updateText"] = UpdateText;
  table["session.queue.moveItem"] = MoveItem;
  table["session.queue.removeAt"] = RemoveAt;
  table["session.queue.insertAt"] = InsertAt;
  table["session.queue.duplicateAt"] = DuplicateAt;
  table["session.queue.sendNow"] = SendNow;
  table["session.queue.setDrainPaused"] = SetDrainPaused;
}

}  // namespace copilot::fake_cli
