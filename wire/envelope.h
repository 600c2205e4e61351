// SPDX-License-Identifier: MIT
//
// The members of a JSON-RPC message that are not its payload, and the rules
// they must keep. What the real CLI answers to a message that breaks one was
// observed; protocol 4 lists the common cases.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/message.h"

namespace copilot::wire {

// Raw JSON of the members; of repeated ones the last. Views into the body.
struct Envelope {
  std::optional<std::string_view> version, id, method, params, result, error;

  // Takes a member, its key as it stands between its quotes.
  void Set(std::string_view raw_key, std::string_view raw_value);

  // What the members make; nothing when they make no message.
  std::optional<Message::Kind> Kind(IdRule rule) const;

  // Which rule a message of this kind breaks, in the words of the real CLI;
  // empty when it keeps them all.
  std::string Complaint(Message::Kind kind, IdRule rule) const;
};

}  // namespace copilot::wire
