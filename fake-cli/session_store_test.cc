// SPDX-License-Identifier: MIT
#include "fake-cli/session_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "fake-cli/scratch_directory.h"

namespace copilot::fake_cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SessionStoreTest : public testing::Test {
 protected:
  // A session with one event.
  Workspace Made(const std::string& id, int64_t updated_ms = 0) {
    Workspace workspace;
    workspace.id = id;
    workspace.cwd = "/work";
    workspace.updated_ms = updated_ms;
    EXPECT_EQ(store_.Create(workspace), std::nullopt);
    std::ofstream(store_.EventsFile(id)) << "{}\n";
    return workspace;
  }

  ScratchDirectory scratch_;
  const SessionStore store_{scratch_.File("home")};
};

TEST_F(SessionStoreTest, PreparingMakesLogsAndAConfigOnce) {
  store_.Prepare();
  const std::string config = scratch_.File("home/config.json");
  const std::string text = ReadWhole(config);
  EXPECT_THAT(text, HasSubstr("firstLaunchAt"));
  EXPECT_TRUE(fs::is_directory(scratch_.File("home/logs")));
  store_.Prepare();
  EXPECT_EQ(ReadWhole(config), text);
}

TEST_F(SessionStoreTest, ASessionHasTheLayoutOfTheRealCli) {
  Made("s1");
  const std::string directory = scratch_.File("home/session-state/s1");
  EXPECT_EQ(store_.Directory("s1"), directory);
  EXPECT_EQ(store_.EventsFile("s1"), directory + "/events.jsonl");
  for (const char* part : {"/files", "/research", "/checkpoints"}) {
    EXPECT_TRUE(fs::is_directory(directory + part)) << part;
  }
  EXPECT_TRUE(fs::exists(directory + "/workspace.yaml"));
  EXPECT_TRUE(fs::exists(directory + "/.workspace-fork.lock"));
  EXPECT_TRUE(fs::exists(
      scratch_.File("home/session-state/.session-operation-locks/s1.lock")));
}

TEST_F(SessionStoreTest, AHomeThatIsAFileIsAReason) {
  const SessionStore store(scratch_.Write("file", ""));
  Workspace workspace;
  workspace.id = "s";
  EXPECT_EQ(store.Create(workspace), "Not a directory");
}

TEST_F(SessionStoreTest, AWorkspaceComesBackAsItWas) {
  Workspace workspace = Made("s1");
  workspace.client_name = "my client";
  workspace.name = "First prompt";
  workspace.user_named = true;
  workspace.summary_count = 3;
  workspace.created_ms = 1763672486886;
  workspace.updated_ms = 1763672486001;
  store_.Write(workspace);
  const auto read = store_.Read("s1");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, "s1");
  EXPECT_EQ(read->cwd, "/work");
  EXPECT_EQ(read->client_name, "my client");
  EXPECT_EQ(read->name, "First prompt");
  EXPECT_TRUE(read->user_named);
  EXPECT_EQ(read->summary_count, 3);
  EXPECT_EQ(read->created_ms, 1763672486886);
  EXPECT_EQ(read->updated_ms, 1763672486001);
}

TEST_F(SessionStoreTest, OddNamesSurviveYaml) {
  Workspace workspace = Made("s1");
  for (const char* name :
       {"plain",     "two words", "a: b",         "a #b",        "\"quoted\"",
        "'single'",  "- dash",    "line\nbreak",  "tab\tin",     "trailing ",
        " leading",  "colon:",    "true",         "null",        "12",
        "{\"a\":1}", "[x]",       "\u00e4\u20ac", "back\\slash", "#hash",
        "%",         "@at",       "/path",        "a\": \"b"}) {
    workspace.name = name;
    store_.Write(workspace);
    EXPECT_EQ(store_.Read("s1")->name, name);
  }
}

TEST_F(SessionStoreTest, NoNameIsNoLine) {
  Made("s1");
  EXPECT_EQ(ReadWhole(store_.Directory("s1") + "/workspace.yaml").find("name:"),
            std::string::npos);
  EXPECT_EQ(store_.Read("s1")->name, "");
}

