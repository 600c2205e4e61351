// SPDX-License-Identifier: MIT
#include "conformance/report/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// What a report of `verdicts` looks like.
std::string Printed(const std::vector<Verdict>& verdicts, bool colour,
                    bool progress) {
  const Contract contract = {
      {"C-1", {"C-1", "auth", "core", "It is so.", "", "", {}, ""}}};
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  TerminalReport report(out, colour, progress, verdicts.size(), contract);
  for (const Verdict& verdict : verdicts) report.Add(verdict);
  report.Finish(1.5);
  std::fclose(out);
  const std::string printed(text, size);
  std::free(text);
  return printed;
}

TEST(TerminalReport, EndsWithTheTotals) {
  EXPECT_THAT(Printed(OneOfEach(), false, false),
              EndsWith("\n1 passed, 2 failed, 1 skipped\n"));
  EXPECT_THAT(Printed({Make("a/b", Status::kPass)}, false, false),
              EndsWith("\n1 passed, 0 failed\n"));
  EXPECT_THAT(Printed({}, false, false), EndsWith("\n0 passed, 0 failed\n"));
}

TEST(TerminalReport, IsPlainTextWithoutColour) {
  const std::string text = Printed(OneOfEach(), false, false);
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
}

TEST(TerminalReport, PaintsAndShowsProgressWhenToldTo) {
  EXPECT_THAT(Printed(OneOfEach(), true, false),
              EndsWith("\033[31;1m1 passed, 2 failed, 1 skipped\033[0m\n"));
  EXPECT_THAT(Printed(OneOfEach(), false, true),
              HasSubstr("2/4 run, 1 failed"));
}

TEST(TerminalReport, ShowsWhatWasSaidAndHowToRunItAgain) {
  const std::string text = Printed(EveryStatus(), false, false);
  EXPECT_THAT(text,
              HasSubstr("    what was said\n"
                        "        0.001  runner → harness  attempt.run first  "
                        "{}\n"
                        "        0.002  harness → CLI     session.create  "
                        "{\"model\":\"b\"}\n"
                        "    >   0.003  CLI → harness     ✓ session.create  "
                        "{}\n"));
  EXPECT_THAT(text,
              HasSubstr("    again  copilot-conformance run auth/fail --keep"));
}

TEST(TerminalReport, PaintsTheDiff) {
  const std::string text = Printed(EveryStatus(), true, false);
  EXPECT_THAT(text, HasSubstr("\033[32m- \"a\"\033[0m\n"));
  EXPECT_THAT(text, HasSubstr("\033[31m+ \"b\"\033[0m\n"));
}

TEST(TerminalReport, ManyFailuresAreNotAllExplained) {
  const std::vector<Verdict> many(25, EveryStatus()[1]);
  const std::string text = Printed(many, false, false);
  size_t explained = 0;
  for (size_t at = 0; (at = text.find("    what was said\n", at)) != text.npos;
       ++at) {
    ++explained;
  }
  EXPECT_EQ(explained, 20u);
  EXPECT_THAT(text, HasSubstr("is shown for the first 20 failures"));
}

TEST(TerminalReport, ShowsEachProblemWithItsClause) {
  const std::string text = Printed(OneOfEach(), false, false);
  EXPECT_THAT(text, HasSubstr("FAIL  auth/fail  Title of auth/fail\n"
                              "      C-1  It is so.\n"
                              "    result of first\n"
                              "      $.a\n"
                              "      - 1\n"
                              "      + 2\n"));
  EXPECT_THAT(text, HasSubstr("a log line"));
  EXPECT_THAT(text, HasSubstr("ERROR turn/error"));
  EXPECT_THAT(text, HasSubstr("no adapter"));
  EXPECT_THAT(text, HasSubstr("skipped 1: lacks \"abort\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("auth/pass")));
}

TEST(TerminalReport, CallsEachKindOfProblemByItsName) {
  Verdict known = Make("a/known", Status::kExpectedFail);
  known.reason = "known for long";
  const std::string text =
      Printed({Make("a/flake", Status::kFlake),
               Make("a/pass", Status::kUnexpectedPass), known},
              false, false);
  EXPECT_THAT(text, HasSubstr("FLAKE a/flake  "));
  EXPECT_THAT(text, HasSubstr("UNEXPECTED PASS a/pass  "));
  EXPECT_THAT(text, Not(HasSubstr("a/known")));
  EXPECT_THAT(text, EndsWith("\n0 passed, 2 failed, 1 failed as expected\n"));
}

}  // namespace
}  // namespace copilot::conformance
