// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/run/settings.h"

namespace copilot::conformance {

struct TraceSelection {
  std::string directory;              // of traces and differences.json
  std::vector<std::string> patterns;  // of names; all when empty
  bool every_difference = false;      // else the first of each trace
};

// Plays the selected traces and prints for each how much is the same, and what
// is not. True when nothing differs but what is accepted. The error is wrong
// input: no such trace, or a file that cannot be read.
tl::expected<bool, std::string> CompareTraces(const TraceSelection& selection,
                                              const Settings& settings,
                                              int jobs);

}  // namespace copilot::conformance
