// SPDX-License-Identifier: MIT
#include "fake-cli/script_player.h"

#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

class SubstituteTest : public testing::Test {
 protected:
  const Json captures_ = {{"prompt", "hi"},
                          {"answer", {{"text", "42"}, {"deep", {{"x", 1}}}}},
                          {"list", {"a", "b"}},
                          {"nothing", nullptr},
                          {"braces", "{{prompt}}"}};

  std::string Of(const std::string& text) {
    return Substitute(text, captures_);
  }
};

TEST_F(SubstituteTest, NamesAndMembersAreReplaced) {
  EXPECT_EQ(Of("You said {{prompt}}: {{answer.text}}!"), "You said hi: 42!");
  EXPECT_EQ(Of("{{answer.deep.x}}"), "1");
  EXPECT_EQ(Of("{{prompt}}{{prompt}}"), "hihi");
}

TEST_F(SubstituteTest, ValuesThatAreNoTextAreShownAsJson) {
  EXPECT_EQ(Of("{{answer.deep}}"), R"({"x":1})");
  EXPECT_EQ(Of("{{list}}"), R"(["a","b"])");
  EXPECT_EQ(Of("{{list.1}}"), "b");
  EXPECT_EQ(Of("{{nothing}}"), "null");
}

TEST_F(SubstituteTest, UnknownNamesStay) {
  EXPECT_EQ(Of("{{who}} and {{answer.no}}"), "{{who}} and {{answer.no}}");
  EXPECT_EQ(Of("{{prompt.length}} {{list.9}} {{list.x}}"),
            "{{prompt.length}} {{list.9}} {{list.x}}");
  EXPECT_EQ(Of("{{who}} {{prompt}}"), "{{who}} hi");
}

TEST_F(SubstituteTest, UnclosedBracesStay) {
  EXPECT_EQ(Of("a {{prompt"), "a {{prompt");
  EXPECT_EQ(Of("}} {prompt} {"), "}} {prompt} {");
  EXPECT_EQ(Of(""), "");
}

TEST_F(SubstituteTest, WhatWasCapturedIsNotReadAgain) {
  EXPECT_EQ(Of("{{braces}}"), "{{prompt}}");
}

TEST_F(SubstituteTest, AnOddNameDoesNoHarm) {
  EXPECT_EQ(Of("{{~2}} {{a~}}"), "{{~2}} {{a~}}");
}

}  // namespace
}  // namespace copilot::fake_cli
