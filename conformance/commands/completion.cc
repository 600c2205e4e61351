// SPDX-License-Identifier: MIT
//
// Words for shells, taken from the commands and options themselves.
#include <cstdio>
#include <set>

#include "conformance/commands/command.h"

namespace copilot::conformance {
namespace {

void AddWords(const CLI::App& app, std::set<std::string>* words) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      words->insert("--" + name);
    }
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    words->insert(command->get_name());
    AddWords(*command, words);
  }
}

int Print(const CLI::App& app, const std::string& shell) {
  std::set<std::string> every;
  AddWords(app, &every);
  std::string words;
  for (const std::string& word : every) {
    words += (words.empty() ? "" : " ") + word;
  }
  if (shell == "bash") {
    std::printf("complete -o default -W '%s' copilot-conformance\n",
                words.c_str());
  } else if (shell == "zsh") {
    std::printf(
        "#compdef copilot-conformance\n_arguments '*: :(%s)' "
        "'*:file:_files'\n",
        words.c_str());
  } else if (shell == "fish") {
    std::printf("complete -c copilot-conformance -a '%s'\n", words.c_str());
  } else {
    return BadInput("completion is for bash, zsh or fish");
  }
  return kPassed;
}

}  // namespace

void AddCompletion(CLI::App& app, int* code) {
  const auto shell = std::make_shared<std::string>();
  auto* completion = app.add_subcommand("completion", "shell completion");
  completion->add_option("shell", *shell, "bash, zsh or fish")->required();
  completion->callback([&app, code, shell] { *code = Print(app, *shell); });
}

}  // namespace copilot::conformance
