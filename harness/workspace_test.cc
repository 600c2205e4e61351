// SPDX-License-Identifier: MIT
#include "harness/workspace.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/uuid.h"

namespace copilot::harness {
namespace {

namespace fs = std::filesystem;

class WorkspaceTest : public testing::Test {
 protected:
  WorkspaceTest() { fs::create_directories(directory_); }
  ~WorkspaceTest() override { fs::remove_all(directory_); }

  Workspace Resolve() {
    auto workspace = ResolveWorkspace(params_, host_);
    EXPECT_TRUE(workspace.has_value());
    return workspace ? *workspace : Workspace{};
  }
  Error Refusal() {
    const auto workspace = ResolveWorkspace(params_, host_);
    EXPECT_FALSE(workspace.has_value());
    return workspace ? Error{} : workspace.error();
  }
  Json Box(const std::string& access) const {
    return {{"enabled", true},
            {"workspaceAccess", access},
            {"workspaceDir", (directory_ / "box/inner").string()}};
  }

  const fs::path directory_ =
      fs::temp_directory_path() / ("workspace-" + RandomUuid());
  AttemptParams params_;
  AttemptHost host_;
};

TEST_F(WorkspaceTest, WithoutSandboxTheWorkspaceIsTheHosts) {
  params_.workspace_dir = "/work/./x/..";
  const Workspace workspace = Resolve();
  EXPECT_EQ(workspace.effective, "/work");
  EXPECT_EQ(workspace.cwd, "/work");
  EXPECT_TRUE(workspace.spawn.empty());
  EXPECT_FALSE(workspace.sandboxed());
}

TEST_F(WorkspaceTest, AReadWriteSandboxKeepsTheWorkspace) {
  params_.workspace_dir = "/work";
  params_.session_key = "agent:main:x";
  Json asked;
  host_.resolve_sandbox = [&](const Json& run) {
    asked = run;
    return Expected<Json>(Box("rw"));
  };
  const Workspace workspace = Resolve();
  EXPECT_EQ(workspace.effective, "/work");
  EXPECT_TRUE(workspace.spawn.empty());
  EXPECT_EQ(workspace.sandbox, Box("rw"));
  EXPECT_EQ(asked["sessionKey"], "agent:main:x");
  EXPECT_FALSE(fs::exists(directory_ / "box"));
}

TEST_F(WorkspaceTest, AReadOnlySandboxMovesTheRunIntoItsDirectory) {
  params_.workspace_dir = "/work";
  params_.sandbox = Box("ro");
  host_.resolve_sandbox = [](const Json&) -> Expected<Json> {
    return Fail("not asked: one was supplied");
  };
  const Workspace workspace = Resolve();
  EXPECT_EQ(workspace.effective, (directory_ / "box/inner").string());
  EXPECT_EQ(workspace.cwd, workspace.effective);
  EXPECT_EQ(workspace.spawn, "/work");
  EXPECT_TRUE(fs::is_directory(directory_ / "box/inner"));
}

TEST_F(WorkspaceTest, ASandboxedRunHasNoOtherDirectory) {
  params_.workspace_dir = "/work";
  params_.cwd = "/elsewhere";
  params_.sandbox = Box("rw");
  EXPECT_EQ(Refusal().code, "sandbox_cwd_override_unsupported");
  params_.cwd = "/work/.";
  EXPECT_EQ(Resolve().cwd, "/work");
}

TEST_F(WorkspaceTest, ASandboxThatCannotBeResolvedIsTheCause) {
  host_.resolve_sandbox = [](const Json&) -> Expected<Json> {
    return Fail("no container");
  };
  EXPECT_EQ(Refusal().code, "sandbox_resolution_failure");
  EXPECT_EQ(Refusal().message,
            "[copilot-attempt] sandbox resolution failed: no container");
}

TEST_F(WorkspaceTest, ADirectoryThatCannotBeMadeIsAFailure) {
  std::ofstream(directory_ / "box") << "a file";
  params_.sandbox = Box("none");
  EXPECT_EQ(Refusal().code, "sandbox_resolution_failure");
  EXPECT_NE(Refusal().message.find("Not a directory"), std::string::npos);
  params_.sandbox.erase("workspaceDir");
  EXPECT_EQ(Refusal().code, "sandbox_resolution_failure");
}

class InstructionsTest : public WorkspaceTest {
 protected:
  InstructionsTest() {
    workspace_.original = workspace_.effective = "/work";
    host_.load_bootstrap = [this](const std::string& directory) {
      asked_ = directory;
      return files_;
    };
    host_.log = [this](const std::string&, const std::string& text) {
      warning_ = text;
    };
  }
  std::string Text() { return WorkspaceInstructions(workspace_, host_); }
  // The headings in their order.
  std::string Paths() {
    std::string paths;
    const std::string text = Text();
    for (size_t at = text.find("\n## "); at != std::string::npos;
         at = text.find("\n## ", at + 1)) {
      paths += text.substr(at + 4, text.find('\n', at + 1) - at - 4) + " ";
    }
    return paths;
  }

