// SPDX-License-Identifier: MIT
//
// The handle to a running attempt that messages are queued on (harness spec
// 1.8). Thread-safe; outlives the attempt harmlessly.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "harness/error.h"
#include "harness/journal/receipt.h"
#include "harness/sdk_session.h"
#include "harness/user_input.h"

namespace copilot::harness {

struct QueuedMessage {
  std::string text;
  bool inbound = true;  // it came in from the user
  bool has_images = false;
};

// What became of a queued message.
struct Queued {
  bool claimed = false;  // it answered a question
  // In the journal profile, of a message that was sent; else null.
  std::shared_ptr<Receipt> receipt;
};

class ActiveRun {
 public:
  // Answers a pending question, else steers the session. Blocks while the CLI
  // takes the message. In the journal profile only what the user sent, without
  // images, is an answer.
  Expected<Queued> Queue(const QueuedMessage& queued);

  // The same for a text of the user's; true when it was an answer.
  Expected<bool> Queue(const std::string& text);

  // Answers a pending question; false when there is none.
  bool Answer(const std::string& text) { return user_input_.Claim(text); }

  // Cancels a pending question and aborts the session, once; nothing when the
  // run is over. Blocks while the CLI takes the abort.
  Status Abort();

  UserInput& user_input() { return user_input_; }

  // Called by the attempt. `steering` decides about messages until Detach;
  // null: all are sent.
  void Attach(std::shared_ptr<SdkSession> session,
              Steering* steering = nullptr);
  // No message is decided about any more afterwards.
  void Detach();

 private:
  bool IsAnswer(const QueuedMessage& queued);

  UserInput user_input_;
  std::mutex mutex_;
  std::shared_ptr<SdkSession> session_;
  bool aborted_ = false;
  Steering* steering_ = nullptr;
};

}  // namespace copilot::harness
