// SPDX-License-Identifier: MIT
//
// The program, with a fake CLI: as scripts use it, and on a terminal.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>

#include "harness/error.h"

namespace copilot::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Outcome {
  std::string output;  // with stderr
  int code = -1;
};

std::string Quoted(const std::string& text) { return "'" + text + "'"; }

class ShellTest : public testing::Test {
 protected:
  ShellTest() {
    std::string pattern = testing::TempDir() + "/program-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~ShellTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  // In a shell with nothing but this in the environment. `tail` may redirect.
  std::string Command(const std::string& arguments) const {
    return "cd " + Quoted(directory_) +
           " && exec env -i PATH=/usr/bin:/bin TERM=dumb HOME=" +
           Quoted(directory_) + " COPILOT_CLI_PATH=" + Quoted(FAKE_COPILOT) +
           " " + variables_ + " " + Quoted(COPILOT_HARNESS) + " " + arguments;
  }
  Outcome Ran(const std::string& arguments) const {
    Outcome run;
    std::FILE* const pipe =
        popen(("(" + Command(arguments) + ") 2>&1").c_str(), "r");
    std::array<char, 4096> chunk;
    while (const size_t count = fread(chunk.data(), 1, chunk.size(), pipe)) {
      run.output.append(chunk.data(), count);
    }
    const int status = pclose(pipe);
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
  }

  std::string directory_;
  std::string variables_;
};

TEST_F(ShellTest, StdinIsThePromptWhereNoneIsGiven) {
  const Outcome run = Ran("run < " + Write("prompt", "from stdin"));
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.output, "You said: from stdin\n");
  const Outcome none = Ran("run < /dev/null");
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.output, HasSubstr("expected a prompt"));
}

TEST_F(ShellTest, AStoredConversationIsCompacted) {
  const std::string where = " --session work --store state.json";
  ASSERT_EQ(Ran("run -p one" + where).code, 0);
  ASSERT_EQ(Ran("run -p two" + where).code, 0);
  const Outcome compacted = Ran("compact" + where);
  EXPECT_EQ(compacted.code, 0) << compacted.output;
  EXPECT_THAT(compacted.output, HasSubstr("compacted: "));
  const Json outcome =
      Json::parse(Ran("compact --json" + where).output, nullptr, false);
  EXPECT_EQ(outcome.value("ok", false), true);
  EXPECT_EQ(Ran("run -p three" + where).code, 0);
  const Outcome other = Ran("compact --session other --store state.json");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, HasSubstr("missing_thread_binding"));
}

TEST_F(ShellTest, AConfigurationDecidesWhatATurnRunsWith) {
  variables_ = "MY_TOKEN=token-of-mine";
  const std::string config = Write("openclaw.json", R"({
    agents: { defaults: { model: 'github-copilot/gpt-5.5' },
              list: [ { id: 'ops' } ] },
    models: { providers: { 'github-copilot': {
      apiKey: '${MY_TOKEN}', agentRuntime: { id: 'copilot' } } } } })");
  const Outcome explained =
      Ran("explain --json --agent ops --config " + config);
  EXPECT_EQ(explained.code, 0) << explained.output;
  EXPECT_THAT(explained.output, Not(HasSubstr("token-of-mine")));
  const Json json = Json::parse(explained.output, nullptr, false);
  const Outcome run = Ran("run -p hi --store state.json --config " + config);
  EXPECT_EQ(run.code, 0) << run.output;
  // What was said is what was done.
  std::ifstream in(directory_ + "/state.json");
  const Json stored = Json::parse(in, nullptr, false);
  EXPECT_EQ(stored["shell"]["authProfileVersion"],
            json["auth"]["value"]["credential"]);
  EXPECT_THAT(stored["shell"]["compatKey"].get<std::string>(),
              HasSubstr(json["copilotHome"]["value"].get<std::string>()));
  EXPECT_EQ(Ran("doctor --config " + config).code, 0);
  variables_.clear();
  for (const char* command : {"explain", "doctor", "run -p hi",
                              "compact "
                              "--store x"}) {
    const Outcome failed = Ran(std::string(command) + " --config " + config);
    EXPECT_EQ(failed.code, 2) << command;
    EXPECT_THAT(failed.output, HasSubstr("the variable MY_TOKEN")) << command;
  }
}

TEST_F(ShellTest, WrongUsageIsTold) {
  for (const char* arguments :
       {"run -p x --allow bogus", "run -p x --timeout 0", "compact", "explain",
        "run -p x --config c --provider-base-url http://x", "doctor --agent x",
        "completion tcsh", "frobnicate", ""}) {
    EXPECT_EQ(Ran(arguments).code, 2) << arguments;
  }
  EXPECT_EQ(Ran("--help").code, 0);
  variables_ = "COPILOT_CLI_PATH=/nowhere/copilot";
  EXPECT_EQ(Ran("run -p x").code, 3);
}

TEST_F(ShellTest, WhatTheHostWouldNotRunHereIsRefused) {
  const std::string config =
      Write("c.json",
            "{agents: {defaults: {model: 'github-copilot/m'}}, plugins: "
            "{allow: ['@openclaw/copilot']}}");
  EXPECT_EQ(Ran("explain --config " + config).code, 1);
  EXPECT_EQ(Ran("doctor --config " + config).code, 1);
  const Outcome blocked = Ran("run -p hi --config " + config);
  EXPECT_EQ(blocked.code, 2);
  EXPECT_THAT(blocked.output, HasSubstr("$.plugins.allow"));
  Write("c.json", "{agents: {defaults: {model: 'github-copilot/m'}}}");
  const Outcome elsewhere = Ran("run -p hi --config " + config);
  EXPECT_EQ(elsewhere.code, 2);
  EXPECT_THAT(elsewhere.output, HasSubstr("copilot is opt-in only"));
}

