// SPDX-License-Identifier: MIT
#include "harness/cli_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

class CliDiscoveryTest : public testing::Test {
 protected:
  CliDiscoveryTest() {
    std::string pattern = testing::TempDir() + "/discovery-XXXXXX";
    directory_ =
        std::filesystem::path(mkdtemp(pattern.data())).lexically_normal();
    environment_->current = directory_;
    environment_->home = directory_ + "/home";
    environment_->variables = {{"PATH", directory_ + "/path"}};
  }
  ~CliDiscoveryTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  // Makes a file below the directory and returns its path.
  std::string File(const std::string& name, mode_t mode = 0700) {
    const std::filesystem::path path = directory_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n";
    chmod(path.c_str(), mode);
    return path;
  }
  std::string InFallback(const std::string& state) {
    return File(
        state + "/npm-runtime/copilot/node_modules/@github/copilot/index.js",
        0600);
  }
  CliDiscovery Discovery(const std::string& configured = "") {
    return {environment_, configured, directory_ + "/beside"};
  }
  std::string Located(const std::string& configured = "") {
    const auto target = Discovery(configured).Locate();
    return target ? target->path : target.error().code;
  }
  std::string Complaint(const std::string& configured = "") {
    const auto target = Discovery(configured).Locate();
    EXPECT_FALSE(target.has_value());
    return target ? "" : target.error().message;
  }

  std::string directory_;
  std::shared_ptr<FakeEnvironment> environment_ =
      std::make_shared<FakeEnvironment>();
};

TEST_F(CliDiscoveryTest, TheOneBesideTheProgramIsUsed) {
  const std::string beside = File("beside/copilot");
  InFallback("home/.openclaw");
  environment_->variables["COPILOT_CLI_PATH"] = File("variable");
  File("path/copilot");
  EXPECT_EQ(Located(), beside);
  EXPECT_EQ(Located(File("configured")), directory_ + "/configured");
}

TEST_F(CliDiscoveryTest, TheFallbackDirectoryIsUsedWhenThatCannotBeLoaded) {
  const std::string fallback = InFallback("home/.openclaw");
  environment_->variables["COPILOT_CLI_PATH"] = File("variable");
  EXPECT_EQ(Located(), fallback);
  EXPECT_EQ(Located("nowhere"), fallback);
  File("beside/copilot", 0600);
  EXPECT_EQ(Located(), fallback);
  environment_->variables["OPENCLAW_STATE_DIR"] = directory_ + "/state";
  std::filesystem::remove(directory_ + "/beside/copilot");
  EXPECT_EQ(Located(), directory_ + "/variable");
  const std::string in_state = InFallback("state");
  EXPECT_EQ(Located(), in_state);
}

TEST_F(CliDiscoveryTest, VariableAndPathComeLast) {
  const std::string in_path = File("path/copilot");
  EXPECT_EQ(Located(), in_path);
  environment_->variables["COPILOT_CLI_PATH"] = File("variable");
  EXPECT_EQ(Located(), directory_ + "/variable");
  environment_->variables["COPILOT_CLI_PATH"] = "relative/none";
  EXPECT_EQ(Located(), in_path);
}

TEST_F(CliDiscoveryTest, WithoutAnyOneErrorTellsAll) {
  std::filesystem::create_directories(directory_ +
                                      "/home/.openclaw/npm-runtime/copilot");
  std::filesystem::create_directories(directory_ + "/a-directory");
  environment_->variables["COPILOT_CLI_PATH"] = "a-directory";
  EXPECT_EQ(Located(), "COPILOT_SDK_MISSING");
  const std::string text = Complaint("mine");
  const std::string fallback =
      directory_ + "/home/.openclaw/npm-runtime/copilot";
  EXPECT_THAT(text, HasSubstr("openclaw plugins install @openclaw/copilot"));
  EXPECT_THAT(
      text, HasSubstr("npm install --prefix " + fallback + " @github/copilot"));
  EXPECT_THAT(text,
              HasSubstr("configured: " + directory_ + "/mine does not exist"));
  EXPECT_THAT(text, HasSubstr("fallback directory: " + fallback +
                              "/node_modules/@github/copilot/index.js does "
                              "not exist"));
  EXPECT_THAT(text, HasSubstr("COPILOT_CLI_PATH: " + directory_ +
                              "/a-directory is a directory"));
  EXPECT_THAT(text, HasSubstr("PATH: no `copilot`"));
}

TEST_F(CliDiscoveryTest, AFallbackDirectoryThatDoesNotExistIsNotTried) {
  const std::string text = Complaint();
  EXPECT_THAT(text, HasSubstr("/home/.openclaw/npm-runtime/copilot does not "
                              "exist, not tried"));
  EXPECT_THAT(text, Not(HasSubstr("node_modules")));
}

TEST_F(CliDiscoveryTest, AFailureIsNotRememberedAndASuccessIs) {
  CliDiscovery discovery(environment_, "", directory_ + "/beside");
  EXPECT_FALSE(discovery.Locate().has_value());
  const std::string later = InFallback("home/.openclaw");
  ASSERT_TRUE(discovery.Locate().has_value());
  File("beside/copilot");
  std::filesystem::remove(later);
  const auto again = discovery.Locate();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->path, later);
}

TEST(ProgramDirectoryTest, IsAbsolute) {
  EXPECT_EQ(ProgramDirectory().substr(0, 1), "/");
}

}  // namespace
}  // namespace copilot::harness
