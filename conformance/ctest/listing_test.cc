// SPDX-License-Identifier: MIT
#include "conformance/ctest/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

using ::testing::HasSubstr;

TEST(CTestListing, NamesEachScenario) {
  EXPECT_EQ(
      CTestListing({{"auth/a", {"auth", "core"}, 60}}, {"suite", "run"}, "/w"),
      "add_test([=[scenario.auth/a]=] [=[suite]=] [=[run]=] [=[auth/a]=])\n"
      "set_tests_properties([=[scenario.auth/a]=] PROPERTIES LABELS "
      "[=[auth;core]=] TIMEOUT 60 WORKING_DIRECTORY [=[/w]=] "
      "SKIP_REGULAR_EXPRESSION [=[nothing ran: every selected scenario was "
      "skipped]=])\n");
  EXPECT_EQ(CTestListing({}, {"suite"}, "/w"), "");
}

// Any text gets through CTest to the program as it is.
TEST(CTestListing, QuotesAnyWord) {
  const Sandbox sandbox;
  const std::string record = sandbox.temp() + "/record";
  const std::string words[] = {"a b",   "",        "]=]",   "x]=",   "[==[",
                               "\n\nx", "${HOME}", "\"q\"", "a;b\\", "$<1:x>"};
  std::vector<std::string> command = {
      "/bin/sh", "-c",
      "for w in \"$@\"; do printf '<%s>' \"$w\"; done >" + record, "sh"};
  std::string expected;
  for (const std::string& word : words) {
    command.push_back(word);
    expected += "<" + word + ">";
  }
  sandbox.Write(sandbox.temp() + "/CTestTestfile.cmake",
                CTestListing({{"a/b", {"a"}, 60}}, command, sandbox.temp()));
  const std::string run = "ctest --test-dir " + sandbox.temp() + " -Q";
  if (std::system("ctest --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "ctest is not installed";
  }
  EXPECT_EQ(std::system(run.c_str()), 0);
  EXPECT_EQ(ReadFile(record), expected + "<a/b>");
}

}  // namespace
}  // namespace copilot::conformance
