// SPDX-License-Identifier: MIT
#include "harness/completion.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

TEST(CompletionTest, EachShellLearnsTheCommandsAndOptions) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = CompletionScript(shell);
    ASSERT_TRUE(script.has_value()) << shell;
    for (const char* word :
         {"run", "compact", "explain", "doctor", "adapter", "completion",
          "prompt", "provider-base-url", "cli-url", "config", "instructions",
          "allow", "deny", "custom-tool"}) {
      EXPECT_NE(script->find(word), std::string::npos) << shell << word;
    }
  }
}

TEST(CompletionTest, OtherShellsHaveNone) {
  EXPECT_FALSE(CompletionScript("tcsh").has_value());
}

}  // namespace
}  // namespace copilot::harness
