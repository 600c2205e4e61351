// SPDX-License-Identifier: MIT
#include "conformance/report/github.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(GitHubAnnotations, StandOnTheFilesOfScenarios) {
  auto every = EveryStatus();
  for (Verdict& verdict : every) verdict.file = "/repository/" + verdict.file;
  const std::string text = GitHubAnnotations({every}, "/repository");
  EXPECT_THAT(
      text, StartsWith("::error file=scenarios/auth/fail.json,line=1,"
                       "title=auth/fail (fail)::Title of auth/fail%0Areceived "
                       "session.create%0A  $.model%0A- \"a\"%0A+ \"b\"%0A"
                       "copilot-conformance run auth/fail --keep\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
  EXPECT_THAT(text, HasSubstr("::notice file=scenarios/turn/expected.json"));
  EXPECT_THAT(text, HasSubstr("(flake)"));
  EXPECT_THAT(text, HasSubstr("(unexpected-pass)"));
  EXPECT_THAT(text, Not(HasSubstr("turn/skip")));
}

TEST(GitHubAnnotations, NothingInATextIsACommand) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.file = "/elsewhere/a,b:c.json";
  verdict.title = "100%\n::set-env::x\r";
  const std::string text = GitHubAnnotations({{verdict}}, "/repository");
  EXPECT_THAT(text, StartsWith("::error file=/elsewhere/a%2Cb%3Ac.json,"));
  EXPECT_THAT(text, HasSubstr("::100%25%0A::set-env::x?%0A"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(MarkdownSummary, HasTotalsAndEachFailure) {
  const std::string text = MarkdownSummary({EveryStatus(), 1.5});
  EXPECT_THAT(text, StartsWith("## ❌ some-harness 1.2\n\n1 of 8 scenarios "
                               "passed, 4 failed, 1 skipped, 1 failed as "
                               "expected, 1 rehearsed, in 1.5 s.\n"));
  EXPECT_THAT(text, HasSubstr("| auth | 1 | 2 | 0 | 0 |\n"));
  EXPECT_THAT(text, HasSubstr("```diff\nreceived session.create\n  $.model\n"
                              "- \"a\"\n+ \"b\"\n```\n"));
  EXPECT_THAT(text, HasSubstr("```sh\ncopilot-conformance run auth/fail"));
  EXPECT_THAT(text, Not(HasSubstr("turn/pass")));
  EXPECT_THAT(MarkdownSummary({{Make("a/b", Status::kPass)}}),
              StartsWith("## ✅ copilot-conformance\n"));
}

TEST(MarkdownSummary, TextsStayTexts) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.title = "<script> | *bold*";
  verdict.failures = {{"x", "````\n</details>\n"}};
  const std::string text = MarkdownSummary({{verdict}});
  EXPECT_THAT(text, HasSubstr("&lt;script> \\| \\*bold\\*"));
  EXPECT_THAT(text, HasSubstr("`````diff\nx\n  ````\n"));
}

TEST(MarkdownSummary, IsNoLongerThanGitHubTakes) {
  Verdict verdict = Make("a/b", Status::kFail);
  verdict.stderr_tail = std::string(4000, 'x');
  const std::string text =
      MarkdownSummary({std::vector<Verdict>(1000, verdict)});
  EXPECT_LT(text.size(), 1024u * 1024u);
  EXPECT_THAT(text, HasSubstr(" more failures have no place here.\n"));
}

}  // namespace
}  // namespace copilot::conformance
