// SPDX-License-Identifier: MIT
#include "harness/active_run.h"

#include <utility>

namespace copilot::harness {

Expected<bool> ActiveRun::Queue(const std::string& text) {
  if (user_input_.Claim(text)) return true;
  std::shared_ptr<SdkSession> session;
  {
    const std::lock_guard lock(mutex_);
    session = session_;
  }
  if (session == nullptr) {
    return Fail("Copilot steering is unavailable after the active run ended");
  }
  MessageOptions message;
  message.prompt = text;
  const Status sent = session->Send(message);
  if (!sent) return Fail(sent.error());
  return false;
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

void ActiveRun::Attach(std::shared_ptr<SdkSession> session) {
  const std::lock_guard lock(mutex_);
  session_ = std::move(session);
}

void ActiveRun::Detach() {
  user_input_.Cancel();
  const std::lock_guard lock(mutex_);
  session_.reset();
}

}  // namespace copilot::harness
