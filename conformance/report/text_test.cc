// SPDX-License-Identifier: MIT
#include "conformance/report/text.h"

#include <gtest/gtest.h>

#include "conformance/report/test_verdicts.h"

namespace copilot::conformance {
namespace {

TEST(Printable, HasNoControlCharactersAndIsUtf8) {
  EXPECT_EQ(Printable("a\n\tb\x01\x1b[31m\x7f\xff ü"),
            "a\n\tb??[31m?\xEF\xBF\xBD ü");
}

TEST(OneLine, IsOne) { EXPECT_EQ(OneLine("a\nb\tc \n\n"), "a b c"); }

TEST(Cut, CountsCharacters) {
  EXPECT_EQ(Cut("äöü", 3), "äöü");
  EXPECT_EQ(Cut("äöüß", 3), "äö…");
}

TEST(DiffText, MarksWhatWasExpectedAndWhatCame) {
  EXPECT_EQ(DiffText("$.a\n  expected  1\n  came        2\nand more\n"),
            "  $.a\n- 1\n+   2\n  and more\n");
}

TEST(Message, IsTheFirstFailureElseTheReason) {
  const auto every = EveryStatus();
  EXPECT_EQ(Message(every[0]), "");
  EXPECT_EQ(Message(every[1]), "received session.create");
  EXPECT_EQ(Message(every[2]), "no adapter");
  EXPECT_EQ(Message(every[6]),
            "passed, though the expectations say that it fails");
  EXPECT_EQ(Message(every[7]),
            "failed among others, and passed on its own: received "
            "session.create");
}

TEST(NameOf, HasTheRoundWhereThereAreSeveral) {
  Verdict verdict = Make("a/b", Status::kPass);
  EXPECT_EQ(NameOf(verdict), "a/b");
  verdict.round = 3;
  EXPECT_EQ(NameOf(verdict), "a/b (round 3)");
}

}  // namespace
}  // namespace copilot::conformance
