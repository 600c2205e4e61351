// SPDX-License-Identifier: MIT
#include "harness/journal/write_hook.h"

#include <utility>

#include "harness/session_event.h"

namespace copilot::harness {
namespace {

// What a rewrite must leave alone, so that calls and results still fit.
Json TopologyOf(const Json& message) {
  Json calls = Json::array();
  const Json& content = MemberOrNull(message, "content");
  if (content.is_array()) {
    for (const Json& block : content) {
      if (StringMember(block, "type") != "toolCall") continue;
      calls.push_back({StringMember(block, "id"), StringMember(block, "name")});
    }
  }
  return {StringMember(message, "role"), StringMember(message, "toolCallId"),
          StringMember(message, "toolName"), std::move(calls)};
}

HookEffect Apply(const AttemptHost& host, Json* message) {
  const auto answer =
      host.run_hook("before_message_write", {{"message", *message}});
  if (!answer) {
    host.Warn("before_message_write hook failed: " + answer.error().message);
    return HookEffect::kNone;
  }
  if (MemberOrNull(*answer, "block") == true) return HookEffect::kSuppressed;
  const Json& changed = MemberOrNull(*answer, "message");
  if (!changed.is_object()) return HookEffect::kNone;
  // Objects compare by their members, in whatever order they came.
  if (changed == *message) return HookEffect::kNone;
  if (TopologyOf(changed) != TopologyOf(*message)) {
    return HookEffect::kSuppressed;
  }
  *message = changed;
  return HookEffect::kRewritten;
}

}  // namespace

HookEffect ApplyWriteHook(const AttemptHost& host, std::vector<Row>* group) {
  HookEffect effect = HookEffect::kNone;
  if (!host.wants("before_message_write")) return effect;
  for (Row& row : *group) {
    switch (Apply(host, &row.message)) {
      case HookEffect::kNone:
        break;
      case HookEffect::kRewritten:
        effect = HookEffect::kRewritten;
        break;
      case HookEffect::kSuppressed:
        return HookEffect::kSuppressed;
    }
  }
  return effect;
}

}  // namespace copilot::harness
