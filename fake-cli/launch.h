// SPDX-License-Identifier: MIT
//
// The command line and environment of the CLI's server mode (protocol 1), and
// what the real CLI prints when they are wrong.
#pragma once

#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "wire/secret.h"

namespace copilot::fake_cli {

using Environment = std::map<std::string, std::string>;

struct LaunchOptions {
  bool stdio = false;
  int port = 0;  // TCP; 0: any free port
  std::string host = "127.0.0.1";
  std::string auth_token_variable;
  bool auto_login = true;

  // From the environment.
  wire::Secret auth_token;        // of auth_token_variable
  wire::Secret connection_token;  // TCP only
  std::string copilot_home;
  std::string cache;    // where the real CLI unpacks itself
  std::string model;    // COPILOT_MODEL
  bool online = false;  // COPILOT_OFFLINE is not set

  // Ours.
  std::string script;
  std::string journal;
  std::string emulate;  // a release; empty: the newest
};

// What to print and how to end instead of serving.
struct EarlyExit {
  int code = 0;
  std::string out;
  std::string err;
};

// `arguments` without the program's name.
tl::expected<LaunchOptions, EarlyExit> ParseLaunch(
    const std::vector<std::string>& arguments, const Environment& environment);

// `environ` as a map.
Environment CurrentEnvironment();

}  // namespace copilot::fake_cli
