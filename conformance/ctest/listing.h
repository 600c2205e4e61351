// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace copilot::conformance {

// A scenario as a test of CTest.
struct ListedTest {
  std::string id;
  std::vector<std::string> labels;
  int seconds = 0;  // that it may take
};

// The text of a file for CTest (a CTestTestfile, or one of a directory's
// TEST_INCLUDE_FILES): a test "scenario.<id>" for each, which runs `command`
// with the id as its last argument in `directory`. A test whose scenario is
// skipped is skipped.
std::string CTestListing(const std::vector<ListedTest>& tests,
                         const std::vector<std::string>& command,
                         const std::string& directory);

}  // namespace copilot::conformance