// The words of a help text that begin with two dashes, without these.
std::set<std::string> OptionsIn(const std::string& help) {
  std::set<std::string> options;
  constexpr char kName[] = "abcdefghijklmnopqrstuvwxyz-";
  // The description above names options of other subcommands.
  size_t at = help.find("\nOptions:");
  while ((at = help.find("--", at)) != std::string::npos) {
    const size_t end = help.find_first_not_of(kName, at + 2);
    options.insert(help.substr(at + 2, end - at - 2));
    at = end;
  }
  return options;
}

TEST_F(ShellTest, CompletionsKnowWhatTheHelpKnows) {
  const std::string help = Ran("--help").output;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = Ran(std::string("completion ") + shell).output;
    for (const char* command : {"run", "compact", "explain", "doctor"}) {
      EXPECT_THAT(help, HasSubstr(command));
      const auto options =
          OptionsIn(Ran(std::string(command) + " --help").output);
      EXPECT_THAT(options, testing::Contains("json")) << command;
      for (const std::string& option : options) {
        if (option == "help") continue;
        EXPECT_THAT(
            script,
            HasSubstr((shell == std::string("fish") ? "-l " : "--") + option))
            << shell << " " << command;
      }
    }
  }
}

// A program on a terminal of its own.
class ShellTerminalTest : public ShellTest {
 protected:
  ~ShellTerminalTest() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (master_ >= 0) close(master_);
  }

  void Start(const std::string& arguments) {
    const std::string command = Command(arguments);
    pid_ = forkpty(&master_, nullptr, nullptr, nullptr);
    ASSERT_GE(pid_, 0);
    if (pid_ > 0) return;
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  void Type(const std::string& text) const {
    ASSERT_EQ(write(master_, text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  // Reads until `text` was shown; false when the program has ended before.
  bool Shows(const std::string& text) {
    size_t at = 0;
    while ((at = shown_.find(text)) == std::string::npos) {
      std::array<char, 4096> chunk;
      const ssize_t count = read(master_, chunk.data(), chunk.size());
      if (count <= 0) return false;
      shown_.append(chunk.data(), static_cast<size_t>(count));
    }
    shown_.erase(0, at + text.size());
    return true;
  }
  int Ended() {
    (void)Shows(std::string(1, '\0'));
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  pid_t pid_ = -1;
  int master_ = -1;
  std::string shown_;
};

TEST_F(ShellTerminalTest, AConversationGoesOnUntilItsEnd) {
  Start("run");
  ASSERT_TRUE(Shows("> "));
  Type("one\n");
  ASSERT_TRUE(Shows("You said: one"));
  ASSERT_TRUE(Shows("> "));
  Type("/compact\n");
  ASSERT_TRUE(Shows("compacted: "));
  ASSERT_TRUE(Shows("> "));
  Type("/reset\n");
  ASSERT_TRUE(Shows("> "));
  Type("/compact\n");
  ASSERT_TRUE(Shows("missing_thread_binding"));
  ASSERT_TRUE(Shows("> "));
  Type("two\n");
  ASSERT_TRUE(Shows("You said: two"));
  ASSERT_TRUE(Shows("> "));
  Type("/exit\n");
  EXPECT_EQ(Ended(), 0);
}

TEST_F(ShellTerminalTest, AQuestionIsAskedAndAnswered) {
  variables_ = "FAKE_COPILOT_SCRIPT=" + Write("script.json", R"({"turns": [
    {"steps": [
      {"askUser": {"question": "Which colour?", "choices": ["Red", "Blue"],
               "as": "answer"}},
      {"say": "You chose {{answer.answer}}."}]}]})");
  Start("run -p hi");
  ASSERT_TRUE(Shows("Which colour?"));
  ASSERT_TRUE(Shows("2. Blue"));
  ASSERT_TRUE(Shows("? "));
  Type("2\n");
  EXPECT_TRUE(Shows("You chose Blue."));
  EXPECT_EQ(Ended(), 0);
}

TEST_F(ShellTerminalTest, PermissionsAreAskedFor) {
  variables_ = "FAKE_COPILOT_SCRIPT=" + Write("script.json", R"({"turns": [
    {"steps": [
      {"permission": {"kind": "shell", "fullCommandText": "ls -l",
                      "as": "first"}},
      {"permission": {"kind": "read", "path": "/etc/hosts", "as": "second"}},
      {"say": "{{first.kind}} and {{second.kind}}"}]}]})");
  Start("run -p hi --deny read");
  ASSERT_TRUE(Shows("ls -l"));
  ASSERT_TRUE(Shows("[N]o: "));
  Type("y\n");
  EXPECT_TRUE(Shows("approve-once and reject"));
  EXPECT_EQ(Ended(), 0);
}

TEST_F(ShellTerminalTest, AnInterruptAbortsTheTurn) {
  variables_ = "FAKE_COPILOT_SCRIPT=" + Write("script.json", R"({"turns": [
    {"steps": [{"askUser": {"question": "Well?", "as": "answer"}},
               {"say": "never"}]}]})");
  Start("run -p hi");
  ASSERT_TRUE(Shows("Well?"));
  ASSERT_TRUE(Shows("? "));
  Type("\x03");
  EXPECT_TRUE(Shows("interrupted"));
  EXPECT_EQ(Ended(), 1);
}

}  // namespace
}  // namespace copilot::harness
