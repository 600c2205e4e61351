// SPDX-License-Identifier: MIT
#include "fake-model/completion.h"

namespace copilot::fake_model {
namespace {

constexpr char kWords[] =
    "check completion --port --host --script --record --strict --tls-cert "
    "--tls-key --until-eof --help";

}  // namespace

std::optional<std::string> Completion(const std::string& shell) {
  const std::string words = kWords;
  if (shell == "bash") return "complete -f -W '" + words + "' fake-model\n";
  if (shell == "zsh") {
    return "#compdef fake-model\n_arguments '*: :(" + words +
           ")' '*:file:_files'\n";
  }
  if (shell == "fish") {
    return "complete -c fake-model -a '" + words + "'\n";
  }
  return std::nullopt;
}

}  // namespace copilot::fake_model
