// SPDX-License-Identifier: MIT
#include "harness/completion.h"

namespace copilot::harness {
namespace {

constexpr char kBash[] = R"(_copilot_harness() {
  local word="${COMP_WORDS[COMP_CWORD]}" words conversation
  local kinds="shell write mcp read url custom-tool memory hook"
  case "${COMP_WORDS[COMP_CWORD-1]}" in
    --cli|--store|--config|--attach) COMPREPLY=($(compgen -f -- "$word")); return ;;
    --cwd|--home) COMPREPLY=($(compgen -d -- "$word")); return ;;
    --allow|--deny) COMPREPLY=($(compgen -W "$kinds" -- "$word")); return ;;
  esac
  conversation="--cli --cli-url --config --agent --model --session --store
    --cwd --home --provider-base-url --provider-key-env --json --help"
  case "${COMP_WORDS[1]}" in
    run) words="--prompt --attach --timeout --allow --deny $conversation" ;;
    compact) words="--instructions $conversation" ;;
    explain) words="--config --agent --model --home --json --help" ;;
    doctor) words="--config --json --help" ;;
    adapter) words="--help" ;;
    completion) words="bash zsh fish" ;;
    *) words="run compact explain doctor adapter completion --help
      --version" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _copilot_harness copilot-harness
)";

constexpr char kZsh[] = R"(#compdef copilot-harness
_copilot_harness() {
  if (( CURRENT == 2 )); then
    _values command 'run[run a turn, or a conversation]' \
      'compact[make a stored conversation shorter]' \
      'explain[tell what a turn would run with]' \
      'doctor[examine a configuration]' \
      'adapter[speak the conformance adapter protocol]' \
      'completion[print a completion script]'
    return
  fi
  local kinds='(shell write mcp read url custom-tool memory hook)'
  local -a config conversation
  config=('--config[configuration of the host]:file:_files' \
    '--json[print JSON]')
  conversation=($config '--cli[the CLI]:file:_files' \
    '--cli-url[a running server]:host\:port:' '--model[model id]:id:' \
    '--session[conversation]:name:' '--store[bindings]:file:_files' \
    '--cwd[working directory]:directory:_directories' \
    '--agent[agent id]:id:' '--home[CLI state]:directory:_directories' \
    '--provider-base-url[endpoint]:url:' \
    '--provider-key-env[variable]:name:_parameters')
  case "$words[2]" in
    run) _arguments $conversation '--prompt[what to say]:text:' \
      '*--attach[an image]:file:_files' \
      '--timeout[seconds]:seconds:' "--allow[approve]:kind:$kinds" \
      "--deny[reject]:kind:$kinds" ;;
    compact) _arguments $conversation '--instructions[what to heed]:text:' ;;
    explain) _arguments $config '--agent[agent id]:id:' '--model[model]:id:' \
      '--home[CLI state]:directory:_directories' ;;
    doctor) _arguments $config ;;
    completion) _values shell bash zsh fish ;;
  esac
}
compdef _copilot_harness copilot-harness
)";

constexpr char kFish[] = R"(set -l c complete -c copilot-harness
$c -f -n __fish_use_subcommand -a run -d 'Run a turn, or a conversation'
$c -f -n __fish_use_subcommand -a compact -d 'Make a conversation shorter'
$c -f -n __fish_use_subcommand -a explain -d 'What a turn would run with'
$c -f -n __fish_use_subcommand -a doctor -d 'Examine a configuration'
$c -f -n __fish_use_subcommand -a adapter -d 'Speak the adapter protocol'
$c -f -n __fish_use_subcommand -a completion -d 'Print a completion script'
set -l kinds 'shell write mcp read url custom-tool memory hook'
set -l r '__fish_seen_subcommand_from run'
set -l t '__fish_seen_subcommand_from run compact'
set -l e '__fish_seen_subcommand_from run compact explain'
set -l j '__fish_seen_subcommand_from run compact explain doctor'
$c -n $r -l prompt -s p -x -d 'What to say'
$c -n $r -l attach -r -d 'An image that goes with the prompt'
$c -n $r -l timeout -x -d 'Seconds'
$c -n $r -l allow -x -a $kinds -d 'Permission requests to approve'
$c -n $r -l deny -x -a $kinds -d 'Permission requests to reject'
$c -n '__fish_seen_subcommand_from compact' -l instructions -x -d 'For the summary'
$c -n $t -l cli -r -d 'The CLI to start'
$c -n $t -l cli-url -x -d 'A running CLI server'
$c -n $t -l session -x -d 'Name of the conversation'
$c -n $t -l store -r -d 'File that remembers conversations'
$c -n $t -l cwd -r -d 'Working directory'
$c -n $t -l provider-base-url -x -d 'OpenAI-compatible endpoint'
$c -n $t -l provider-key-env -x -d 'Variable that holds its key'
$c -n $e -l model -x -d 'Model id'
$c -n $e -l agent -x -d 'Agent id'
$c -n $e -l home -r -d 'State directory of the CLI'
$c -n $j -l config -r -d 'Configuration of the host'
$c -n $j -l json -d 'Print JSON'
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
