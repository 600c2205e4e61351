// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "harness/attempt_types.h"
#include "harness/journal/row_store.h"

namespace copilot::harness {

enum class HookEffect {
  kNone,
  kRewritten,   // what is stored is not what the SDK session remembers
  kSuppressed,  // the group must not be stored, not even in part
};

// Runs before_message_write on every row (harness spec 7.2). Blocking one, or
// changing its role or its tool calls, suppresses the group. A hook that throws
// changes nothing.
HookEffect ApplyWriteHook(const AttemptHost& host, std::vector<Row>* group);

}  // namespace copilot::harness
