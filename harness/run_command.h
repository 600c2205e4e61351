// SPDX-License-Identifier: MIT
//
// `copilot-harness run`: one turn from a shell.
#pragma once

#include <string>

#include "harness/attempt_types.h"
#include "harness/cli_connection.h"
#include "harness/environment.h"
#include "harness/error.h"

namespace copilot::harness {

// What the program ends with.
enum ExitCode { kOk = 0, kTurnFailed = 1, kUsage = 2, kEnvironment = 3 };

struct RunOptions {
  std::string prompt;
  std::string cli;
  std::string cli_url;
  std::string model = "gpt-4.1";
  std::string session = "shell";
  std::string store;
  std::string cwd;
  std::string agent;
  std::string home;
  std::string provider_url;
  std::string provider_key_variable;
  int timeout_s = 600;
  bool json = false;
};

// The CLI that the options or the environment name: --cli-url, --cli,
// COPILOT_CLI_PATH, `copilot` in PATH. Fails with code COPILOT_CLI_MISSING when
// there is none, with code USAGE for an address that is none.
Expected<CliTarget> LocateCli(const RunOptions& options,
                              const Environment& environment);

AttemptParams MakeRunParams(const RunOptions& options,
                            const Environment& environment);

// Runs the turn; the answer goes to stdout, everything else to stderr. SIGINT
// and SIGTERM abort the turn.
int RunCommand(const RunOptions& options);

}  // namespace copilot::harness
