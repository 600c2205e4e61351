// SPDX-License-Identifier: MIT
#include "harness/session_config.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

SessionConfig Config() {
  SessionConfig config;
  config.model = "gpt-4.1";
  config.working_directory = "/work";
  config.available_tools = {"builtin:ask_user"};
  config.on_permission_request = [](const Json&, const std::string&) {
    return Json::object();
  };
  return config;
}

TEST(SessionConfigTest, APlainSessionHasExactlyWhatTheSdkSends) {
  const Json expected = {{"sessionId", "s1"},
                         {"model", "gpt-4.1"},
                         {"tools", Json::array()},
                         {"availableTools", {"builtin:ask_user"}},
                         {"toolFilterPrecedence", "excluded"},
                         {"requestPermission", true},
                         {"requestUserInput", false},
                         {"requestElicitation", false},
                         {"requestExitPlanMode", false},
                         {"requestAutoModeSwitch", false},
                         {"hooks", false},
                         {"workingDirectory", "/work"},
                         {"streaming", true},
                         {"includeSubAgentStreamingEvents", true},
                         {"envValueMode", "direct"}};
  EXPECT_EQ(CreateParams(Config(), "s1"), expected);
  EXPECT_EQ(ResumeParams(Config(), "s1"), expected);
}

TEST(SessionConfigTest, AToolIsRegisteredToReplaceAndToSkip) {
  SessionConfig config = Config();
  SdkTool tool;
  tool.name = "read";
  tool.description = "Reads";
  tool.parameters = {{"type", "object"}};
  config.tools = {tool};
  EXPECT_EQ(CreateParams(config, "s1")["tools"],
            Json::array({{{"name", "read"},
                          {"description", "Reads"},
                          {"parameters", {{"type", "object"}}},
                          {"overridesBuiltInTool", true},
                          {"skipPermission", true}}}));
}

TEST(SessionConfigTest, WhatIsGivenIsSentOnCreateAndResume) {
  SessionConfig config = Config();
  config.github_token = wire::Secret("tok");
  config.infinite_sessions = {{"enabled", false}};
  config.enable_session_telemetry = false;
  config.reasoning_effort = "xhigh";
  config.system_message = "Be brief.";
  config.instruction_directories = {"/work"};
  config.provider = {{"baseUrl", "http://x"}};
  config.on_user_input_request =
      [](const UserInputRequest&, const std::function<void(UserInputAnswer)>&) {
      };
  for (const Json& params :
       {CreateParams(config, "s1"), ResumeParams(config, "s1")}) {
    EXPECT_EQ(params["gitHubToken"], "tok");
    EXPECT_EQ(params["infiniteSessions"], Json({{"enabled", false}}));
    EXPECT_EQ(params["enableSessionTelemetry"], false);
    EXPECT_EQ(params["reasoningEffort"], "xhigh");
    EXPECT_EQ(params["systemMessage"],
              Json({{"mode", "append"}, {"content", "Be brief."}}));
    EXPECT_EQ(params["instructionDirectories"], Json({"/work"}));
    EXPECT_EQ(params["provider"], Json({{"baseUrl", "http://x"}}));
    EXPECT_EQ(params["requestUserInput"], true);
  }
}

TEST(SessionConfigTest, OnlyAResumeSaysHowToResume) {
  SessionConfig config = Config();
  config.continue_pending_work = false;
  config.suppress_resume_event = true;
  EXPECT_EQ(ResumeParams(config, "s1")["continuePendingWork"], false);
  EXPECT_EQ(ResumeParams(config, "s1")["disableResume"], true);
  EXPECT_FALSE(CreateParams(config, "s1").contains("continuePendingWork"));
  EXPECT_FALSE(CreateParams(config, "s1").contains("disableResume"));
}

}  // namespace
}  // namespace copilot::harness
