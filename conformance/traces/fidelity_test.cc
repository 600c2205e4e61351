// SPDX-License-Identifier: MIT
#include "conformance/traces/fidelity.h"

#include <gtest/gtest.h>

#include <fstream>

#include "conformance/traces/places.h"
#include "conformance/traces/unifier.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kA[] = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
constexpr char kB[] = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";
constexpr char kC[] = "cccccccc-cccc-cccc-cccc-cccccccccccc";

bool Same(Unifier& unifier, const Json& recorded, const Json& came) {
  return unifier.Compare(recorded, came).empty();
}
bool Same(const Json& recorded, const Json& came) {
  Unifier unifier;
  return Same(unifier, recorded, came);
}

TEST(Unifier, AnIdStandsForOneOtherOnly) {
  Unifier unifier;
  EXPECT_TRUE(Same(unifier, kA, kB));
  EXPECT_TRUE(Same(unifier, kA, kB));
  EXPECT_FALSE(Same(unifier, kA, kC));
  EXPECT_FALSE(Same(unifier, kC, kB));
  EXPECT_EQ(unifier.Translate(std::string("to ") + kA),
            std::string("to ") + kB);
}

TEST(Unifier, AParentPointsAtAnIdAndNamesNone) {
  Unifier unifier;
  EXPECT_TRUE(Same(unifier, {{"parentId", kA}}, {{"parentId", kB}}));
  EXPECT_TRUE(Same(unifier, kA, kC));
  EXPECT_FALSE(Same(unifier, {{"parentId", kA}}, {{"parentId", kB}}));
}

TEST(Unifier, MomentsAreAllTheSame) {
  EXPECT_TRUE(Same("2026-11-20T21:01:28.460Z", "2027-01-01T00:00:00Z"));
  EXPECT_TRUE(
      Same("at 2026-11-20T21:01:28.568+00:00.", "at 2027-01-01T00:00:00.1Z."));
  EXPECT_TRUE(Same(1795208488573, 1795208488573.5));
  EXPECT_FALSE(Same(12, 13));
  EXPECT_FALSE(Same("2026-11-20", "2026-11-21"));
}

TEST(Unifier, WhatWasLeftOutMayBeAnything) {
  EXPECT_TRUE(Same("a <elided 12 chars> z", "a word or two z"));
  EXPECT_FALSE(Same("a <elided 12 chars> z", "a word or two"));
}

TEST(Unifier, TextsThatAreDocumentsAreComparedAsSuch) {
  EXPECT_TRUE(Same(R"({"a":1,"b":2})", R"({ "b": 2, "a": 1 })"));
  EXPECT_FALSE(Same(R"({"a":1})", R"({"a":2})"));
}

TEST(Unifier, AMemberMayBeNamedByAnId) {
  EXPECT_TRUE(Same({{kA, 1}}, {{kB, 1}}));
  EXPECT_FALSE(Same({{kA, 1}}, {{kB, 2}}));
  EXPECT_FALSE(Same({{kA, 1}}, Json::object()));
}

TEST(Unifier, TellsWhereAndWhat) {
  Unifier unifier;
  const auto differences =
      unifier.Compare({{"a", {1, 2}}, {"b", 1}}, {{"a", {1, 3}}, {"c", 1}});
  ASSERT_EQ(differences.size(), 3U);
  EXPECT_EQ(differences[0].path, "$.a[1]");
  EXPECT_EQ(differences[1].path, "$.b");
  EXPECT_EQ(differences[1].came, "nothing");
  EXPECT_EQ(differences[2].path, "$.c");
}

TEST(Places, GoThereAndBack) {
  Places places;
  places.Add("<CWD>", "/tmp/x/work");
  places.Add("<TMP>", "/tmp/x");
  const Json here = places.ToHere(Json{{"a", {"<CWD>/f", "<TMP>/g", 1}}});
  EXPECT_EQ(here, Json({{"a", {"/tmp/x/work/f", "/tmp/x/g", 1}}}));
  EXPECT_EQ(places.ToRecording(here), Json({{"a", {"<CWD>/f", "<TMP>/g", 1}}}));
}

// --- comparing what came

Frame Event(const char* key, const Json& message, int line = 0) {
  return {key, message, line, false};
}

