// SPDX-License-Identifier: MIT
#include "harness/run_command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "harness/fake_sdk.h"
#include "harness/uuid.h"

namespace copilot::harness {
namespace {

class LocateCliTest : public testing::Test {
 protected:
  LocateCliTest() {
    std::string pattern = testing::TempDir() + "/locate-XXXXXX";
    directory_ =
        std::filesystem::path(mkdtemp(pattern.data())).lexically_normal();
    environment_.current = directory_;
  }
  ~LocateCliTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string Program(const std::string& name) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n";
    chmod(path.c_str(), 0700);
    return path;
  }
  std::string Located() {
    const auto target = LocateCli(options_, environment_);
    return target ? target->path : "error " + target.error().code;
  }

  std::string directory_;
  FakeEnvironment environment_;
  RunOptions options_;
};

TEST_F(LocateCliTest, TheOptionWinsOverVariableAndPath) {
  options_.cli = Program("mine");
  environment_.variables = {{"COPILOT_CLI_PATH", Program("other")},
                            {"PATH", directory_}};
  Program("copilot");
  EXPECT_EQ(Located(), directory_ + "/mine");
  options_.cli = "";
  EXPECT_EQ(Located(), directory_ + "/other");
  environment_.variables.erase("COPILOT_CLI_PATH");
  EXPECT_EQ(Located(), directory_ + "/copilot");
}

TEST_F(LocateCliTest, ABareNameIsLookedUpInPath) {
  Program("mine");
  options_.cli = "mine";
  environment_.variables["PATH"] = "/nowhere:" + directory_;
  EXPECT_EQ(Located(), directory_ + "/mine");
}

TEST_F(LocateCliTest, ARelativePathIsMadeAbsolute) {
  Program("mine");
  options_.cli = directory_ + "/./mine";
  EXPECT_EQ(Located(), directory_ + "/mine");
}

TEST_F(LocateCliTest, WithoutAnyCliTheErrorHasACode) {
  environment_.variables["PATH"] = "/nowhere";
  EXPECT_EQ(Located(), "error COPILOT_CLI_MISSING");
  options_.cli = "/nowhere/copilot";
  EXPECT_EQ(Located(), "error COPILOT_CLI_MISSING");
}

TEST_F(LocateCliTest, WhereNobodyNamesOneItIsLookedFor) {
  environment_.variables = {{"OPENCLAW_STATE_DIR", directory_ + "/state"},
                            {"PATH", directory_}};
  Program("copilot");
  EXPECT_EQ(Located(), directory_ + "/copilot");
  const std::string package =
      "state/npm-runtime/copilot/node_modules/@github/copilot";
  std::filesystem::create_directories(directory_ + "/" + package);
  const std::string fallback = Program(package + "/index.js");
  EXPECT_EQ(Located(), fallback);
  environment_.variables["COPILOT_CLI_PATH"] = "/nowhere/copilot";
  EXPECT_EQ(Located(), "error COPILOT_CLI_MISSING");
}

TEST_F(LocateCliTest, AnAddressIsHostAndPort) {
  options_.cli_url = "127.0.0.1:4711";
  const auto target = LocateCli(options_, environment_);
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->host, "127.0.0.1");
  EXPECT_EQ(target->port, 4711);
}

TEST_F(LocateCliTest, WhatIsNoAddressIsWrongUsage) {
  for (const char* url :
       {"localhost", "localhost:", "localhost:0", "localhost:70000",
        "localhost:12x", ":4711", "localhost:-1"}) {
    options_.cli_url = url;
    EXPECT_EQ(Located(), "error USAGE") << url;
  }
}

TEST(MakeRunParamsTest, TheProvidersKeyComesFromTheEnvironment) {
  FakeEnvironment environment;
  environment.variables["MODEL_KEY"] = "key-1";
  RunOptions options;
  options.prompt = "hi";
  EXPECT_TRUE(MakeRunParams(options, environment).session_provider.is_null());
  options.provider_url = "http://127.0.0.1:1/v1";
  EXPECT_FALSE(
      MakeRunParams(options, environment).session_provider.contains("apiKey"));
  options.provider_key_variable = "MODEL_KEY";
  const AttemptParams params = MakeRunParams(options, environment);
  EXPECT_EQ(params.session_provider["apiKey"], "key-1");
  EXPECT_EQ(params.session_provider["baseUrl"], "http://127.0.0.1:1/v1");
  EXPECT_EQ(params.workspace_dir, "/work");
  EXPECT_EQ(params.timeout_ms, 600000);
}

