// SPDX-License-Identifier: MIT
#include "conformance/protocol/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

const ProtocolMessages& Messages() { return ProtocolMessages::Get(); }

TEST(ProtocolMessages, NamesADefinitionAfterItsMethod) {
  EXPECT_EQ(DefinitionName("attempt.run", "Result"), "AttemptRunResult");
  EXPECT_EQ(DefinitionName("shutdown", "Params"), "ShutdownParams");
}

TEST(ProtocolMessages, KnowsWhoSendsWhat) {
  ASSERT_NE(Messages().Find("attempt.run"), nullptr);
  EXPECT_EQ(Messages().Find("attempt.run")->from, Side::kRunner);
  EXPECT_FALSE(Messages().Find("attempt.run")->notification);
  ASSERT_NE(Messages().Find("log"), nullptr);
  EXPECT_EQ(Messages().Find("log")->from, Side::kAdapter);
  EXPECT_TRUE(Messages().Find("log")->notification);
  EXPECT_EQ(Messages().Find("attempt.jump"), nullptr);
}

TEST(ProtocolMessages, KnowsTheCapabilities) {
  EXPECT_THAT(Messages().capabilities(),
              Contains(testing::Field(&ProtocolCapability::name, "byok")));
}

TEST(ProtocolMessages, CapabilitiesNeedMethodsOfTheProtocol) {
  for (const ProtocolCapability& capability : Messages().capabilities()) {
    for (const std::string& method : capability.methods) {
      EXPECT_NE(Messages().Find(method), nullptr) << method;
    }
  }
}

TEST(ProtocolMessages, AResultThatKeepsToItsDefinitionIsAllRight) {
  EXPECT_THAT(Messages().CheckResult("attempt.run",
                                     {{"aborted", false},
                                      {"assistantTexts", {"hello"}},
                                      {"promptError", nullptr},
                                      {"something", "of the adapter's own"}}),
              IsEmpty());
}

TEST(ProtocolMessages, ComplainsWithPathValueAndExpectation) {
  const auto complaints = Messages().CheckResult(
      "attempt.run", {{"aborted", false}, {"assistantTexts", "hello"}});
  ASSERT_THAT(complaints, SizeIs(1));
  EXPECT_EQ(complaints[0].path, "$.result.assistantTexts");
  EXPECT_EQ(complaints[0].message, "expected array, got string \"hello\"");
}

TEST(ProtocolMessages, ComplainsAboutParamsAndErrorsToo) {
  EXPECT_THAT(Messages().CheckParams("attempt.run", Json::object()), SizeIs(3));
  EXPECT_THAT(Messages().CheckError({{"code", "no"}, {"message", "x"}}),
              SizeIs(1));
  EXPECT_THAT(Messages().CheckError({{"code", -32000}, {"message", "x"}}),
              IsEmpty());
}

}  // namespace
}  // namespace copilot::conformance