  Workspace workspace_;
  Expected<std::vector<BootstrapFile>> files_;
  std::string asked_;
  std::string warning_;
};

TEST_F(InstructionsTest, KnownFilesComeFirstInTheirOrder) {
  files_ = {{{"/work/zeta.md", "z"},
             {"/work/Alpha.md", "a"},
             {"/work/MEMORY.md", "m"},
             {"/work/USER.md", "u"},
             {"/work/TOOLS.md", "t"},
             {"/work/BOOTSTRAP.md", "b"},
             {"/work/HEARTBEAT.md", "h"},
             {"/work/IDENTITY.md", "i"},
             {"/work/SOUL.md", "s"}}};
  EXPECT_EQ(Paths(),
            "/work/SOUL.md /work/IDENTITY.md /work/HEARTBEAT.md "
            "/work/BOOTSTRAP.md /work/TOOLS.md /work/USER.md /work/MEMORY.md "
            "/work/Alpha.md /work/zeta.md ");
  EXPECT_NE(Text().find("# Project Context"), std::string::npos);
  EXPECT_NE(Text().find("persona"), std::string::npos);
  files_->pop_back();
  EXPECT_EQ(Text().find("persona"), std::string::npos);
}

TEST_F(InstructionsTest, WhatTheCliReadsItselfIsLeftOut) {
  files_ = {{{"/work/AGENTS.md", "a"}, {"/work/sub/agents.MD", "b"}}};
  EXPECT_EQ(Text(), "");
  files_->push_back({"/work/USER.md", "u"});
  EXPECT_EQ(Paths(), "/work/USER.md ");
}

TEST_F(InstructionsTest, APlaceholderOfAMissingFileIsKept) {
  files_->push_back({"/work/USER.md", "[MISSING] Expected at: /work/USER.md"});
  EXPECT_NE(Text().find("[MISSING] Expected at"), std::string::npos);
}

TEST_F(InstructionsTest, InASandboxThePathsAreItsOwn) {
  workspace_.effective = "/box";
  files_ = {{{"/work/USER.md", "u"},
             {"/work/../etc/x.md", "x"},
             {"/workshop/y.md", "y"}}};
  EXPECT_EQ(Paths(), "/box/USER.md /work/../etc/x.md /workshop/y.md ");
  EXPECT_EQ(asked_, "/box");
}

TEST_F(InstructionsTest, WhatCannotBeLoadedIsLoggedAndLeftOut) {
  files_ = Fail("disk gone");
  EXPECT_EQ(Text(), "");
  EXPECT_EQ(warning_,
            "[copilot-attempt] failed to load workspace bootstrap "
            "instructions: disk gone");
}

TEST_F(InstructionsTest, WithoutWorkspaceNobodyIsAsked) {
  workspace_ = {};
  EXPECT_EQ(Text(), "");
  EXPECT_EQ(asked_, "");
}

}  // namespace
}  // namespace copilot::harness
