// SPDX-License-Identifier: MIT
#include "fake-model/responses_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace copilot::fake_model {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The violations of a request with this input.
Violations Check(const std::string& input) {
  return CheckResponses({{"model", "m"}, {"input", json::parse(input)}});
}

TEST(ResponsesRulesTest, AnOrderlyInputBreaksNone) {
  EXPECT_THAT(Check(R"("Hi")"), IsEmpty());
  EXPECT_THAT(Check(R"([
      {"role": "user", "content": "Hi"},
      {"type": "reasoning", "summary": []},
      {"type": "function_call", "call_id": "c", "name": "a",
       "arguments": "{}"},
      {"type": "function_call_output", "call_id": "c", "output": "x"},
      {"type": "message", "role": "assistant", "content": []}])"),
              IsEmpty());
}

TEST(ResponsesRulesTest, AnOutputNeedsACall) {
  const std::string input =
      R"([{"type": "function_call_output", "call_id": "c", "output": "x"}])";
  EXPECT_THAT(Check(input),
              ElementsAre("$.input[0].call_id: no call c waits for a result"));
  EXPECT_THAT(CheckResponses({{"model", "m"},
                              {"previous_response_id", "resp_1"},
                              {"input", json::parse(input)}}),
              IsEmpty());
}

TEST(ResponsesRulesTest, ACallNeedsAnOutput) {
  EXPECT_THAT(Check(R"([{"type": "function_call", "call_id": "c",
                         "name": "a", "arguments": "{}"}])"),
              ElementsAre("$.input[0].call_id: the call c has no result"));
}

TEST(ResponsesRulesTest, RequiredMembersAreMissed) {
  EXPECT_THAT(CheckResponses({{"tools", {{{"type", "function"}}}}}),
              ElementsAre("$.model: required", "$.input: required",
                          "$.tools[0].name: required"));
  EXPECT_THAT(
      Check(R"([{"role": "robot"}, {}])"),
      ElementsAre("$.input[0].role: expected one of user, assistant, "
                  "system, developer, got \"robot\"",
                  "$.input[0].content: required", "$.input[1].type: required"));
}

}  // namespace
}  // namespace copilot::fake_model
