// SPDX-License-Identifier: MIT
#include "fake-model/ollama_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The violations of a request with these messages.
Violations Check(const std::string& messages) {
  return CheckOllama({{"model", "m"}, {"messages", json::parse(messages)}});
}

constexpr char kCall[] = R"({"role": "assistant", "content": "",
    "tool_calls": [{"function": {"name": "a", "arguments": {}}}]})";
constexpr char kResult[] = R"({"role": "tool", "content": "x"})";

TEST(OllamaRulesTest, ThereAreAsManyResultsAsCalls) {
  const std::string call = kCall;
  EXPECT_THAT(Check("[" + call + "," + kResult + "]"), IsEmpty());
  EXPECT_THAT(Check("[" + call + "]"),
              ElementsAre("$.messages[0].tool_calls[0]: the call has no "
                          "result"));
  EXPECT_THAT(Check("[" + call + "," + kResult + "," + kResult + "]"),
              ElementsAre("$.messages[2]: no call waits for a result"));
}

TEST(OllamaRulesTest, ArgumentsAreAnObject) {
  EXPECT_THAT(Check(R"([{"role": "assistant", "tool_calls": [
                  {"function": {"name": "a", "arguments": "{}"}}]},
                  {"role": "tool", "content": "x"}])"),
              ElementsAre("$.messages[0].tool_calls[0].function.arguments: "
                          "expected an object"));
}

}  // namespace
}  // namespace copilot::fake_model
