// SPDX-License-Identifier: MIT
//
// `copilot-harness run`: a turn from a shell, or a conversation on a terminal.
#pragma once

#include <memory>
#include <string>

#include "harness/attempt_types.h"
#include "harness/cli_connection.h"
#include "harness/environment.h"
#include "harness/error.h"
#include "harness/exit_code.h"
#include "harness/turn.h"

namespace copilot::harness {

inline constexpr char kDefaultModel[] = "gpt-4.1";

struct RunOptions {
  std::string prompt;  // empty: from stdin, or a conversation
  std::string cli;
  std::string cli_url;
  std::string config;  // of the host; empty: options only
  std::string model;   // empty: of the configuration, else kDefaultModel
  std::string session = "shell";
  std::string store;
  std::string cwd;
  std::string agent;
  std::string home;
  std::string provider_url;
  std::string provider_key_variable;
  std::string instructions;         // of `compact`
  std::vector<std::string> attach;  // images that go with the first prompt
  int timeout_s = 600;
  TurnOptions turn;
};

// The CLI that the options or the environment name: --cli-url, --cli,
// COPILOT_CLI_PATH, which must exist; else the one that CliDiscovery finds.
// Fails with code COPILOT_CLI_MISSING when there is none, with code USAGE for
// an address that is none.
Expected<CliTarget> LocateCli(const RunOptions& options,
                              const Environment& environment);

AttemptParams MakeRunParams(const RunOptions& options,
                            const Environment& environment);

// The same with what the host's configuration says where the options are
// silent. Fails with code CONFIG for one that cannot be used, and where the
// host would not run the turn here.
Expected<AttemptParams> MakeConfiguredParams(const RunOptions& options,
                                             const Environment& environment);

// Puts the images of --attach into the parameters. Fails with code USAGE for a
// file that is none.
Status AttachImages(const RunOptions& options, const Environment& environment,
                    AttemptParams* params);

// The exit code for an error of the functions above.
int ExitCodeOf(const Error& error);

// Runs the turn that the options tell of. Without a prompt, stdin is the
// prompt, or, on a terminal, each line is one.
int RunCommand(const RunOptions& options);

}  // namespace copilot::harness
