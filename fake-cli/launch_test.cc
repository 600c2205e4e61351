// SPDX-License-Identifier: MIT
#include "fake-cli/launch.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <ostream>

namespace copilot::fake_cli {
namespace {

using Arguments = std::vector<std::string>;

LaunchOptions Good(const Arguments& arguments,
                   const Environment& environment = {}) {
  auto options = ParseLaunch(arguments, environment);
  EXPECT_TRUE(options) << options.error().err;
  return options.value_or(LaunchOptions());
}

std::string Complaint(const Arguments& arguments,
                      const Environment& environment = {}) {
  const auto options = ParseLaunch(arguments, environment);
  if (options) return "(no complaint)";
  EXPECT_EQ(options.error().code, 1);
  EXPECT_EQ(options.error().out, "");
  return options.error().err;
}

TEST(Launch, TheSdksCommandLineIsUnderstood) {
  const LaunchOptions options =
      Good({"--headless", "--no-auto-update", "--log-level", "debug", "--stdio",
            "--auth-token-env", "MY_TOKEN", "--no-auto-login",
            "--session-idle-timeout", "30", "--remote"},
           {{"MY_TOKEN", "t-123"}});
  EXPECT_TRUE(options.stdio);
  EXPECT_FALSE(options.auto_login);
  EXPECT_EQ(options.auth_token_variable, "MY_TOKEN");
  EXPECT_EQ(options.auth_token.Reveal(), "t-123");
}

TEST(Launch, TcpOnAnyFreePortIsTheDefault) {
  const LaunchOptions options = Good({"--headless"});
  EXPECT_FALSE(options.stdio);
  EXPECT_EQ(options.port, 0);
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_TRUE(options.auto_login);
}

TEST(Launch, PortAndHostAreTaken) {
  const LaunchOptions options =
      Good({"--server", "--port", "4321", "--host", "0.0.0.0"});
  EXPECT_EQ(options.port, 4321);
  EXPECT_EQ(options.host, "0.0.0.0");
}

TEST(Launch, ValuesMayFollowAnEqualsSign) {
  const LaunchOptions options =
      Good({"--headless", "--port=80", "--log-level=none"});
  EXPECT_EQ(options.port, 80);
}

TEST(Launch, TheEdgesOfThePortRangeAreAllowed) {
  EXPECT_EQ(Good({"--headless", "--port", "0"}).port, 0);
  EXPECT_EQ(Good({"--headless", "--port", "65535"}).port, 65535);
}

TEST(Launch, EveryLogLevelIsAccepted) {
  for (const char* level :
       {"none", "error", "warning", "info", "debug", "all", "default"}) {
    Good({"--headless", "--log-level", level});
  }
}

struct BadCase {
  const char* name;
  Arguments arguments;
  const char* text;
};

void PrintTo(const BadCase& bad, std::ostream* out) { *out << bad.name; }

class BadCommandLine : public testing::TestWithParam<BadCase> {};

TEST_P(BadCommandLine, SaysWhatTheRealCliSays) {
  EXPECT_EQ(Complaint(GetParam().arguments), GetParam().text);
}

#define TRY_HELP "\n\nFor more information, try '--help'.\n"
#define USAGE "\n\nUsage: copilot [OPTIONS] [COMMAND]" TRY_HELP

INSTANTIATE_TEST_SUITE_P(
    All, BadCommandLine,
    testing::Values(
        BadCase{"UnknownFlag",
                {"--headless", "--nosuch-flag"},
                "error: unexpected argument '--nosuch-flag' found" USAGE},
        BadCase{"PortWithoutValue",
                {"--headless", "--port"},
                "error: a value is required for '--port <port>' but none was "
                "supplied" TRY_HELP},
        BadCase{"PortNoNumber",
                {"--headless", "--port", "abc"},
                "error: invalid value 'abc' for '--port <port>': invalid digit "
                "found in string" TRY_HELP},
        BadCase{"PortTooHigh",
                {"--headless", "--port", "70000"},
                "Failed to start server: Error: port must be between 0 and "
                "65535\n"},
        BadCase{"LogLevel",
                {"--headless", "--log-level", "nosuch"},
                "error: invalid value 'nosuch' for '--log-level <level>'\n  "
                "[possible values: none, error, warning, info, debug, all, "
                "default]" TRY_HELP},
        BadCase{"AuthTokenEnvWithoutValue",
                {"--headless", "--auth-token-env"},
                "error: a value is required for '--auth-token-env <var>' but "
                "none was supplied" TRY_HELP},
        BadCase{"TimeoutNoNumber",
                {"--headless", "--session-idle-timeout", "abc"},
                "error: invalid value 'abc' for '--session-idle-timeout "
                "<seconds>': invalid digit found in string" TRY_HELP},
        BadCase{"TimeoutFraction",
                {"--headless", "--session-idle-timeout", "1.5"},
                "error: invalid value '1.5' for '--session-idle-timeout "
                "<seconds>': invalid digit found in string" TRY_HELP},
        BadCase{"TimeoutNegative",
                {"--headless", "--session-idle-timeout", "-1"},
                "error: unexpected argument '-1' found" USAGE},
        BadCase{"Subcommand",
                {"--headless", "--stdio", "extra"},
                "error: unrecognized subcommand 'extra'" USAGE},
        BadCase{"Command",
                {"nosuchcommand"},
                "error: Invalid command format.\n\nDid you mean: copilot -i "
                "\"nosuchcommand\"?\n\nFor non-interactive mode, use the -p or "
                "--prompt option.\nTry 'copilot --help' for more "
                "information.\n"},
        BadCase{"NotHeadless",
                {"--stdio"},
                "No prompt provided. Run in an interactive terminal or provide "
                "a prompt with -p or via standard in.\n"},
        BadCase{"UiServer",
                {"--headless", "--ui-server"},
                "Cannot use --server/--headless with --ui-server. Use --server "
                "or --headless for headless mode, or --ui-server for TUI + "
                "server mode.\n"},
        BadCase{"StdioAndPort",
                {"--headless", "--stdio", "--port", "1"},
                "Cannot specify both --stdio and --port. Use --stdio for pipe "
                "communication or --port for TCP.\n"}),
    [](const auto& instance) { return instance.param.name; });

TEST(LaunchEnvironment, OfflineNeedsAProvider) {
  EXPECT_EQ(Complaint({"--headless"}, {{"COPILOT_OFFLINE", "true"}}),
            "Offline mode requires a local model provider. Set "
            "COPILOT_PROVIDER_BASE_URL to configure one.\n");
}

TEST(LaunchEnvironment, AProviderNeedsAModel) {
  const Environment provider = {
      {"COPILOT_PROVIDER_BASE_URL", "http://127.0.0.1:1/v1"}};
  EXPECT_EQ(Complaint({"--headless"}, provider),
            "BYOK providers require an explicit model. Run `copilot help "
            "providers` for configuration details.\n");
  Environment with_model = provider;
  with_model["COPILOT_MODEL"] = "gpt-4.1";
  with_model["COPILOT_OFFLINE"] = "true";
  Good({"--headless"}, with_model);
}

TEST(LaunchEnvironment, OfflineIsTheWordTrueOnly) {
  Good({"--headless"}, {{"COPILOT_OFFLINE", "false"}});
  Good({"--headless"}, {{"COPILOT_OFFLINE", ""}});
}

TEST(LaunchEnvironment, StateLivesUnderHomeUnlessCopilotHomeIsSet) {
  EXPECT_EQ(Good({"--headless"}, {{"HOME", "/home/a"}}).copilot_home,
            "/home/a/.copilot");
  EXPECT_EQ(
      Good({"--headless"}, {{"HOME", "/home/a"}, {"COPILOT_HOME", "/state"}})
          .copilot_home,
      "/state");
}

TEST(LaunchEnvironment, TheConnectionTokenIsForTcpOnly) {
  const Environment environment = {{"COPILOT_CONNECTION_TOKEN", "c-1"}};
  EXPECT_EQ(Good({"--headless"}, environment).connection_token.Reveal(), "c-1");
  EXPECT_TRUE(
      Good({"--headless", "--stdio"}, environment).connection_token.empty());
}

TEST(LaunchEnvironment, TheSdksTokenIsReadOnlyWhenItIsNamed) {
  const Environment environment = {{"COPILOT_SDK_AUTH_TOKEN", "t-1"}};
  EXPECT_TRUE(Good({"--headless"}, environment).auth_token.empty());
  EXPECT_EQ(Good({"--headless", "--auth-token-env", "COPILOT_SDK_AUTH_TOKEN"},
                 environment)
                .auth_token.Reveal(),
            "t-1");
}

TEST(LaunchEnvironment, AnUnsetTokenVariableIsNoComplaint) {
  EXPECT_TRUE(
      Good({"--headless", "--auth-token-env", "NOT_THERE"}).auth_token.empty());
}

TEST(LaunchEnvironment, FlagsForScriptAndJournalWinOverVariables) {
  const Environment environment = {{"FAKE_COPILOT_SCRIPT", "env.json"},
                                   {"FAKE_COPILOT_JOURNAL", "env.jsonl"}};
  EXPECT_EQ(Good({"--headless"}, environment).script, "env.json");
  EXPECT_EQ(Good({"--headless"}, environment).journal, "env.jsonl");
  const LaunchOptions flags =
      Good({"--headless", "--script", "a.json", "--journal", "a.jsonl"},
           environment);
  EXPECT_EQ(flags.script, "a.json");
  EXPECT_EQ(flags.journal, "a.jsonl");
}

TEST(LaunchEnvironment, OurOwnEnvironmentIsRead) {
  ASSERT_EQ(setenv("FAKE_CLI_LAUNCH_TEST", "a=b", 1), 0);
  const Environment environment = CurrentEnvironment();
  unsetenv("FAKE_CLI_LAUNCH_TEST");
  EXPECT_EQ(environment.at("FAKE_CLI_LAUNCH_TEST"), "a=b");
}

}  // namespace
}  // namespace copilot::fake_cli
