// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace copilot::conformance {

// Which versions an expectation is about: "1.2.3" for one, or comparisons that
// must all hold, ">=1.2 <2". Numbers that are missing are 0, and what follows a
// "-" comes before the release: 1.2.0-rc.1 < 1.2.
class VersionRange {
 public:
  // The error says what was expected.
  static tl::expected<VersionRange, std::string> Parse(const std::string& text);

  // False for a version that cannot be compared, "main" for instance, unless
  // the range is exactly that.
  bool Contains(const std::string& version) const;

 private:
  struct Bound {
    std::string comparison;  // "<", "<=", ">", ">=", "="
    std::string version;
  };
  std::vector<Bound> bounds_;
};

}  // namespace copilot::conformance