// Tests run at the same time: each has a file of its own.
std::string PathHere() {
  return testing::TempDir() + "/differences-" +
         testing::UnitTest::GetInstance()->current_test_info()->name() +
         ".json";
}

AcceptedDifferences Accepting(const Json& document) {
  const std::string path = PathHere();
  std::ofstream(path) << document.dump();
  auto accepted = AcceptedDifferences::Load(path);
  EXPECT_TRUE(accepted) << accepted.error().front().ToString();
  return std::move(*accepted);
}

AcceptedDifferences Nothing() {
  return Accepting({{"differences", Json::array()}});
}

TEST(CompareFrames, TheSameIsTheSame) {
  const std::vector<Frame> frames = {Event("a", 1, 1), Event("b", 2, 2)};
  const Fidelity fidelity = CompareFrames("t", frames, frames, Nothing());
  EXPECT_EQ(fidelity.figure(), 100.0);
  EXPECT_TRUE(fidelity.differences.empty());
}

TEST(CompareFrames, TellsWhatIsMissingAndWhatNobodyExpected) {
  const Fidelity fidelity =
      CompareFrames("t", {Event("a", 1, 1), Event("a", 1, 2)},
                    {Event("a", 1), Event("b", 1)}, Nothing());
  ASSERT_EQ(fidelity.differences.size(), 2U);
  EXPECT_EQ(fidelity.differences[0].kind, "missing");
  EXPECT_EQ(fidelity.differences[0].line, 2);
  EXPECT_EQ(fidelity.differences[1].kind, "unexpected");
  EXPECT_EQ(fidelity.same, 1U);
  EXPECT_EQ(fidelity.frames, 3U);
}

TEST(CompareFrames, OrderCountsOnAConnectionOnly) {
  const std::vector<Frame> recorded = {Event("a", 1, 1), Event("b", 1, 2),
                                       Event("[2] a", 1, 3)};
  EXPECT_EQ(CompareFrames("t", recorded,
                          {Event("b", 1), Event("a", 1), Event("[2] a", 1)},
                          Nothing())
                .differences.size(),
            1U);
  EXPECT_TRUE(CompareFrames("t", recorded,
                            {Event("[2] a", 1), Event("a", 1), Event("b", 1)},
                            Nothing())
                  .differences.empty());
}

TEST(CompareFrames, SomeFramesComeAtAnyTime) {
  const std::vector<Frame> recorded = {
      Event("session.lifecycle session.updated", 1, 1), Event("a", 1, 2)};
  EXPECT_TRUE(
      CompareFrames("t", recorded, {recorded[1], recorded[0]}, Nothing())
          .differences.empty());
}

TEST(CompareFrames, AnAcceptedDifferenceIsNone) {
  const AcceptedDifferences accepted = Accepting(
      {{"differences",
        {{{"frame", "a*"}, {"paths", {"*.ms"}}, {"reason", "it takes time"}},
         {{"trace", "other"},
          {"paths", {"missing"}},
          {"reason", "not for this one"}}}}});
  const Fidelity fidelity =
      CompareFrames("t", {Event("ab", {{"ms", 1}, {"n", 1}}, 1)},
                    {Event("ab", {{"ms", 2}, {"n", 1}})}, accepted);
  EXPECT_TRUE(fidelity.differences.empty());
  EXPECT_EQ(fidelity.accepted, 1U);
  EXPECT_EQ(CompareFrames("t", {Event("b", {{"ms", 1}}, 1)},
                          {Event("b", {{"ms", 2}})}, accepted)
                .differences.size(),
            1U);
  EXPECT_EQ(
      CompareFrames("t", {Event("x", 1, 1)}, {}, accepted).differences.size(),
      1U);
}

TEST(AcceptedDifferences, EveryEntryHasAReason) {
  const std::string path = PathHere();
  std::ofstream(path) << R"({"differences":[{"paths":["*"]}]})";
  EXPECT_FALSE(AcceptedDifferences::Load(path));
}

TEST(AcceptedDifferences, ATraceMayBeOpen) {
  const AcceptedDifferences accepted =
      Accepting({{"differences", Json::array()},
                 {"open", {{{"trace", "t"}, {"reason", "not built yet"}}}}});
  EXPECT_EQ(accepted.OpenReason("t"), "not built yet");
  EXPECT_EQ(accepted.OpenReason("u"), "");
}

}  // namespace
}  // namespace copilot::conformance
