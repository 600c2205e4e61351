// SPDX-License-Identifier: MIT
//
// The SdkClient that talks to a real CLI, exactly as the official SDK 1.0.14
// does: started by the first session, one handshake, protocol version 3. A CLI
// that died is started anew by the next session.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/cli_connection.h"
#include "harness/clock.h"
#include "harness/environment.h"
#include "harness/executor.h"
#include "harness/loop.h"
#include "harness/sdk_client.h"

namespace copilot::harness {

// What all clients of a harness share. `loop` outlives them.
struct CliWorld {
  Loop* loop = nullptr;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Executor> executor;
  std::shared_ptr<const Environment> environment;
  CliTarget target;
  std::function<void(std::string_view)> on_stderr;  // optional
};

// How the CLI of a client is started (protocol 1.1). The token is in the
// environment only.
CliLaunch MakeLaunch(const CliWorld& world, const ClientOptions& options);

std::shared_ptr<SdkClient> MakeCliClient(CliWorld world, ClientOptions options);

// A factory of such clients. Fails with code COPILOT_CLI_MISSING when the world
// has neither program nor server.
std::shared_ptr<ClientFactory> MakeCliClientFactory(CliWorld world);

}  // namespace copilot::harness
