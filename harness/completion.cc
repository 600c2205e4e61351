// SPDX-License-Identifier: MIT
#include "harness/completion.h"

namespace copilot::harness {
namespace {

constexpr char kBash[] = R"(_copilot_harness() {
  local word="${COMP_WORDS[COMP_CWORD]}" words
  case "${COMP_WORDS[COMP_CWORD-1]}" in
    --cli|--store) COMPREPLY=($(compgen -f -- "$word")); return ;;
    --cwd|--home) COMPREPLY=($(compgen -d -- "$word")); return ;;
  esac
  case "${COMP_WORDS[1]}" in
    run) words="--prompt --cli --cli-url --model --session --store --cwd
      --agent --home --timeout --provider-base-url --provider-key-env --json
      --help" ;;
    adapter) words="--help" ;;
    completion) words="bash zsh fish" ;;
    *) words="run adapter completion --help --version" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _copilot_harness copilot-harness
)";

constexpr char kZsh[] = R"(#compdef copilot-harness
_copilot_harness() {
  if (( CURRENT == 2 )); then
    _values command 'run[run one turn]' \
      'adapter[speak the conformance adapter protocol]' \
      'completion[print a completion script]'
    return
  fi
  case "$words[2]" in
    run) _arguments '--prompt[what to say]:text:' '--cli[the CLI]:file:_files' \
      '--cli-url[a running server]:host\:port:' '--model[model id]:id:' \
      '--session[conversation]:name:' '--store[bindings]:file:_files' \
      '--cwd[working directory]:directory:_directories' \
      '--agent[agent id]:id:' '--home[CLI state]:directory:_directories' \
      '--timeout[seconds]:seconds:' '--provider-base-url[endpoint]:url:' \
      '--provider-key-env[variable]:name:_parameters' \
      '--json[print the whole result]' ;;
    completion) _values shell bash zsh fish ;;
  esac
}
compdef _copilot_harness copilot-harness
)";

constexpr char kFish[] = R"(set -l c complete -c copilot-harness
$c -f -n __fish_use_subcommand -a run -d 'Run one turn'
$c -f -n __fish_use_subcommand -a adapter -d 'Speak the adapter protocol'
$c -f -n __fish_use_subcommand -a completion -d 'Print a completion script'
set -l r '__fish_seen_subcommand_from run'
$c -n $r -l prompt -s p -x -d 'What to say'
$c -n $r -l cli -r -d 'The CLI to start'
$c -n $r -l cli-url -x -d 'A running CLI server'
$c -n $r -l model -x -d 'Model id'
$c -n $r -l session -x -d 'Name of the conversation'
$c -n $r -l store -r -d 'File that remembers conversations'
$c -n $r -l cwd -r -d 'Working directory'
$c -n $r -l agent -x -d 'Agent id'
$c -n $r -l home -r -d 'State directory of the CLI'
$c -n $r -l timeout -x -d 'Seconds'
$c -n $r -l provider-base-url -x -d 'OpenAI-compatible endpoint'
$c -n $r -l provider-key-env -x -d 'Variable that holds its key'
$c -n $r -l json -d 'Print the whole result'
$c -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
)";

}  // namespace

std::optional<std::string> CompletionScript(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return std::nullopt;
}

}  // namespace copilot::harness
