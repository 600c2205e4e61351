// SPDX-License-Identifier: MIT
#include "harness/prompt_images.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/fake_sdk.h"
#include "harness/uuid.h"

namespace copilot::harness {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

class PromptImagesTest : public testing::Test {
 protected:
  PromptImagesTest() {
    fs::create_directories(directory_ / "work/task");
    workspace_.effective = (directory_ / "work").string();
    workspace_.cwd = (directory_ / "work/task").string();
  }
  ~PromptImagesTest() override { fs::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& bytes = "ABC") {
    const fs::path path = directory_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  Json Attachments() {
    return PromptAttachments(params_, host_, workspace_, environment_);
  }
  static Json Blob(int number, const std::string& data = "QUJD",
                   const std::string& type = "image/png") {
    return {{"type", "blob"},
            {"data", data},
            {"mimeType", type},
            {"displayName", "prompt-image-" + std::to_string(number)}};
  }

  const fs::path directory_ =
      fs::temp_directory_path() / ("images-" + RandomUuid());
  AttemptParams params_;
  AttemptHost host_;
  Workspace workspace_;
  FakeEnvironment environment_;
};

TEST_F(PromptImagesTest, WithoutImagesThereIsNoAttachment) {
  params_.prompt = "look at nothing.png";
  EXPECT_TRUE(Attachments().is_null());
}

TEST_F(PromptImagesTest, GivenImagesAreNumberedBlobs) {
  params_.images = {{{"data", "QUJD"}, {"mimeType", "image/png"}},
                    {{"data", "REVG"}, {"mimeType", "image/gif"}}};
  EXPECT_EQ(Attachments(), Json({Blob(1), Blob(2, "REVG", "image/gif")}));
}

TEST_F(PromptImagesTest, AnOffloadedImageLiesInTheInboundDirectory) {
  Write("state/media/inbound/abc.png");
  Write("state/media/secret.png");
  environment_.variables["OPENCLAW_STATE_DIR"] =
      (directory_ / "state").string();
  params_.offloaded_images = {"media://inbound/abc.png",
                              "media://inbound/../secret.png",
                              "media://outbound/abc.png", "media://inbound/.."};
  EXPECT_EQ(Attachments(), Json::array({Blob(1)}));
}

TEST_F(PromptImagesTest, AWorkspaceOnlyPolicyKeepsOtherFilesOut) {
  params_.prompt = "see " + Write("out.png");
  EXPECT_EQ(Attachments().size(), 1u);
  params_.workspace_only = true;
  EXPECT_TRUE(Attachments().is_null());
  fs::create_symlink(directory_ / "out.png", directory_ / "work/link.png");
  params_.prompt = "see " + (directory_ / "work/link.png").string();
  EXPECT_TRUE(Attachments().is_null()) << "a link that leads out";
}

TEST_F(PromptImagesTest, AQuotedPathInsideIsAttached) {
  params_.workspace_only = true;
  params_.prompt = "what is in \"" + Write("work/my shot.png") + "\"?";
  EXPECT_EQ(Attachments(), Json::array({Blob(1)}));
}

TEST_F(PromptImagesTest, ARelativePathBelongsToTheTasksDirectory) {
  Write("work/task/a.jpg");
  params_.prompt = "see a.jpg.";
  EXPECT_EQ(Attachments(), Json::array({Blob(1, "QUJD", "image/jpeg")}));
}

TEST_F(PromptImagesTest, InASandboxItsBridgeDecides) {
  workspace_.sandbox = {{"enabled", true}};
  const std::string inside = Write("host/inside.png");
  const std::string outside = Write("out.png");
  std::vector<std::string> asked;
  host_.resolve_sandbox_path =
      [&](const std::string& path) -> Expected<std::string> {
    asked.push_back(path);
    if (path == outside) return Fail("outside of the workspace");
    return inside;
  };
  params_.prompt = "compare " + outside + " and /box/x.png";
  EXPECT_EQ(Attachments().size(), 1u);
  EXPECT_EQ(asked, (Paths{outside, "/box/x.png"}));
}

TEST_F(PromptImagesTest, AModelWithoutImagesGetsNone) {
  params_.images = {{{"data", "QUJD"}, {"mimeType", "image/png"}}};
  params_.model = {{"input", {"text"}}};
  EXPECT_TRUE(Attachments().is_null());
}

TEST_F(PromptImagesTest, BytesAreBase64WithPadding) {
  for (const auto& [bytes, text] :
       std::map<std::string, std::string>{{"A", "QQ=="},
                                          {"AB", "QUI="},
                                          {"ABC", "QUJD"},
                                          {"\xff\xfe\xfd\xfc", "//79/A=="}}) {
    params_.prompt = Write("work/b.png", bytes);
    EXPECT_EQ(Attachments()[0]["data"], text);
  }
}

TEST_F(PromptImagesTest, TooLargeAFileIsLeftOut) {
  const std::string path = Write("work/big.png");
  fs::resize_file(path, kMaxImageBytes + 1);
  params_.prompt = path;
  EXPECT_TRUE(Attachments().is_null());
}

TEST(ImagePathsTest, AreWordsOrQuotedText) {
  EXPECT_EQ(ImagePaths("a.png, (b.PNG) 'c d.gif' \"e.webp\" f.txt g.jpeg!"),
            (Paths{"a.png", "b.PNG", "c d.gif", "e.webp", "g.jpeg"}));
  EXPECT_EQ(ImagePaths("a.png a.png"), Paths{"a.png"});
  EXPECT_EQ(ImagePaths("it's \"open a.png"), Paths{"a.png"});
  EXPECT_TRUE(ImagePaths("").empty());
}

}  // namespace
}  // namespace copilot::harness
