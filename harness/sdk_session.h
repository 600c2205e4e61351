// SPDX-License-Identifier: MIT
//
// One CLI conversation, as an SDK presents it.
//
// Calls block and may be made from any thread but the loop's. Event listeners
// run on the loop's thread, one at a time, in the order in which the CLI sent
// the events; they must not block and must not call the session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/clock.h"
#include "harness/error.h"
#include "harness/session_event.h"

namespace copilot::harness {

struct MessageOptions {
  std::string prompt;
  std::string display_prompt;  // empty: absent
  Json attachments;            // null: absent
  Json request_headers;        // null: absent
};

class SdkSession {
 public:
  using Listener = std::function<void(const SessionEvent&)>;
  using ListenerId = uint64_t;

  virtual ~SdkSession() = default;

  virtual std::string id() const = 0;

  virtual ListenerId On(std::string type, Listener listener) = 0;
  // After this returned on the loop's thread, or after the listener that was
  // running returned, the listener is not called any more.
  virtual void Off(ListenerId id) = 0;

  virtual Status Send(const MessageOptions& message) = 0;

  // Sends and waits for the session to become idle. Gives the last root,
  // durable assistant.message event, or nothing when there was none. Fails with
  // `Timeout after <n>ms waiting for session.idle`, with the text of a
  // session.error, or when the CLI is gone.
  virtual Expected<std::optional<Json>> SendAndWait(
      const MessageOptions& message, Milliseconds timeout) = 0;

  // Interrupts what the session is doing.
  virtual Status Abort() = 0;

  // Lets the session go; it can be resumed. The second call does nothing.
  virtual Status Disconnect() = 0;

  // The raw result of history.compact.
  virtual Expected<Json> CompactHistory(
      const std::optional<std::string>& custom_instructions) = 0;
  virtual Status AbortManualCompaction() = 0;
  virtual Status CancelBackgroundCompaction(Milliseconds bound) = 0;
};

}  // namespace copilot::harness
