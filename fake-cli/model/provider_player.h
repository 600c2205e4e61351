// SPDX-License-Identifier: MIT
//
// The provider brain: an agent loop against a model endpoint, as the real CLI
// runs it for sessions with a provider of their own (OpenAI chat completions;
// protocol 15.2 and 22.1).
#pragma once

#include <memory>

#include "fake-cli/brain.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {

std::unique_ptr<Player> MakeProviderPlayer(Session& session);

}  // namespace copilot::fake_cli
