// SPDX-License-Identifier: MIT
#include "fake-model/messages_rules.h"

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
  return CheckMessages(
      {{"model", "m"}, {"max_tokens", 1}, {"messages", json::parse(messages)}});
}

TEST(MessagesRulesTest, AnOrderlyConversationBreaksNone) {
  EXPECT_THAT(Check(R"([
      {"role": "user", "content": "Hi"},
      {"role": "assistant", "content": [
        {"type": "text", "text": "x"},
        {"type": "tool_use", "id": "c", "name": "a", "input": {}}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "c"},
        {"type": "text", "text": "and"}]}])"),
              IsEmpty());
}

TEST(MessagesRulesTest, ResultsMayComeInSeveralMessagesOfTheNextTurn) {
  EXPECT_THAT(Check(R"([
      {"role": "user", "content": "Hi"},
      {"role": "assistant", "content": [
        {"type": "tool_use", "id": "c", "name": "a", "input": {}},
        {"type": "tool_use", "id": "d", "name": "a", "input": {}}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "c"}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "d"}]}])"),
              IsEmpty());
}

TEST(MessagesRulesTest, TheNextTurnMustHoldTheResults) {
  EXPECT_THAT(Check(R"([
      {"role": "user", "content": "Hi"},
      {"role": "assistant", "content": [
        {"type": "tool_use", "id": "c", "name": "a", "input": {}}]},
      {"role": "user", "content": "well?"},
      {"role": "assistant", "content": "hm"}])"),
              ElementsAre("$.messages[1].content[0].id: the call c has no "
                          "result"));
}

TEST(MessagesRulesTest, AResultNeedsACall) {
  EXPECT_THAT(Check(R"([{"role": "user", "content": [
                  {"type": "tool_result", "tool_use_id": "c"}]}])"),
              ElementsAre("$.messages[0].content[0].tool_use_id: no call c "
                          "waits for a result"));
}

TEST(MessagesRulesTest, ResultsComeBeforeText) {
  EXPECT_THAT(Check(R"([
      {"role": "user", "content": "Hi"},
      {"role": "assistant", "content": [
        {"type": "tool_use", "id": "c", "name": "a", "input": {}}]},
      {"role": "user", "content": [
        {"type": "text", "text": "and"},
        {"type": "tool_result", "tool_use_id": "c"}]}])"),
              ElementsAre("$.messages[2].content[1]: results must come before "
                          "text"));
}

TEST(MessagesRulesTest, TheUserSpeaksFirstAndNoTextIsEmpty) {
  EXPECT_THAT(Check(R"([{"role": "assistant", "content": [
                  {"type": "text", "text": ""}]}])"),
              ElementsAre("$.messages[0].role: the first message must be the "
                          "user's",
                          "$.messages[0].content[0].text: expected a string "
                          "that is not empty"));
}

TEST(MessagesRulesTest, TheSystemIsNoRole) {
  EXPECT_THAT(Check(R"([{"role": "system", "content": "x"}])"),
              ElementsAre("$.messages[0].role: expected one of user, "
                          "assistant, got \"system\""));
}

TEST(MessagesRulesTest, RequiredMembersAreMissed) {
  EXPECT_THAT(CheckMessages({{"tools", {{{"name", "a"}}}}}),
              ElementsAre("$.model: required", "$.max_tokens: required",
                          "$.messages: required",
                          "$.tools[0].input_schema: expected an object"));
}

}  // namespace
}  // namespace copilot::fake_model
