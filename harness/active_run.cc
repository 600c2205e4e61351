// SPDX-License-Identifier: MIT
#include "harness/active_run.h"

#include <utility>

namespace copilot::harness {

bool ActiveRun::IsAnswer(const QueuedMessage& queued) {
  const std::lock_guard lock(mutex_);
  return steering_ == nullptr || (queued.inbound && !queued.has_images);
}

Expected<Queued> ActiveRun::Queue(const QueuedMessage& queued) {
  Queued outcome;
  outcome.claimed = IsAnswer(queued) && user_input_.Claim(queued.text);
  if (outcome.claimed) return outcome;
  std::shared_ptr<SdkSession> session;
  {
    const std::lock_guard lock(mutex_);
    session = session_;
    if (session != nullptr && steering_ != nullptr) {
      // Before it is sent: its event may come at once.
      auto expected = steering_->Expect(queued.text);
      if (!expected) return Fail(expected.error());
      outcome.receipt = std::move(*expected);
    }
  }
  if (session == nullptr) {
    return Fail("Copilot steering is unavailable after the active run ended");
  }
  MessageOptions message;
  message.prompt = queued.text;
  const Status sent = session->Send(message);
  if (sent) return outcome;
  if (outcome.receipt) outcome.receipt->Settle(sent);
  return Fail(sent.error());
}

Status ActiveRun::Abort() {
  std::shared_ptr<SdkSession> session;
  {
    const std::lock_guard lock(mutex_);
    if (aborted_ || session_ == nullptr) return {};
    aborted_ = true;
    session = session_;
  }
  user_input_.Cancel();
  return session->Abort();
}

Expected<bool> ActiveRun::Queue(const std::string& text) {
  const auto queued = Queue(QueuedMessage{text});
  if (!queued) return Fail(queued.error());
  return queued->claimed;
}

void ActiveRun::Attach(std::shared_ptr<SdkSession> session,
                       Steering* steering) {
  const std::lock_guard lock(mutex_);
  session_ = std::move(session);
  steering_ = steering;
}

void ActiveRun::Detach() {
  user_input_.Cancel();
  const std::lock_guard lock(mutex_);
  session_.reset();
  steering_ = nullptr;
}

}  // namespace copilot::harness
