// SPDX-License-Identifier: MIT
#include "fake-cli/message_queue.h"

#include <algorithm>
#include <utility>

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

Json Orders(const std::deque<QueuedMessage>& messages) {
  Json orders = Json::array();
  for (const QueuedMessage& message : messages) {
    orders.push_back(message.number);
  }
  return orders;
}

}  // namespace

void MessageQueue::Steer(QueuedMessage message) {
  Number(&message);
  message.delivery = "steering";
  steering_.push_back(std::move(message));
}

QueuedMessage MessageQueue::Take() {
  QueuedMessage message = std::move(items_.front());
  items_.pop_front();
  return message;
}

void MessageQueue::Clear() {
  items_.clear();
  steering_.clear();
}

bool MessageQueue::RemoveLast() {
  if (items_.empty() && steering_.empty()) return false;
  const bool steers =
      items_.empty() ||
      (!steering_.empty() && steering_.back().number > items_.back().number);
  (steers ? steering_ : items_).pop_back();
  return true;
}

QueuedMessage* MessageQueue::Find(const std::string& number) {
  for (QueuedMessage& message : items_) {
    if (std::to_string(message.number) == number) return &message;
  }
  return nullptr;
}

std::optional<QueuedMessage> MessageQueue::Remove(const std::string& number) {
  for (auto at = items_.begin(); at != items_.end(); ++at) {
    if (std::to_string(at->number) != number) continue;
    QueuedMessage message = std::move(*at);
    items_.erase(at);
    return message;
  }
  return std::nullopt;
}

void MessageQueue::Insert(size_t position, QueuedMessage message) {
  const size_t at = std::min(position, items_.size());
  items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(at),
                std::move(message));
}

Json MessageQueue::Items(const std::string& mode) const {
  Json items = Json::array();
  for (const QueuedMessage& message : items_) {
    items.push_back({{"id", std::to_string(message.number)},
                     {"messageId", message.id},
                     {"kind", "message"},
                     {"displayText", message.display},
                     {"agentMode",
                      message.agent_mode.empty() ? mode : message.agent_mode}});
  }
  return items;
}

Json MessageQueue::SteeringTexts() const {
  Json texts = Json::array();
  for (const QueuedMessage& message : steering_) {
    texts.push_back(message.display);
  }
  return texts;
}

Json MessageQueue::ItemOrders() const { return Orders(items_); }

Json MessageQueue::SteeringOrders() const { return Orders(steering_); }

}  // namespace copilot::fake_cli
