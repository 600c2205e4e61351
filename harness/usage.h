// SPDX-License-Identifier: MIT
#pragma once

#include "harness/error.h"

namespace copilot::harness {

// The snapshot `{input?, output?, cacheRead?, cacheWrite?, total}` of an
// assistant.usage payload. Numbers are truncated towards zero and clamped at 0;
// what is no finite number is left out. Null for a payload that is no object
// (harness spec 14.1).
Json UsageSnapshot(const Json& payload);

// The usage of an assistant record: the snapshot, else the message's own
// `outputTokens`, with all members and a cost of zero.
Json AssistantUsage(const Json& snapshot, const Json& message_data);

}  // namespace copilot::harness
