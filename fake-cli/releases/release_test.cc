// SPDX-License-Identifier: MIT
#include "fake-cli/releases/release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  const auto form = release.Event(type, data, false);
  return form ? Json::parse(form->data) : Json();
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
  EXPECT_THAT(release.error(), HasSubstr("1.0.48, 1.0.55"));
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
  const auto form = newest.Event("model.log", R"({"a":1})", true);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->data, R"({"a":1})");
}

TEST(Release, AMethodIsKnownFromItsReleaseOn) {
  EXPECT_FALSE(Find("1.0.75").MethodNamed("session.detach"));
  EXPECT_TRUE(Find("1.0.80").MethodNamed("session.detach"));
}

TEST(Release, ARenamedMethodIsKnownByItsNameOfThen) {
  EXPECT_THAT(Find("1.0.12").MethodNamed("session.compaction.compact"),
              Optional(std::string("session.history.compact")));
  EXPECT_FALSE(Find("1.0.12").MethodNamed("session.history.compact"));
  EXPECT_TRUE(Find("1.0.22").MethodNamed("session.history.compact"));
}

TEST(Release, AFamilyOfEventsIsToldFromItsReleaseOn) {
  EXPECT_FALSE(Find("1.0.80").Event("model.log", "{}", true));
  EXPECT_TRUE(Find("1.0.85").Event("model.log", "{}", true));
}

TEST(Release, AnEventThatWasNotKeptIsEphemeral) {
  const auto before = Find("1.0.32").Event("permission.requested", "{}", false);
  ASSERT_TRUE(before);
  EXPECT_TRUE(before->ephemeral);
  EXPECT_FALSE(
      Find("1.0.48").Event("permission.requested", "{}", false)->ephemeral);
}

TEST(Release, MembersThatCameLaterAreLeftOut) {
  const char data[] = R"({"content":"hi","messageId":"m","attachments":["a"]})";
  EXPECT_EQ(DataOf(Find("1.0.80"), "user.message", data),
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
  EXPECT_EQ(Find("1.0.22").Decision(approved)["kind"], "approve-once");
  EXPECT_EQ(Release().Decision(approved), approved);
}

TEST(Release, ErrorsSpeakTheWordsOfThen) {
  EXPECT_EQ(Find("1.0.48").ErrorText("Session not found for sessionId: x"),
            "Session not found: x");
}

}  // namespace
}  // namespace copilot::fake_cli
