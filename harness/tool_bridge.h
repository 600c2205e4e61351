// SPDX-License-Identifier: MIT
//
// The host's tools as the CLI gets them (harness spec 8): filtered by the
// allowlist, checked for duplicates, each call answered with a result or a
// failure, never with an exception.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
#include "harness/profile.h"
#include "harness/redaction.h"
#include "harness/tool_catalogue.h"

namespace copilot::harness {

// What a run's tools look like.
struct ToolSurface {
  std::vector<SdkTool> tools;                // what the CLI sees
  std::set<std::string> controls;            // those of them that are controls
  std::shared_ptr<ToolCatalogue> catalogue;  // behind them; null: none

  // Leaves what another allowlist keeps, and the controls.
  void Narrow(const std::vector<std::string>& allowlist);

  // What the model can call: visible names, then those behind the controls.
  std::vector<std::string> CallableNames() const;
};

// What the journal profile adds to the bridge; the default adds nothing, as in
// the docs profile.
struct ToolRules {
  // The host's capabilities are required, and tools are bound to them.
  bool host_bound = false;
  // What the model sees passes through it; null: unchanged.
  std::shared_ptr<const Redactor> redactor;
  // A call of the CLI's has its result. On the call's thread; may be empty.
  std::function<void(const std::string& tool_call_id,
                     const std::string& tool_name, bool is_error)>
      on_result;
};

// The rules of a profile. `secrets` are credentials of the attempt, which the
// model must not see; they are copied.
ToolRules ToolRulesOf(Profile profile,
                      const std::vector<wire::Secret>& secrets);

// The tools of an attempt. None for runs without tools and for providers that
// nobody serves. Fails with what the host's factory failed with, or with
// `[copilot-tool-bridge] …` for blank or duplicate names, and where `rules` ask
// for capabilities that the host lacks. `signal` is the attempt's.
Expected<ToolSurface> BridgeTools(const AttemptParams& params,
                                  const AttemptHost& host,
                                  const AbortSignal& signal,
                                  const ToolContext& context = {},
                                  const ToolRules& rules = {});

}  // namespace copilot::harness
