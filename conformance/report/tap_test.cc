// SPDX-License-Identifier: MIT
#include "conformance/report/tap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(TapReport, HasAPointForEveryStatus) {
  const std::string text = TapReport({EveryStatus()});
  EXPECT_THAT(text, StartsWith("TAP version 14\n1..8\n# some-harness 1.2\n"
                               "ok 1 - auth/pass: Title of auth/pass\n"
                               "not ok 2 - auth/fail: Title of auth/fail\n"
                               "  ---\n"
                               "  message: \"received session.create\"\n"
                               "  severity: fail\n"));
  EXPECT_THAT(text, HasSubstr("not ok 3 - auth/error: "));
  EXPECT_THAT(text, HasSubstr("\nok 4 - turn/skip: Title of turn/skip # SKIP "
                              "lacks \"abort\"\n"));
  EXPECT_THAT(text, HasSubstr("\nok 5 - turn/rehearsed: Title of "
                              "turn/rehearsed (rehearsed)\n"));
  EXPECT_THAT(text,
              HasSubstr("\nnot ok 6 - turn/expected: Title of "
                        "turn/expected # TODO received session.create\n"));
  EXPECT_THAT(text, HasSubstr("\nnot ok 7 - turn/unexpected: "));
  EXPECT_THAT(text, HasSubstr("\nnot ok 8 - turn/flake: "));
}

TEST(TapReport, ExplainsInYaml) {
  const std::string text = TapReport({{EveryStatus()[1]}});
  EXPECT_THAT(text, HasSubstr("  explanation: |\n"
                              "    received session.create\n"
                              "      $.model\n"
                              "    - \"a\"\n"
                              "    + \"b\"\n"
                              "  conversation: |\n"
                              "    seconds, from → to, what was said\n"
                              "        0.001  runner → harness  "));
  EXPECT_THAT(text,
              HasSubstr("  reproduce: \"copilot-conformance run auth/fail "
                        "--keep\"\n  ...\n"));
}

TEST(TapReport, WhatWouldMeanSomethingIsEscaped) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.title = "with # TODO and \\ inside\nnot ok 7";
  verdict.stderr_tail = "   \n\n  indented\n...\n\x01";
  const std::string text = TapReport({{verdict}});
  EXPECT_THAT(text, HasSubstr("\nnot ok 1 - a/b: with \\# TODO and \\\\ inside "
                              "not ok 7\n"));
  EXPECT_THAT(text, HasSubstr("  stderr: |\n    indented\n    ...\n    ?\n"));
}

}  // namespace
}  // namespace copilot::conformance
