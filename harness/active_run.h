// SPDX-License-Identifier: MIT
//
// The handle to a running attempt that messages are queued on (harness spec
// 1.8). Thread-safe; outlives the attempt harmlessly.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "harness/error.h"
#include "harness/sdk_session.h"
#include "harness/user_input.h"

namespace copilot::harness {

class ActiveRun {
 public:
  // Answers a pending question (true), else steers the session (false).
  // Blocks while the CLI takes the message.
  Expected<bool> Queue(const std::string& text);

  // Answers a pending question; false when there is none.
  bool Answer(const std::string& text) { return user_input_.Claim(text); }

  // Cancels a pending question and aborts the session, once; nothing when the
  // run is over. Blocks while the CLI takes the abort.
  Status Abort();

  UserInput& user_input() { return user_input_; }

  // Called by the attempt.
  void Attach(std::shared_ptr<SdkSession> session);
  void Detach();

 private:
  UserInput user_input_;
  std::mutex mutex_;
  std::shared_ptr<SdkSession> session_;
  bool aborted_ = false;
};

}  // namespace copilot::harness
