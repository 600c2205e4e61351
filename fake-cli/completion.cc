// SPDX-License-Identifier: MIT
#include "fake-cli/completion.h"

namespace copilot::fake_cli {
namespace {

constexpr char kWords[] =
    "wrap check methods completion --headless --stdio --port --host "
    "--auth-token-env --no-auto-login --no-auto-update --log-level "
    "--session-idle-timeout --remote --script --journal --emulate --out --json "
    "--schemas --version --help";

}  // namespace

std::optional<std::string> Completion(const std::string& shell) {
  const std::string words = kWords;
  if (shell == "bash") {
    return "complete -f -W '" + words + "' fake-copilot\n";
  }
  if (shell == "zsh") {
    return "#compdef fake-copilot\n_arguments '*: :(" + words +
           ")' '*:file:_files'\n";
  }
  if (shell == "fish") {
    return "complete -c fake-copilot -a '" + words + "'\n";
  }
  return std::nullopt;
}

}  // namespace copilot::fake_cli