class ConfiguredParamsTest : public LocateCliTest {
 protected:
  ConfiguredParamsTest() {
    options_.config = directory_ + "/openclaw.json";
    options_.session = "work";
    options_.timeout_s = 5;
    Configure("");
  }
  void Configure(const std::string& more) {
    std::ofstream(options_.config)
        << "{agents: {defaults: {model: 'github-copilot/m', workspace: "
           "'/srv'}, list: [{id: 'ops', agentDir: '/ops'}]}, models: "
           "{providers: {'github-copilot': {agentRuntime: {id: 'copilot'}}}}, "
        << more << "}";
  }
  AttemptParams Params() {
    const auto params = MakeConfiguredParams(options_, environment_);
    EXPECT_TRUE(params.has_value()) << (params ? "" : params.error().message);
    return params ? *params : AttemptParams{};
  }
  int Code() {
    const auto params = MakeConfiguredParams(options_, environment_);
    return params ? kOk : ExitCodeOf(params.error());
  }
};

TEST_F(ConfiguredParamsTest, TheConfigurationSpeaksWhereTheOptionsAreSilent) {
  const AttemptParams params = Params();
  EXPECT_EQ(params.agent_id, "ops");
  EXPECT_EQ(params.agent_dir, "/ops");
  EXPECT_EQ(params.model_id, "m");
  EXPECT_EQ(params.workspace_dir, "/srv");
  EXPECT_EQ(params.session_id, "work");
  EXPECT_EQ(params.timeout_ms, 5000);
  EXPECT_FALSE(params.run_id.empty());
}

TEST_F(ConfiguredParamsTest, OptionsComeFirst) {
  options_.model = "github-copilot/n";
  options_.cwd = "here";
  options_.home = "/home";
  const AttemptParams params = Params();
  EXPECT_EQ(params.model_id, "n");
  EXPECT_EQ(params.workspace_dir, directory_ + "/here");
  EXPECT_EQ(params.copilot_home, "/home");
}

TEST_F(ConfiguredParamsTest, WhatCannotRunHereIsWrongUsage) {
  EXPECT_EQ(Code(), kOk);
  options_.agent = "nobody";
  EXPECT_EQ(Code(), kUsage);
  options_.agent = "";
  options_.model = "other/m";
  EXPECT_EQ(Code(), kUsage);
  options_.model = "";
  Configure("plugins: {deny: ['copilot']}");
  EXPECT_EQ(Code(), kUsage);
  options_.config += "x";
  EXPECT_EQ(Code(), kUsage);
}

TEST_F(ConfiguredParamsTest, WithoutAConfigurationThereIsADefaultModel) {
  options_.config = "";
  EXPECT_EQ(Params().model_id, kDefaultModel);
  EXPECT_EQ(Params().provider, "github-copilot");
}

TEST(AttachImagesTest, ReadsImagesAndNamesWhatIsNone) {
  FakeEnvironment environment;
  environment.current = std::filesystem::temp_directory_path();
  const std::string name = "attach-" + RandomUuid() + ".png";
  const auto path = std::filesystem::temp_directory_path() / name;
  std::ofstream(path) << "ABC";
  RunOptions options;
  AttemptParams params;
  options.attach = {name, path};
  ASSERT_TRUE(AttachImages(options, environment, &params).has_value());
  const Json image = {{"data", "QUJD"}, {"mimeType", "image/png"}};
  EXPECT_EQ(params.images, Json({image, image}));
  std::filesystem::remove(path);
  for (const auto& [file, text] : std::map<std::string, std::string>{
           {name, "no such file"}, {"a.txt", "expected a file .png"}}) {
    options.attach = {file};
    const auto refused = AttachImages(options, environment, &params);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, "USAGE");
    EXPECT_NE(refused.error().message.find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace copilot::harness
