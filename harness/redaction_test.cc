// SPDX-License-Identifier: MIT
#include "harness/redaction.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

using Blocks = std::vector<std::string>;

// Made up here, so that no scanner takes the source for a leak.
std::string Token(const std::string& prefix) {
  return prefix + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8";
}

std::string Redact(const std::string& text) { return Redactor().Redact(text); }

Blocks RedactAll(Blocks blocks, const Redactor& redactor = Redactor()) {
  redactor.RedactBlocks(&blocks);
  return blocks;
}

TEST(RedactionTest, KnownShapesAreTakenOut) {
  for (const char* prefix :
       {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "sk-",
        "sk-proj-", "xoxb-", "Bearer ", "bearer\t"}) {
    EXPECT_EQ(Redact("a " + Token(prefix) + ", b"), "a [redacted], b")
        << prefix;
  }
}

TEST(RedactionTest, APrivateKeyGoesWholeAndCutOff) {
  const std::string begin = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n";
  EXPECT_EQ(Redact("k: " + begin + "-----END RSA PRIVATE KEY-----\nend"),
            "k: [redacted]\nend");
  EXPECT_EQ(Redact("k: " + begin), "k: [redacted]");
}

TEST(RedactionTest, OrdinaryTextStays) {
  const std::string text =
      "task-1234567890123456789 ghp_ sk-circle-fade-dot-wrapper Bearer of news "
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE----- \xff";
  EXPECT_EQ(Redact(text), text);
}

TEST(RedactionTest, WhatTheAttemptWasGivenIsTakenOut) {
  const Redactor redactor({wire::Secret("open sesame"), wire::Secret("a")});
  EXPECT_EQ(redactor.Redact("say open sesame twice: open sesame"),
            "say [redacted] twice: [redacted]");
}

TEST(RedactionTest, ASecretThatIsSplitOverBlocksIsTakenOut) {
  const std::string token = Token("ghp_");
  EXPECT_EQ(RedactAll({"a " + token.substr(0, 10), token.substr(10) + " b"}),
            (Blocks{"a [redacted]", "[redacted] b"}));
  EXPECT_EQ(RedactAll({"gh", token.substr(2, 8), "", token.substr(10)}),
            (Blocks{"[redacted]", "[redacted]", "", "[redacted]"}));
  EXPECT_EQ(
      RedactAll({"open se", "same"}, Redactor({wire::Secret("open sesame")})),
      (Blocks{"[redacted]", "[redacted]"}));
}

TEST(RedactionTest, ABlockDoesNotHideWhereASecretBegins) {
  EXPECT_EQ(RedactAll({"word", Token("sk-")}), (Blocks{"word", "[redacted]"}));
  EXPECT_EQ(RedactAll({"Bearer", Token("")}),
            (Blocks{"[redacted]", "[redacted]"}));
}

// Would run for hours if anything were looked at again and again.
TEST(RedactionTest, EvilTextIsDecidedQuickly) {
  for (const char* piece :
       {"sk-", "ghp_", "Bearer ", "bearer\n", "-----BEGIN ", "github_pat_",
        "-----BEGIN PRIVATE KEY", "xoxb-", "g", " "}) {
    std::string text;
    while (text.size() < 2000000) text += piece;
    EXPECT_FALSE(Redact(text).empty()) << piece;
  }
}

}  // namespace
}  // namespace copilot::harness
