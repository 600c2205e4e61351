// SPDX-License-Identifier: MIT
#include "harness/replay.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

TEST(ReplayTest, WithoutIdThereIsNothingToResume) {
  for (const char* id : {"", "  "}) {
    EXPECT_EQ(DecideReplay(id, false).resume_id, "");
    EXPECT_FALSE(DecideReplay(id, true).downgraded);
  }
}

TEST(ReplayTest, AnIdIsResumedTrimmed) {
  EXPECT_EQ(DecideReplay(" s1 ", false).resume_id, "s1");
  EXPECT_FALSE(DecideReplay("s1", false).downgraded);
}

TEST(ReplayTest, AnInvalidReplayIsDowngradedToACreate) {
  EXPECT_EQ(DecideReplay("s1", true).resume_id, "");
  EXPECT_TRUE(DecideReplay("s1", true).downgraded);
}

TEST(ReplayTest, ALostSessionIsRecognisedByStatusAndCode) {
  EXPECT_TRUE(IsRecoverableResumeError({"gone", "", 0, 404}));
  for (const char* code :
       {"SESSION_NOT_FOUND", "session_not_found", "NotFound", "ENOENT"}) {
    EXPECT_TRUE(IsRecoverableResumeError({"gone", code, 0, 0})) << code;
  }
}

TEST(ReplayTest, ALostSessionIsRecognisedByItsText) {
  for (const char* text :
       {"Session not found", "Failed: Session not found: abc",
        "session abc not found", "Unknown session id abc",
        "session id abc does not exist", "Session ID abc not found",
        "session abc does not exist", "No such session"}) {
    EXPECT_TRUE(IsRecoverableResumeError({text, "", 0, 0})) << text;
  }
}

TEST(ReplayTest, OtherFailuresAreNoLostSession) {
  for (const char* text : {"read ECONNRESET", "request timed out",
                           "model not found", "Not authenticated"}) {
    EXPECT_FALSE(IsRecoverableResumeError({text, "", 0, 0})) << text;
  }
  EXPECT_FALSE(IsRecoverableResumeError({"x", "ECONNRESET", 0, 500}));
}

TEST(ReplayTest, ReadingToolsHaveNoSideEffect) {
  for (const char* name :
       {"read", " Read ", "GREP", "web_fetch", "sessions_list"}) {
    EXPECT_FALSE(IsToolSideEffect(name, false)) << name;
  }
}

TEST(ReplayTest, EverythingElseHas) {
  for (const char* name : {"write", "memory_search", "session_status",
                           "read_and_delete", "file_fetch", "browser", ""}) {
    EXPECT_TRUE(IsToolSideEffect(name, false)) << name;
  }
  EXPECT_TRUE(IsToolSideEffect("read", true));
}

TEST(ReplayTest, StaleSessionsAreNamedByWholeWords) {
  for (const char* text : {"error 404", "Session NOT FOUND", "it is stale",
                           "was deleted", "does not exist"}) {
    EXPECT_TRUE(IsStaleSessionText(text)) << text;
  }
  for (const char* text : {"4040", "stalemate", "undeleted", "overloaded"}) {
    EXPECT_FALSE(IsStaleSessionText(text)) << text;
  }
}

}  // namespace
}  // namespace copilot::harness
