// SPDX-License-Identifier: MIT
//
// The provider brain: an agent loop against a model endpoint, as the real CLI
// runs it for sessions with a provider of their own (OpenAI chat completions;
// protocol 15.2 and 22.1).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "fake-cli/brain.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {

std::unique_ptr<Player> MakeProviderPlayer(Session& session);

// One model call that summarises the conversation. `done` runs once on the
// io_context, with the summary or the error's text.
void SummarizeWithProvider(
    const std::shared_ptr<Session>& session, const std::string& instructions,
    std::function<void(tl::expected<std::string, std::string>)> done);

}  // namespace copilot::fake_cli
