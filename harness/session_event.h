// SPDX-License-Identifier: MIT
//
// A session event as it came from the CLI. Routing looks at the type only; who
// needs more parses it, once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/error.h"

namespace copilot::harness {

// Not thread-safe: used on the loop's thread, during the call of a listener.
class SessionEvent {
 public:
  // `raw` must be valid JSON and outlive the event.
  explicit SessionEvent(std::string_view raw);
  // For tests and for events that are parsed already.
  explicit SessionEvent(Json event);

  const std::string& type() const { return type_; }

  // The whole event, and its `data` (an object, or null).
  const Json& json() const;
  const Json& data() const;

  // An event without agentId belongs to the session itself, others to a
  // sub-agent (harness spec 0.3).
  bool is_root() const;
  bool is_ephemeral() const;

  // A member of `data` when it is a string, else empty.
  std::string Text(const char* member) const;

 private:
  std::string_view raw_;
  std::string type_;
  mutable std::optional<Json> json_;
};

// A member of an object when it is a string, else empty.
std::string StringMember(const Json& object, const char* member);

// Null when absent or when `object` is no object.
const Json& MemberOrNull(const Json& object, const char* member);

}  // namespace copilot::harness
