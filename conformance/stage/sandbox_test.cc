// SPDX-License-Identifier: MIT
#include "conformance/stage/sandbox.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace copilot::conformance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

TEST(Sandbox, HasItsDirectories) {
  const Sandbox sandbox;
  for (const std::string& directory :
       {sandbox.home(), sandbox.workspace(), sandbox.state(), sandbox.temp()}) {
    EXPECT_TRUE(fs::is_directory(directory)) << directory;
    EXPECT_TRUE(fs::is_empty(directory)) << directory;
  }
}

TEST(Sandbox, IsWhereTmpdirSays) {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  const Sandbox outer;
  setenv("TMPDIR", outer.temp().c_str(), 1);
  EXPECT_EQ(SandboxDirectory(), outer.temp());
  EXPECT_EQ(Sandbox().root().rfind(outer.temp() + "/scenario-", 0), 0u);
  setenv("TMPDIR", "", 1);
  const std::string without = SandboxDirectory();
  EXPECT_TRUE(without == "/dev/shm" || without == "/tmp") << without;
  before == nullptr ? unsetenv("TMPDIR") : setenv("TMPDIR", kept.c_str(), 1);
}

TEST(Sandbox, SharesNothingWithAnother) {
  const Sandbox one;
  const Sandbox other;
  EXPECT_NE(one.root(), other.root());
}

TEST(Sandbox, IsGoneAfterwardsWithEverythingInIt) {
  auto sandbox = std::make_unique<Sandbox>();
  const std::string root = sandbox->root();
  sandbox->Write(sandbox->home() + "/a/b.txt", "text");
  sandbox.reset();
  EXPECT_FALSE(fs::exists(root));
}

TEST(Sandbox, StaysWhenToldTo) {
  auto sandbox = std::make_unique<Sandbox>();
  const std::string root = sandbox->root();
  sandbox->Keep();
  sandbox.reset();
  EXPECT_TRUE(fs::exists(root));
  fs::remove_all(root);
}

TEST(Sandbox, ExpandsTheNamesOfItsDirectories) {
  const Sandbox sandbox;
  EXPECT_EQ(
      sandbox.Expand(std::string("${home}/x:${workspace}:${state}")),
      sandbox.home() + "/x:" + sandbox.workspace() + ":" + sandbox.state());
  EXPECT_EQ(sandbox.Expand(std::string("${root}${temp}")),
            sandbox.root() + sandbox.temp());
}

TEST(Sandbox, ExpandsNamesThatAreDefined) {
  Sandbox sandbox;
  sandbox.Define("model", "http://127.0.0.1:1");
  EXPECT_EQ(sandbox.Expand(std::string("${model}/v1")),
            "http://127.0.0.1:1/v1");
}

TEST(Sandbox, LeavesOtherTextAlone) {
  const Sandbox sandbox;
  for (const char* text :
       {"", "home", "$home", "${unknown}", "${home", "}${"}) {
    EXPECT_EQ(sandbox.Expand(std::string(text)), text);
  }
}

TEST(Sandbox, ExpandsInValuesAndNamesOfMembers) {
  const Sandbox sandbox;
  const Json value = {{"${home}/a", Json::array({"${temp}", 1, nullptr})}};
  const Json expanded = sandbox.Expand(value);
  EXPECT_EQ(expanded, (Json{{sandbox.home() + "/a",
                             Json::array({sandbox.temp(), 1, nullptr})}}));
}

TEST(Sandbox, WritesAFileWithItsDirectories) {
  const Sandbox sandbox;
  const std::string path = sandbox.workspace() + "/a/b/c.txt";
  sandbox.Write(path, "one\ntwo");
  EXPECT_EQ(ReadFile(path), "one\ntwo");
  sandbox.Write(path, "three");
  EXPECT_EQ(ReadFile(path), "three");
}

TEST(Sandbox, MakesADirectoryForAPathThatEndsInASlash) {
  const Sandbox sandbox;
  sandbox.Write(sandbox.workspace() + "/a/b/", nullptr);
  EXPECT_TRUE(fs::is_directory(sandbox.workspace() + "/a/b"));
}

TEST(ReadFile, IsEmptyForAFileThatIsNotThere) {
  EXPECT_EQ(ReadFile("/no/such/file"), "");
}

}  // namespace
}  // namespace copilot::conformance
