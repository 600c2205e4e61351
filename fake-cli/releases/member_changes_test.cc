// SPDX-License-Identifier: MIT
#include "fake-cli/releases/member_changes.h"

#include <gtest/gtest.h>

namespace copilot::fake_cli {
namespace {

TEST(MemberChanges, APathLeadsIntoObjectsAndThroughLists) {
  MemberChanges changes;
  changes.Remove("a.b");
  EXPECT_EQ(changes.Apply(R"({"a":{"b":1,"c":2}})"), R"({"a":{"c":2}})");
  EXPECT_EQ(changes.Apply(R"({"a":[{"b":1},{"c":2},3]})"),
            R"({"a":[{},{"c":2},3]})");
  EXPECT_EQ(changes.Apply(R"({"b":1})"), R"({"b":1})");
}

TEST(MemberChanges, AQuestionMarkSparesWhatIsNotEmpty) {
  MemberChanges changes;
  changes.Remove("a?");
  EXPECT_EQ(changes.Apply(R"({"a":{}})"), "{}");
  EXPECT_EQ(changes.Apply(R"({"a":{"b":1}})"), R"({"a":{"b":1}})");
}

TEST(MemberChanges, AnAddedMemberDoesNotReplaceAGivenOne) {
  MemberChanges changes;
  changes.Add("a", 1);
  EXPECT_EQ(changes.Apply("{}"), R"({"a":1})");
  EXPECT_EQ(changes.Apply(R"({"a":2})"), R"({"a":2})");
}

TEST(MemberChanges, TheLaterOfAddingAndRemovingCounts) {
  MemberChanges changes;
  changes.Add("a", 1);
  changes.Remove("a");
  EXPECT_EQ(changes.Apply(R"({"a":2})"), "{}");
  changes.Add("a", 1);
  EXPECT_EQ(changes.Apply(R"({"a":2})"), R"({"a":2})");
}

TEST(MemberChanges, OnlyTheListedWordsChange) {
  MemberChanges changes;
  changes.Reword("why", {{"user_initiated", "user initiated"}});
  EXPECT_EQ(changes.Apply(R"({"why":"user_initiated"})"),
            R"({"why":"user initiated"})");
  EXPECT_EQ(changes.Apply(R"({"why":"other"})"), R"({"why":"other"})");
}

TEST(MemberChanges, AValueIsSetInEveryElement) {
  MemberChanges changes;
  changes.Set("tools.skip", true);
  EXPECT_EQ(changes.Apply(R"({"tools":[{},{"skip":false}]})"),
            R"({"tools":[{"skip":true},{"skip":true}]})");
}

TEST(MemberChanges, WhatIsNoObjectStaysAsItIs) {
  MemberChanges changes;
  changes.Add("a", 1);
  EXPECT_EQ(changes.Apply("null"), "null");
}

}  // namespace
}  // namespace copilot::fake_cli
