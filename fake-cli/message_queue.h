// SPDX-License-Identifier: MIT
//
// The messages that a session has not taken up yet (protocol 8): those that
// begin a turn of their own, in order, and those that steer the running one.
#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "wire/peer.h"

namespace copilot::fake_cli {

struct QueuedMessage {
  std::string id;
  int64_t number = 0;      // in the queue, from 0
  std::string agent_mode;  // of this turn; empty: the session's
  std::string prompt;      // for the model
  std::string display;     // for the event
  nlohmann::json attachments;
  nlohmann::json request_headers;
  bool immediate = false;
  std::string delivery = "idle";
  wire::Responder responder;  // unanswered only while `wait` is asked for
  bool wait = false;
  std::string originating;  // whose turn it steered; empty: its own
  bool resumed = false;     // no message: the agent goes on after tools
  bool from_hook = false;   // a hook of agentStop wants the turn to go on
};

class MessageQueue {
 public:
  // Numbers the message; one that steers takes a second number when it waits
  // to steer.
  void Number(QueuedMessage* message) { message->number = next_++; }
  void Add(QueuedMessage message) { items_.push_back(std::move(message)); }
  void AddFirst(QueuedMessage message) {
    items_.push_front(std::move(message));
  }
  void Steer(QueuedMessage message);

  bool empty() const { return items_.empty(); }
  // The first of a queue that is not empty.
  QueuedMessage Take();
  std::deque<QueuedMessage> TakeSteering() {
    return std::exchange(steering_, {});
  }
  bool has_steering() const { return !steering_.empty(); }

  void Clear();
  // What came last, to wait or to steer. False without one.
  bool RemoveLast();

  // By number, as a text. Null or nothing when no such message waits.
  QueuedMessage* Find(const std::string& number);
  std::optional<QueuedMessage> Remove(const std::string& number);
  // Positions from 0; beyond the end is the end.
  void Insert(size_t position, QueuedMessage message);

  // JSON arrays of what waits, as session.queue.pendingItems shows it; `mode`
  // is that of messages without one.
  nlohmann::json Items(const std::string& mode) const;
  nlohmann::json SteeringTexts() const;
  // Their numbers.
  nlohmann::json ItemOrders() const;
  nlohmann::json SteeringOrders() const;

 private:
  int64_t next_ = 0;
  std::deque<QueuedMessage> items_;
  std::deque<QueuedMessage> steering_;
};

}  // namespace copilot::fake_cli
