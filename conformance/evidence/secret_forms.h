// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace copilot::conformance {

// How a credential may stand in a text: as it is, or written down in a way that
// gives it back.
struct SecretForm {
  std::string text;
  std::string how;  // "", "quoted for JSON ", "in base64 "
};

// Each text once; none of an empty secret. Of base64 only what does not depend
// on what stands before and after it, for each of the three places where it may
// begin; short secrets leave too little of that to look for.
std::vector<SecretForm> FormsOf(const std::string& secret);

}  // namespace copilot::conformance
