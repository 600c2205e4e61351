// SPDX-License-Identifier: MIT
#include "harness/journal/terminal.h"

namespace copilot::harness {

Json TerminalOf(const AttemptResult& result) {
  Json terminal = {{"kind", "ok"}};
  if (result.timed_out) {
    terminal = {
        {"kind", "timeout"},
        {"phase", result.timed_out_during_compaction ? "compaction" : "prompt"},
        {"source", "runtime"}};
    if (result.aborted) terminal["aborted"] = true;
  } else if (result.aborted) {
    terminal = {{"kind", "aborted"},
                {"source", result.external_abort ? "external" : "runtime"}};
  }
  if (!result.prompt_error) return terminal;
  const Json error = ToJson(*result.prompt_error);
  if (terminal["kind"] == "ok") {
    return {{"kind", "failed"}, {"source", "prompt"}, {"error", error}};
  }
  terminal["failure"] = {{"source", "prompt"}, {"error", error}};
  return terminal;
}

}  // namespace copilot::harness
