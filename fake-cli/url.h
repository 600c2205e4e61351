// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace copilot::fake_cli {

struct SplitUrl {
  std::string origin;  // "http://host:port"
  std::string path;    // with its slash; empty when there is none
};

// Anything is taken apart; what is no URL fails when somebody dials it.
SplitUrl Split(const std::string& url);

}  // namespace copilot::fake_cli
