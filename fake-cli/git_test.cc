// SPDX-License-Identifier: MIT
#include "fake-cli/git.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fake-cli/scratch_directory.h"

namespace copilot::fake_cli {
namespace {

namespace fs = std::filesystem;

class GitTest : public ::testing::Test {
 protected:
  void Write(const std::string& file, const std::string& text) {
    const fs::path path = fs::path(directory_.path()) / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  GitContext Read(const std::string& below = "") {
    return ReadGitContext((fs::path(directory_.path()) / below).string());
  }

  ScratchDirectory directory_;
};

TEST_F(GitTest, TellsOfTheRepositoryAbove) {
  Write(".git/HEAD", "ref: refs/heads/topic/one\n");
  Write(".git/config",
        "[remote \"other\"]\n\turl = https://example.com/x/y\n"
        "[remote \"origin\"]\n\turl = https://github.com/lab/demo.git\n");
  Write("a/b/file", "");
  const GitContext context = Read("a/b");
  EXPECT_EQ(context.root, directory_.path());
  EXPECT_EQ(context.branch, "topic/one");
  EXPECT_EQ(context.repository, "lab/demo");
  EXPECT_EQ(context.host_type(), "github");
}

TEST_F(GitTest, UnderstandsAddressesOfSsh) {
  Write(".git/config", "[remote \"origin\"]\n url = git@host.example:o/n\n");
  const GitContext context = Read();
  EXPECT_EQ(context.host, "host.example");
  EXPECT_EQ(context.repository, "o/n");
  EXPECT_EQ(context.host_type(), "");
}

TEST_F(GitTest, ADetachedHeadHasNoBranch) {
  Write(".git/HEAD", "1234567890\n");
  EXPECT_EQ(Read().branch, "");
  EXPECT_FALSE(Read().root.empty());
}

TEST_F(GitTest, AWorkTreePointsAtItsDirectory) {
  Write("main/worktrees/w/HEAD", "ref: refs/heads/w\n");
  Write("w/.git", "gitdir: ../main/worktrees/w\n");
  EXPECT_EQ(Read("w").branch, "w");
}

TEST_F(GitTest, ThereNeedNotBeOne) { EXPECT_EQ(Read().root, ""); }

}  // namespace
}  // namespace copilot::fake_cli
