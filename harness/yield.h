// SPDX-License-Identifier: MIT
//
// A tool's wish to end the turn after its call (harness spec 8.8).
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "harness/attempt_types.h"
#include "harness/sdk_session.h"

namespace copilot::harness {

// Thread-safe. Tools may keep it beyond the attempt: without a session there is
// nothing to abort.
class Yield {
 public:
  explicit Yield(AttemptHost host) : host_(std::move(host)) {}

  // Tells the host, whose failure is only warned about, then aborts the live
  // session, once. Blocks while the CLI takes the abort.
  void Request(const std::string& message, const Json& acknowledgment);

  void Bind(std::shared_ptr<SdkSession> session);
  void Unbind() { Bind(nullptr); }

  bool requested() const;
  Json acknowledgment() const;

 private:
  const AttemptHost host_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<SdkSession> session_;
  bool requested_ = false;
  bool aborted_ = false;
  Json acknowledgment_;
};

}  // namespace copilot::harness