TEST_F(SessionStoreTest, AnUnknownSessionCannotBeRead) {
  EXPECT_FALSE(store_.Read("none"));
  EXPECT_FALSE(store_.Exists("none"));
  EXPECT_TRUE(store_.List().empty());
}

TEST_F(SessionStoreTest, TheNewestSessionIsListedFirst) {
  Made("old", 1000);
  Made("new", 3000);
  Made("middle", 2000);
  const auto list = store_.List();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].id, "new");
  EXPECT_EQ(list[1].id, "middle");
  EXPECT_EQ(list[2].id, "old");
}

TEST_F(SessionStoreTest, ASessionWithoutEventsDoesNotExistYet) {
  Workspace workspace;
  workspace.id = "s1";
  store_.Create(workspace);
  EXPECT_FALSE(store_.Exists("s1"));
  EXPECT_TRUE(store_.List().empty());
  Made("s1");
  EXPECT_TRUE(store_.Exists("s1"));
}

TEST_F(SessionStoreTest, ADeletedSessionIsGone) {
  Made("s1");
  store_.Delete("s1");
  EXPECT_FALSE(fs::exists(store_.Directory("s1")));
  store_.Delete("s1");
}

TEST_F(SessionStoreTest, OurOwnMarkIsNobodyElses) {
  Made("s1");
  EXPECT_FALSE(store_.MarkInUse("s1"));
  EXPECT_FALSE(store_.MarkInUse("s1"));
  const std::string base =
      store_.Directory("s1") + "/inuse." + std::to_string(getpid());
  EXPECT_EQ(ReadWhole(base + ".lock"), std::to_string(getpid()) + "\n");
  EXPECT_TRUE(fs::exists(base + ".hold"));
  store_.UnmarkInUse("s1");
  EXPECT_FALSE(fs::exists(base + ".lock"));
  EXPECT_FALSE(fs::exists(base + ".hold"));
}

TEST_F(SessionStoreTest, TheMarkOfALiveProcessIsSeen) {
  Made("s1");
  std::ofstream(store_.Directory("s1") + "/inuse." + std::to_string(getppid()) +
                ".lock")
      << "x";
  EXPECT_TRUE(store_.MarkInUse("s1"));
}

TEST_F(SessionStoreTest, TheMarkOfADeadProcessDoesNotCount) {
  Made("s1");
  std::ofstream(store_.Directory("s1") + "/inuse.2147483646.lock") << "x";
  EXPECT_FALSE(store_.MarkInUse("s1"));
}

TEST_F(SessionStoreTest, ACheckpointIsNamedAfterItsTitle) {
  Made("s1");
  std::string summary =
      "<checkpoint_title>Fix: the Cats!</checkpoint_title>Many cats.";
  const std::string title = TakeCheckpointTitle(&summary);
  const std::string path = store_.WriteCheckpoint("s1", 1, title, summary).path;
  EXPECT_EQ(path, store_.Directory("s1") + "/checkpoints/001-fix-the-cats.md");
  EXPECT_EQ(ReadWhole(path), "Many cats.");
}

TEST_F(SessionStoreTest, ACheckpointWithoutATitleIsNamedAfterTheSession) {
  Made("abcdefgh-ijk");
  const std::string path =
      store_.WriteCheckpoint("abcdefgh-ijk", 12, "", "text").path;
  EXPECT_EQ(fs::path(path).filename(), "012-session-abcdefgh.md");
}

TEST_F(SessionStoreTest, TheIndexListsEveryCheckpoint) {
  Made("s1");
  store_.WriteCheckpoint("s1", 1, "A", "");
  store_.WriteCheckpoint("s1", 2, "B", "");
  const std::string index =
      ReadWhole(store_.Directory("s1") + "/checkpoints/index.md");
  EXPECT_THAT(index, StartsWith("# Checkpoint History\n"));
  EXPECT_THAT(index, HasSubstr("| 1 | A | 001-a.md |\n| 2 | B | 002-b.md |\n"));
}

}  // namespace
}  // namespace copilot::fake_cli
