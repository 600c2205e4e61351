// SPDX-License-Identifier: MIT
#pragma once

#include "harness/error.h"

namespace copilot::harness {

// Whether the harness takes a model: {supported, priority?, reason?}. `context`
// has runtime, provider, ownerStatus, owners, model (harness spec 2.2).
Json Supports(const Json& context);

}  // namespace copilot::harness
