// SPDX-License-Identifier: MIT
//
// What the CLI sees in a shell command before it runs: its parts and the paths
// that it may touch. A glance, not a shell: quotes and operators are known,
// expansions are not (protocol 12.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace copilot::fake_cli {

// One command of a list or pipeline, without redirections.
struct ShellSegment {
  std::string program;
  std::string text;  // "rm -f two"
};

struct ShellCommand {
  std::vector<ShellSegment> segments;
  std::vector<std::string> paths;  // arguments and targets that may be paths
  bool writes = false;             // redirects output into a file
};

ShellCommand ReadShellCommand(std::string_view command);

}  // namespace copilot::fake_cli
