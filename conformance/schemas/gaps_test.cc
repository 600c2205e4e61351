// SPDX-License-Identifier: MIT
#include "conformance/schemas/gaps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/schemas/small_release.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TraceLine Line(TraceLine::Kind kind, const Json& message) {
  TraceLine line;
  line.kind = kind;
  line.message = message;
  return line;
}

TraceLine Said(const Json& data) {
  return Line(TraceLine::Kind::kCame,
              {{"method", "session.event"},
               {"params", {{"event", {{"type", "said"}, {"data", data}}}}}});
}

class FindGapsTest : public testing::Test {
 protected:
  Gaps After(const std::vector<TraceLine>& lines,
             std::set<std::string> methods = {}) {
    Known known;
    known.methods = std::move(methods);
    const Trace trace{"one", lines};
    known.Learn(trace);
    return FindGaps(schemas_, known);
  }

  const SmallRelease release_;
  const PublishedSchemas schemas_ = release_.Load();
};

TEST_F(FindGapsTest, WhatWasNeverSeenIsAGapAsAWhole) {
  const Gaps gaps = After({}, {"ping"});
  EXPECT_THAT(gaps.methods,
              UnorderedElementsAre("log.open", "session.read", "session.send"));
  EXPECT_THAT(gaps.events, UnorderedElementsAre("said", "done"));
  EXPECT_THAT(gaps.requests, UnorderedElementsAre("user.ask", "user.never"));
  EXPECT_THAT(gaps.members, IsEmpty());
}

TEST_F(FindGapsTest, OfWhatWasSeenTheMembersThatWereNotAreGaps) {
  const Gaps gaps = After({Said({{"text", "hi"}})});
  EXPECT_THAT(gaps.events, UnorderedElementsAre("done"));
  EXPECT_THAT(gaps.members,
              UnorderedElementsAre("session.event said $.data.marks",
                                   "session.event said $.data.counts"));
}

TEST_F(FindGapsTest, FormsAndMapsAndListsAreLookedInto) {
  const Gaps gaps = After({Said({{"text", "hi"},
                                 {"marks", {{{"kind", "dot"}}}},
                                 {"counts", {{"some", {{"n", 1}}}}}})});
  EXPECT_THAT(gaps.members,
              UnorderedElementsAre(
                  "session.event said $.data.counts.*.of",
                  "session.event said $.data.marks[].size",
                  "session.event said $.data.marks[]{kind: \"dash\"}"));
}

TEST_F(FindGapsTest, WhatSeveralFramesHoldAddsUp) {
  const Gaps gaps =
      After({Said({{"text", "hi"}, {"counts", {{"a", {{"n", 1}}}}}}),
             Said({{"text", "hi"}, {"counts", {{"b", {{"of", 1}}}}}})});
  EXPECT_THAT(gaps.members,
              UnorderedElementsAre("session.event said $.data.marks"));
}

TEST_F(FindGapsTest, CallsAndAnswersHaveMembersToo) {
  const Gaps gaps = After(
      {Line(TraceLine::Kind::kSent, {{"id", 1},
                                     {"method", "session.send"},
                                     {"params", {{"prompt", "hi"}}}}),
       Line(TraceLine::Kind::kCame, {{"id", 1}, {"result", nullptr}}),
       Line(TraceLine::Kind::kSent, {{"id", 2}, {"method", "ping"}}),
       Line(TraceLine::Kind::kCame, {{"id", 2}, {"result", {{"message", 1}}}}),
       Line(TraceLine::Kind::kSent, {{"id", 3}, {"method", "session.read"}}),
       Line(TraceLine::Kind::kCame, {{"id", 3}, {"result", {{"type", "x"}}}}),
       Line(TraceLine::Kind::kCame,
            {{"id", 1}, {"method", "user.ask"}, {"params", Json::object()}})});
  EXPECT_THAT(gaps.requests, UnorderedElementsAre("user.never"));
  EXPECT_THAT(
      gaps.members,
      UnorderedElementsAre("params session.send $.mode", "result ping $.kind",
                           "request user.ask $.question"));
}

TEST_F(FindGapsTest, AStubHasNoMembersToLookInto) {
  const Trace trace{
      "one",
      {Line(TraceLine::Kind::kSent, {{"id", 2}, {"method", "ping"}}),
       Line(TraceLine::Kind::kCame,
            {{"id", 2}, {"result", {{"message", 1}}}})}};
  Known known;
  known.Learn(trace);
  EXPECT_THAT(FindGaps(schemas_, known).members,
              UnorderedElementsAre("result ping $.kind"));
  known.stubs = {"ping"};
  EXPECT_THAT(FindGaps(schemas_, known).members, IsEmpty());
}

TEST_F(FindGapsTest, WhatAnOlderReleaseLacksAsWellIsLeftOut) {
  const Gaps older = {{"log.open"}, {}, {"done"}, {}};
  const Gaps fresh = After({}, {"ping"}).Without(older);
  EXPECT_THAT(fresh.methods,
              UnorderedElementsAre("session.read", "session.send"));
  EXPECT_THAT(fresh.events, UnorderedElementsAre("said"));
}

TEST_F(FindGapsTest, TheReportHasALineForEachAndTheCounts) {
  const Gaps gaps = {{"a.b"}, {}, {"said"}, {"result a $.b"}};
  EXPECT_EQ(gaps.ToText(),
            "method   a.b\nevent    said\nmember   result a $.b\n"
            "1 methods, 0 requests, 1 events and 1 members that the fake does "
            "not know\n");
  EXPECT_EQ(gaps.ToJson()["events"], Json({"said"}));
}

}  // namespace
}  // namespace copilot::conformance
