// SPDX-License-Identifier: MIT
//
// Keys that say whether a remembered SDK session fits an attempt (harness spec
// 2.5). No secret and no URL is in them, only fingerprints.
#pragma once

#include <string>

#include "harness/attempt_types.h"

namespace copilot::harness {

struct CompatKeys {
  std::string compat;   // for attempts
  std::string compact;  // for compaction: without api, URL and auth
};

// `auth` is null when it could not be resolved.
CompatKeys MakeCompatKeys(const AttemptParams& params,
                          const std::string& resolved_copilot_home,
                          const ResolvedAuth* auth);

}  // namespace copilot::harness
