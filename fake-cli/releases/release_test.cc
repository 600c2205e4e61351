// SPDX-License-Identifier: MIT
#include "fake-cli/releases/release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "embedded/releases.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

Release Find(const std::string& version) {
  auto release = Release::Find(version);
  EXPECT_TRUE(release) << version;
  return release.value_or(Release());
}

Json DataOf(const Release& release, const char* type, const char* data) {
  return Json::parse(release.Data(type, data));
}

TEST(Release, EveryKnownOneIsFound) {
  ASSERT_FALSE(Release::Known().empty());
  for (const std::string& version : Release::Known()) {
    EXPECT_EQ(Find(version).version(), version);
  }
}

TEST(Release, AnUnknownOneIsRefusedWithAListOfTheOthers) {
  const auto release = Release::Find("1.0.99");
  ASSERT_FALSE(release);
  EXPECT_THAT(release.error(), HasSubstr("no release '1.0.99' to emulate"));
  EXPECT_THAT(release.error(), HasSubstr("1.0.48, 1.0.61"));
}

TEST(Release, EveryChangeNamesAKnownReleaseInTheirOrder) {
  const Json document = Json::parse(embedded::releases);
  const auto known = Release::Known();
  auto next = known.begin();
  for (const Json& change : document["changes"]) {
    next = std::find(next, known.end(), change["since"]);
    ASSERT_NE(next, known.end()) << change["since"];
  }
}

TEST(Release, TheNewestChangesNothing) {
  const Release newest;
  EXPECT_EQ(newest.protocol(), 3);
  EXPECT_THAT(newest.MethodNamed("session.detach"),
              Optional(std::string("session.detach")));
  EXPECT_EQ(newest.Result("ping", R"({"timestamp":"x"})"),
            R"({"timestamp":"x"})");
  EXPECT_TRUE(newest.Tells("model.log"));
  EXPECT_TRUE(newest.Keeps("permission.requested"));
  EXPECT_EQ(newest.Data("model.log", R"({"a":1})"), R"({"a":1})");
}

TEST(Release, AMethodIsKnownFromItsReleaseOn) {
  EXPECT_FALSE(Find("1.0.75").MethodNamed("session.detach"));
  EXPECT_TRUE(Find("1.0.85").MethodNamed("session.detach"));
}

TEST(Release, ARenamedMethodIsKnownByItsNameOfThen) {
  EXPECT_THAT(Find("1.0.12").MethodNamed("session.compaction.compact"),
              Optional(std::string("session.history.compact")));
  EXPECT_FALSE(Find("1.0.12").MethodNamed("session.history.compact"));
  EXPECT_TRUE(Find("1.0.22").MethodNamed("session.history.compact"));
}

TEST(Release, AFamilyOfEventsIsToldFromItsReleaseOn) {
  EXPECT_FALSE(Find("1.0.32").Tells("hook.start"));
  EXPECT_TRUE(Find("1.0.48").Tells("hook.start"));
}

TEST(Release, AnEventMayBeUntoldOnAnOccasionOnly) {
  const Release release = Find("1.0.92");
  EXPECT_FALSE(release.Tells("abort", "rejection"));
  EXPECT_TRUE(release.Tells("abort", ""));
  EXPECT_TRUE(Find("1.0.102").Tells("abort", "rejection"));
}

TEST(Release, AnEventThatWasNotKeptIsKnownAsSuch) {
  EXPECT_FALSE(Find("1.0.32").Keeps("permission.requested"));
  EXPECT_TRUE(Find("1.0.48").Keeps("permission.requested"));
}

TEST(Release, OtherEventsGoWithAnEvent) {
  const auto following = Find("1.0.61").Following("abort");
  ASSERT_EQ(following.size(), 1u);
  EXPECT_EQ(following[0].type, "session.info");
  EXPECT_TRUE(Release().Following("abort").empty());
}

TEST(Release, AnEventWaitsOnlyForOneThatIsTold) {
  EXPECT_EQ(Find("1.0.48").Awaited("user.message"), "system.message");
  EXPECT_EQ(Find("1.0.22").Awaited("user.message"), "");
}

TEST(Release, AMemberRepeatsWhatAnEarlierEventTold) {
  const auto last = [](const std::string& type) -> std::string {
    return type == "assistant.usage" ? R"({"outputTokens":7})" : "";
  };
  EXPECT_EQ(Find("1.0.48").Data("assistant.message", "{}", last),
            R"({"outputTokens":7})");
}

TEST(Release, ParametersAreReadAsTheyWereThen) {
  const Json params =
      Json::parse(R"({"tools":[{"name":"lookup","skipPermission":true}]})");
  const auto skips = [&](const char* version) {
    return Find(version).Params("session.create", params)["tools"][0].value(
        "skipPermission", Json());
  };
  EXPECT_EQ(skips("1.0.2"), true);
  EXPECT_EQ(skips("0.0.420"), nullptr);
}

TEST(Release, MembersThatCameLaterAreLeftOut) {
  const char data[] = R"({"content":"hi","messageId":"m","attachments":["a"]})";
  EXPECT_EQ(DataOf(Find("1.0.75"), "user.message", data),
            Json::parse(R"({"content":"hi","attachments":["a"]})"));
}

TEST(Release, MembersThatWereThereAlwaysAreAdded) {
  EXPECT_EQ(DataOf(Find("1.0.75"), "user.message", R"({"content":"hi"})"),
            Json::parse(R"({"content":"hi","attachments":[]})"));
}

TEST(Release, ResultsLoseWhatCameLater) {
  EXPECT_EQ(Find("1.0.61").Result("connect", R"({"ok":true,"taskKinds":[]})"),
            R"({"ok":true})");
}

TEST(Release, ATimeIsANumberWhereItWas) {
  const Json ping = Json::parse(
      Find("1.0.48").Result("ping", R"({"timestamp":"2026-01-01"})"));
  EXPECT_TRUE(ping["timestamp"].is_number());
}

TEST(Release, ProtocolTwoAsksWithRequests) {
  const Release release = Find("0.0.420");
  EXPECT_EQ(release.protocol(), 2);
  const RequestForm* form = release.RequestFor("external_tool.requested");
  ASSERT_NE(form, nullptr);
  EXPECT_EQ(form->method, "tool.call");
  EXPECT_THAT(form->members,
              ElementsAre("toolCallId", "toolName", "arguments"));
  EXPECT_EQ(Find("0.0.423").RequestFor("external_tool.requested"), nullptr);
}

TEST(Release, DecisionsAreUnderstoodInTheWordsOfThen) {
  const Json approved = {{"kind", "approved"}};
  EXPECT_EQ(Find("1.0.32").Decision(approved)["kind"], "approve-once");
  EXPECT_EQ(Release().Decision(approved), approved);
}

TEST(Release, ErrorsSpeakTheWordsOfThen) {
  EXPECT_EQ(Find("1.0.48").ErrorText("Session not found for sessionId: x"),
            "Session not found: x");
}

}  // namespace
}  // namespace copilot::fake_cli
