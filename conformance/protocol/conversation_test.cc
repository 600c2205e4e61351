// SPDX-License-Identifier: MIT
#include "conformance/protocol/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kSupports[] =
    R"({"jsonrpc":"2.0","id":1,"method":"harness.supports",)"
    R"("params":{"harness":"default","context":{}}})";
constexpr char kDispose[] =
    R"({"jsonrpc":"2.0","id":2,"method":"harness.dispose",)"
    R"("params":{"harness":"default"}})";
constexpr char kLog[] =
    R"({"jsonrpc":"2.0","method":"log","params":{"level":"info",)"
    R"("message":"hi"}})";

// What is wrong when the runner has asked twice and this line comes.
ProtocolFault After(const std::string& line) {
  AdapterConversation conversation;
  conversation.Sent(kSupports);
  conversation.Sent(kDispose);
  conversation.Received(line);
  const auto faults = conversation.TakeFaults();
  return faults.empty() ? ProtocolFault() : faults.front();
}

TEST(AdapterConversation, AnswersMayComeInAnyOrder) {
  AdapterConversation conversation;
  conversation.Sent(kSupports);
  conversation.Sent(kDispose);
  conversation.Received(R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_THAT(conversation.Unanswered(),
              ElementsAre("harness.supports (id 1)"));
  conversation.Received(
      R"({"jsonrpc":"2.0","id":1,"result":{"supported":false}})");
  EXPECT_THAT(conversation.faults(), IsEmpty());
  EXPECT_THAT(conversation.Unanswered(), IsEmpty());
}

TEST(AdapterConversation, NamesTheLineOfGarbage) {
  AdapterConversation conversation;
  conversation.Sent(kSupports);
  conversation.Received(kLog);
  conversation.Received("starting up...");
  ASSERT_THAT(conversation.faults(), SizeIs(1));
  const ProtocolFault& fault = conversation.faults()[0];
  EXPECT_EQ(fault.by, Side::kAdapter);
  EXPECT_EQ(fault.line, 2);
  EXPECT_EQ(fault.text, "starting up...");
  EXPECT_THAT(fault.ToString(), HasSubstr("line 2 that the adapter sent: "
                                          "starting up...\n"));
  EXPECT_THAT(fault.ToString(), HasSubstr("stderr"));
}

TEST(AdapterConversation, AnAnswerToNobodyIsLost) {
  AdapterConversation conversation;
  conversation.Sent(kSupports);
  EXPECT_FALSE(conversation.lost_an_answer());
  conversation.Received(
      R"({"jsonrpc":"2.0","id":"1","result":{"supported":false}})");
  EXPECT_TRUE(conversation.lost_an_answer());
  ASSERT_THAT(conversation.faults(), SizeIs(1));
  EXPECT_EQ(conversation.faults()[0].problem,
            "$.id: \"1\" is the id of no request");
}

TEST(AdapterConversation, ASecondAnswerIsAFault) {
  AdapterConversation conversation;
  conversation.Sent(kDispose);
  conversation.Received(R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_THAT(conversation.faults(), IsEmpty());
  conversation.Received(R"({"jsonrpc":"2.0","id":2,"result":{}})");
  ASSERT_THAT(conversation.faults(), SizeIs(1));
  EXPECT_EQ(conversation.faults()[0].problem,
            "$.id: 2 (harness.dispose) has been answered already");
}

TEST(AdapterConversation, AWrongResultIsAFault) {
  const auto fault =
      After(R"({"jsonrpc":"2.0","id":1,"result":{"supported":"yes"}})");
  EXPECT_EQ(fault.what, "result of harness.supports");
  EXPECT_EQ(fault.problem,
            "$.result.supported: expected boolean, got string \"yes\"");
  EXPECT_THAT(fault.advice, HasSubstr("HarnessSupportsResult"));
  EXPECT_EQ(fault.section, "harnesssupports");
}

TEST(AdapterConversation, AWrongErrorIsAFault) {
  EXPECT_THAT(After(R"({"jsonrpc":"2.0","id":1,"error":"boom"})").problem,
              HasSubstr("$.error: expected object"));
}

TEST(AdapterConversation, ResultAndErrorTogetherAreAFault) {
  EXPECT_THAT(After(R"({"jsonrpc":"2.0","id":2,"result":{},)"
                    R"("error":{"code":1,"message":"x"}})")
                  .problem,
              HasSubstr("a result and an error"));
}

TEST(AdapterConversation, WhatAnAdapterSendsIsCheckedToo) {
  EXPECT_THAT(After(R"({"jsonrpc":"2.0","id":1,"method":"tool.execute",)"
                    R"("params":{"attempt":"a","toolName":"x"}})")
                  .problem,
              HasSubstr("toolCallId"));
  EXPECT_THAT(After(R"({"jsonrpc":"2.0","method":"tool.execute"})").problem,
              HasSubstr("wants an answer"));
  EXPECT_THAT(
      After(R"({"jsonrpc":"2.0","id":1,"method":"attempt.run"})").problem,
      HasSubstr("nothing that an adapter sends"));
  EXPECT_THAT(After(R"({"id":1,"result":{"supported":true}})").problem,
              HasSubstr("$.jsonrpc"));
  EXPECT_THAT(After("[]").problem, HasSubstr("expected object"));
  EXPECT_THAT(After(R"({"jsonrpc":"2.0","id":1})").problem,
              HasSubstr("no method, no result"));
}

TEST(AdapterConversation, AnIdMayNotBeUsedTwiceAtOnce) {
  constexpr char kTool[] =
      R"({"jsonrpc":"2.0","id":7,"method":"tool.execute","params":)"
      R"({"attempt":"a","toolCallId":"c","toolName":"x"}})";
  AdapterConversation conversation;
  conversation.Received(kTool);
  conversation.Sent(R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})");
  conversation.Received(kTool);
  EXPECT_THAT(conversation.faults(), IsEmpty());
  conversation.Received(kTool);
  EXPECT_THAT(conversation.faults(), SizeIs(1));
}

TEST(AdapterConversation, MethodsOfOnesOwnBeginWithX) {
  EXPECT_EQ(After(R"({"jsonrpc":"2.0","method":"x.progress"})").problem, "");
}

TEST(AdapterConversation, FaultsOfTheRunnerAreTheSuites) {
  AdapterConversation conversation;
  conversation.Sent(
      R"({"jsonrpc":"2.0","id":1,"method":"clock.advance","params":{}})");
  ASSERT_THAT(conversation.faults(), SizeIs(1));
  EXPECT_EQ(conversation.faults()[0].by, Side::kRunner);
  EXPECT_THAT(conversation.faults()[0].problem, HasSubstr("ms"));
}

TEST(AdapterConversation, AFloodOfGarbageIsNotRepeated) {
  AdapterConversation conversation;
  for (int i = 0; i < 1000; ++i) conversation.Received("y");
  EXPECT_THAT(conversation.faults(), SizeIs(3));
  EXPECT_EQ(conversation.lines(), 1000);
}

TEST(AdapterConversation, ALongLineIsShortened) {
  const auto fault = After(std::string(1000000, 'x'));
  EXPECT_LT(fault.text.size(), 500u);
  EXPECT_THAT(fault.text, HasSubstr("(1000000 bytes)"));
}

}  // namespace
}  // namespace copilot::conformance
