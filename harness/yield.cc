// SPDX-License-Identifier: MIT
#include "harness/yield.h"

#include <utility>

namespace copilot::harness {

void Yield::Request(const std::string& message, const Json& acknowledgment) {
  if (host_.on_yield) {
    if (const Status told = host_.on_yield(message, acknowledgment); !told) {
      host_.Warn("[copilot-attempt] onYieldDetected failed: " +
                 told.error().message);
    }
  }
  std::shared_ptr<SdkSession> session;
  {
    const std::lock_guard lock(mutex_);
    requested_ = true;
    if (!acknowledgment.is_null()) acknowledgment_ = acknowledgment;
    if (aborted_ || !session_) return;
    aborted_ = true;
    session = session_;
  }
  if (const Status aborted = session->Abort(); !aborted) {
    host_.Warn("[copilot-attempt] session.abort failed: " +
               aborted.error().message);
  }
}

void Yield::Bind(std::shared_ptr<SdkSession> session) {
  const std::lock_guard lock(mutex_);
  session_ = std::move(session);
}

bool Yield::requested() const {
  const std::lock_guard lock(mutex_);
  return requested_;
}

Json Yield::acknowledgment() const {
  const std::lock_guard lock(mutex_);
  return acknowledgment_;
}

}  // namespace copilot::harness
