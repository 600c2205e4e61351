// SPDX-License-Identifier: MIT
#include "fake-model/chat_rules.h"

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
  return CheckChat({{"model", "m"}, {"messages", json::parse(messages)}}, true);
}

constexpr char kUser[] = R"({"role": "user", "content": "Hi"})";
constexpr char kCall[] = R"({"role": "assistant", "content": null,
    "tool_calls": [{"id": "c", "type": "function",
      "function": {"name": "a", "arguments": "{}"}}]})";
constexpr char kResult[] =
    R"({"role": "tool", "tool_call_id": "c", "content": "x"})";

std::string List(std::initializer_list<const char*> messages) {
  std::string list;
  for (const char* message : messages) {
    list += (list.empty() ? "[" : ",") + std::string(message);
  }
  return list + "]";
}

TEST(ChatRulesTest, AnOrderlyConversationBreaksNone) {
  EXPECT_THAT(Check(List({kUser, kCall, kResult, kUser})), IsEmpty());
}

TEST(ChatRulesTest, AResultNeedsACall) {
  EXPECT_THAT(Check(List({kUser, kResult})),
              ElementsAre("$.messages[1].tool_call_id: no call c waits for a "
                          "result"));
}

TEST(ChatRulesTest, AResultComesOnce) {
  EXPECT_THAT(Check(List({kUser, kCall, kResult, kResult})),
              ElementsAre("$.messages[3].tool_call_id: no call c waits for a "
                          "result"));
}

TEST(ChatRulesTest, ACallNeedsAResultBeforeAnythingElse) {
  const char* const kProblem =
      "$.messages[1].tool_calls[0].id: the call c has no result";
  EXPECT_THAT(Check(List({kUser, kCall})), ElementsAre(kProblem));
  EXPECT_THAT(Check(List({kUser, kCall, kUser, kResult}))[0], kProblem);
}

TEST(ChatRulesTest, IdsOfCallsAreUnique) {
  EXPECT_THAT(Check(List({kUser, kCall, kResult, kCall, kResult}))[0],
              "$.messages[3].tool_calls[0].id: another call is c too");
}

TEST(ChatRulesTest, MessagesHaveKnownRolesAndContent) {
  EXPECT_THAT(
      Check(R"([{"role": "robot", "content": "x"}, {"role": "user"}, 7])"),
      ElementsAre("$.messages[0].role: expected one of system, developer, "
                  "user, assistant, tool, function, got \"robot\"",
                  "$.messages[1].content: required",
                  "$.messages[2]: expected an object"));
}

TEST(ChatRulesTest, ArgumentsAreText) {
  EXPECT_THAT(Check(List({R"({"role": "assistant", "tool_calls": [
                  {"id": "c", "type": "function",
                   "function": {"name": "a", "arguments": {}}}]})",
                          kResult})),
              ElementsAre("$.messages[0].tool_calls[0].function.arguments: "
                          "expected a string"));
}

TEST(ChatRulesTest, RequestsNameModelMessagesAndTools) {
  EXPECT_THAT(CheckChat({{"stream_options", json::object()},
                         {"tools", {{{"type", "function"}}}}},
                        true),
              ElementsAre("$.model: required",
                          "$.stream_options: only allowed with stream",
                          "$.messages: required",
                          "$.tools[0].function: expected an object"));
}

}  // namespace
}  // namespace copilot::fake_model
