// SPDX-License-Identifier: MIT
#include "conformance/stage/kept_files.h"

#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

class KeptFilesTest : public testing::Test {
 protected:
  Json Do(const std::string& operation, const Json& params) {
    return files_.Answer(operation, params);
  }
  KeptFiles files_;
};

TEST_F(KeptFilesTest, KeepsWhatIsWrittenAndAppended) {
  EXPECT_EQ(Do("writeFile", {{"path", "/a"}, {"content", "one"}}), nullptr);
  EXPECT_EQ(Do("appendFile", {{"path", "/a"}, {"content", " two"}}), nullptr);
  EXPECT_EQ(Do("readFile", {{"path", "/a"}})["content"], "one two");
  EXPECT_EQ(Do("stat", {{"path", "/a"}})["size"], 7);
}

TEST_F(KeptFilesTest, TellsWhatIsMissing) {
  EXPECT_EQ(Do("readFile", {{"path", "/a"}})["error"]["code"], "ENOENT");
  EXPECT_EQ(Do("stat", {{"path", "/a"}})["error"]["code"], "ENOENT");
  EXPECT_EQ(Do("exists", {{"path", "/a"}})["exists"], false);
  EXPECT_EQ(Do("rename", {{"src", "/a"}, {"dest", "/b"}})["code"], "ENOENT");
  EXPECT_EQ(Do("chmod", {{"path", "/a"}})["code"], "ENOSYS");
}

TEST_F(KeptFilesTest, ListsOneLevelOfADirectory) {
  Do("mkdir", {{"path", "/d/empty"}});
  Do("writeFile", {{"path", "/d/a"}, {"content", ""}});
  Do("writeFile", {{"path", "/d/sub/b"}, {"content", ""}});
  Do("writeFile", {{"path", "/dd"}, {"content", ""}});
  EXPECT_EQ(Do("readdirWithTypes", {{"path", "/d"}})["entries"],
            Json({{{"name", "a"}, {"type", "file"}},
                  {{"name", "empty"}, {"type", "directory"}},
                  {{"name", "sub"}, {"type", "directory"}}}));
  EXPECT_EQ(Do("readdir", {{"path", "/d/sub"}})["entries"], Json({"b"}));
}

TEST_F(KeptFilesTest, RemovesWithAllThatIsBelow) {
  Do("writeFile", {{"path", "/d/a"}, {"content", ""}});
  Do("writeFile", {{"path", "/da"}, {"content", ""}});
  Do("rm", {{"path", "/d"}, {"recursive", true}});
  EXPECT_EQ(Do("exists", {{"path", "/d"}})["exists"], false);
  EXPECT_TRUE(files_.Has("/da"));
}

TEST_F(KeptFilesTest, MovesAFile) {
  Do("writeFile", {{"path", "/a"}, {"content", "x"}});
  EXPECT_EQ(Do("rename", {{"src", "/a"}, {"dest", "/b"}}), nullptr);
  EXPECT_FALSE(files_.Has("/a"));
  EXPECT_EQ(files_.Content("/b"), "x");
}

}  // namespace
}  // namespace copilot::conformance
