// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace copilot::conformance {

struct GapsRequest {
  std::string schemas;   // directory of a release's schemas
  std::string since;     // the same of an older one; what it has is left out
  std::string traces;    // directory of recordings
  std::string fake_cli;  // asked for its methods
  bool json = false;
};

// What the fake does not know of a release, as text to print. The error names
// what could not be read or started.
tl::expected<std::string, std::string> ReportGaps(const GapsRequest& request);

}  // namespace copilot::conformance
