// SPDX-License-Identifier: MIT
//
// The host's tools as the CLI gets them (harness spec 8): filtered by the
// allowlist, checked for duplicates, each call answered with a result or a
// failure, never with an exception.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/attempt_types.h"
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

// The tools of an attempt. None for runs without tools and for providers that
// nobody serves. Fails with what the host's factory failed with, or with
// `[copilot-tool-bridge] …` for blank or duplicate names. `signal` is the
// attempt's.
Expected<ToolSurface> BridgeTools(const AttemptParams& params,
                                  const AttemptHost& host,
                                  const AbortSignal& signal,
                                  const ToolContext& context = {});

}  // namespace copilot::harness
