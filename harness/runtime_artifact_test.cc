// SPDX-License-Identifier: MIT
#include "harness/runtime_artifact.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

namespace fs = std::filesystem;

class RuntimeArtifactTest : public testing::Test {
 protected:
  RuntimeArtifactTest() {
    std::string pattern = testing::TempDir() + "/runtime-XXXXXX";
    directory_ = fs::canonical(mkdtemp(pattern.data()));
    fs::create_directories(directory_ / "sdk/dist");
    Write("sdk/package.json", "{}");
    Write("sdk/dist/index.js", "export {};");
    Write("copilot", std::string(3 << 20, 'c'));
    environment_->current = directory_;
    package_ = {directory_ / "sdk", "dist/index.js", directory_ / "copilot"};
  }
  ~RuntimeArtifactTest() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
  RuntimeArtifact Load() {
    auto loaded = RuntimeArtifact::Load(package_, environment_);
    EXPECT_TRUE(loaded.has_value());
    return *std::move(loaded);
  }
  static RuntimeCapture Capture(const RuntimeArtifact& artifact) {
    const auto capture = artifact.Capture();
    EXPECT_TRUE(capture.has_value());
    return capture ? *capture : RuntimeCapture();
  }
  static std::string Refusal(const RuntimeArtifact& artifact) {
    const auto capture = artifact.Capture();
    return capture ? "" : capture.error().message;
  }

  fs::path directory_;
  RuntimePackage package_;
  std::shared_ptr<FakeEnvironment> environment_ =
      std::make_shared<FakeEnvironment>();
};

TEST_F(RuntimeArtifactTest, ACaptureNamesTheCliAndTheBytes) {
  const RuntimeCapture capture = Capture(Load());
  EXPECT_EQ(capture.connection,
            Json({{"kind", "stdio"}, {"path", directory_ / "copilot"}}));
  EXPECT_EQ(capture.binding.id.rfind("copilot-sdk:", 0), 0u);
  EXPECT_NE(
      capture.binding.id.find(":" + package_.directory + "/dist/index.js"),
      std::string::npos)
      << capture.binding.id;
  EXPECT_EQ(capture.binding.fingerprint.rfind("sha256:", 0), 0u);
  EXPECT_EQ(capture.binding.fingerprint.size(), 7u + 64u);
}

TEST_F(RuntimeArtifactTest, CapturesOverLinksAreEqual) {
  const RuntimeBinding binding = Capture(Load()).binding;
  fs::create_directory_symlink(directory_ / "sdk", directory_ / "sdk-link");
  fs::create_symlink(directory_ / "copilot", directory_ / "copilot-link");
  package_.directory = directory_ / "sdk-link";
  package_.executable = directory_ / "copilot-link";
  const RuntimeArtifact linked = Load();
  EXPECT_EQ(Capture(linked).binding, binding);
  EXPECT_TRUE(linked.Validate(binding));
}

TEST_F(RuntimeArtifactTest, ALinkBackIsNoEndlessWay) {
  fs::create_directory_symlink(directory_ / "sdk", directory_ / "sdk/dist/up");
  const RuntimeArtifact artifact = Load();
  EXPECT_TRUE(artifact.Validate(Capture(artifact).binding));
}

TEST_F(RuntimeArtifactTest, AByteOfTheCliEndsTheBinding) {
  const RuntimeArtifact artifact = Load();
  const RuntimeBinding binding = Capture(artifact).binding;
  EXPECT_TRUE(artifact.Validate(binding));
  std::string bytes(3 << 20, 'c');
  bytes[(2 << 20) + 5] = 'd';
  Write("copilot", bytes);
  EXPECT_FALSE(artifact.Validate(binding));
}

TEST_F(RuntimeArtifactTest, AnSdkThatChangedAsksForARestart) {
  const RuntimeArtifact artifact = Load();
  const RuntimeBinding binding = Capture(artifact).binding;
  Write("sdk/dist/index.js", "export {}!");
  EXPECT_NE(Refusal(artifact).find("Restart OpenClaw"), std::string::npos);
  EXPECT_FALSE(artifact.Validate(binding));
  // After the restart it is another one.
  EXPECT_NE(Capture(Load()).binding, binding);
}

TEST_F(RuntimeArtifactTest, AFileThatCameOrWentIsAChange) {
  const RuntimeArtifact artifact = Load();
  Write("sdk/dist/more.js", "");
  EXPECT_NE(Refusal(artifact), "");
  fs::remove(directory_ / "sdk/dist/more.js");
  EXPECT_EQ(Refusal(artifact), "");
  fs::remove(directory_ / "sdk/package.json");
  EXPECT_NE(Refusal(artifact), "");
}

TEST_F(RuntimeArtifactTest, OnlyStdioAndThePackagedCliAreVouchedFor) {
  const RuntimeArtifact artifact = Load();
  environment_->variables["COPILOT_SDK_DEFAULT_CONNECTION"] = "inprocess";
  EXPECT_NE(Refusal(artifact).find("COPILOT_SDK_DEFAULT_CONNECTION"),
            std::string::npos);
  environment_->variables["COPILOT_SDK_DEFAULT_CONNECTION"] = "STDIO";
  EXPECT_EQ(Refusal(artifact), "");
  Write("other", "another CLI");
  for (const char* other : {"other", "nowhere"}) {
    environment_->variables["COPILOT_CLI_PATH"] = other;
    EXPECT_NE(Refusal(artifact).find("COPILOT_CLI_PATH"), std::string::npos);
  }
  environment_->variables["COPILOT_CLI_PATH"] = "copilot";
  EXPECT_EQ(Refusal(artifact), "");
}

TEST_F(RuntimeArtifactTest, APackageThatIsNotThereCannotBeLoaded) {
  package_.directory = directory_ / "nowhere";
  EXPECT_FALSE(RuntimeArtifact::Load(package_, environment_).has_value());
}

}  // namespace
}  // namespace copilot::harness
