// SPDX-License-Identifier: MIT
#include "wire/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace copilot::wire {
namespace {

using std::chrono::milliseconds;

ChildOptions Shell(std::string script) {
  ChildOptions options;
  options.argv = {"/bin/sh", "-c", std::move(script)};
  return options;
}

ptrdiff_t OpenDescriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

class ChildProcessTest : public testing::Test {
 protected:
  std::unique_ptr<ChildProcess> Spawn(ChildOptions options) {
    auto child = ChildProcess::Spawn(io_, std::move(options));
    EXPECT_TRUE(child.has_value()) << child.error();
    return std::move(*child);
  }

  ExitStatus Wait(ChildProcess& child) {
    std::optional<ExitStatus> status;
    io_.restart();
    child.OnExit([&](ExitStatus s) { status = s; });
    while (!status && io_.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    EXPECT_TRUE(status.has_value());
    return status.value_or(ExitStatus{});
  }

  // What the child writes until it closes its stdout.
  std::string Output(ChildProcess& child, std::string_view input = "") {
    const auto transport = child.TakeTransport();
    std::string text;
    bool closed = false;
    io_.restart();
    transport->Start([&](std::string_view bytes) { text += bytes; },
                     [&](const std::string&) { closed = true; });
    transport->Send(std::string(input));
    transport->CloseWrite();
    while (!closed && io_.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    return text;
  }

  asio::io_context io_;
};

TEST_F(ChildProcessTest, CarriesInputAndOutput) {
  const auto child = Spawn(Shell("cat; echo done"));
  EXPECT_EQ(Output(*child, "in\n"), "in\ndone\n");
  EXPECT_EQ(Wait(*child).ToString(), "exit code 0");
}

TEST_F(ChildProcessTest, InheritsNoEnvironmentAndNoDescriptor) {
  ChildOptions options = Shell("env; ls /proc/self/fd | tr '\\n' ' '");
  options.environment = {"PATH=/usr/bin:/bin", "ONLY=this"};
  const int leaked = dup(0);
  const auto child = Spawn(std::move(options));
  const std::string text = Output(*child);
  close(leaked);
  EXPECT_NE(text.find("ONLY=this"), std::string::npos);
  EXPECT_EQ(text.find("HOME="), std::string::npos);
  // 3 is ls reading the directory.
  EXPECT_NE(text.find("0 1 2 3 "), std::string::npos) << text;
  EXPECT_EQ(text.find(" 4 "), std::string::npos) << text;
}

TEST_F(ChildProcessTest, RunsInTheDirectoryItIsGiven) {
  ChildOptions options = Shell("pwd");
  options.working_directory = "/usr";
  EXPECT_EQ(Output(*Spawn(std::move(options))), "/usr\n");
}

TEST_F(ChildProcessTest, TellsExitCodeOrSignal) {
  EXPECT_EQ(Wait(*Spawn(Shell("exit 3"))).ToString(), "exit code 3");
  const ExitStatus killed = Wait(*Spawn(Shell("kill -9 $$")));
  EXPECT_EQ(killed.code, 137);
  EXPECT_EQ(killed.ToString(), "signal 9 (Killed)");
}

TEST_F(ChildProcessTest, KeepsTheEndOfStderr) {
  ChildOptions options = Shell(
      "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done");
  options.stderr_limit = 100;
  const auto child = Spawn(std::move(options));
  Wait(*child);
  EXPECT_LE(child->stderr_text().size(), 100u);
  EXPECT_NE(child->stderr_text().find("line 2999\n"), std::string::npos);
}

TEST_F(ChildProcessTest, KillsWhatDoesNotHeedTerminate) {
  ChildOptions options =
      Shell("trap '' TERM; echo ready; while :; do sleep 9; done");
  const auto child = Spawn(std::move(options));
  const auto transport = child->TakeTransport();
  bool ready = false;
  transport->Start([&](std::string_view) { ready = true; }, [](auto&) {});
  while (!ready && io_.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  child->Terminate(milliseconds(1));
  EXPECT_EQ(Wait(*child).signal, SIGKILL);
}

TEST_F(ChildProcessTest, TakesGrandchildrenWithIt) {
  auto child = Spawn(Shell("sleep 1000 & echo $!; wait"));
  const auto transport = child->TakeTransport();
  std::string text;
  transport->Start([&](std::string_view bytes) { text += bytes; },
                   [](auto&) {});
  while (text.find('\n') == std::string::npos &&
         io_.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  const pid_t grandchild = std::stoi(text);
  EXPECT_EQ(kill(grandchild, 0), 0);
  const int child_pid = child->pid();
  child.reset();
  EXPECT_EQ(kill(child_pid, 0), -1) << "the child was not reaped";
  // The grandchild is reaped by init in its own time; it must not run on.
  std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
  std::string line;
  std::getline(stat, line);
  EXPECT_TRUE(line.empty() || line.find(") S") == std::string::npos) << line;
}

TEST_F(ChildProcessTest, TakesGrandchildrenWithItWhenItEndsByItself) {
  const auto child = Spawn(Shell("sleep 1000 & echo $!"));
  // Not before the grandchild has let go of stdout, too.
  const pid_t grandchild = std::stoi(Output(*child));
  EXPECT_EQ(Wait(*child).code, 0);
  std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
  std::string line;
  std::getline(stat, line);
  EXPECT_TRUE(line.empty() || line.find(") S") == std::string::npos) << line;
}

TEST_F(ChildProcessTest, ADescendantThatLeftTheGroupHoldsNothingUp) {
  const auto child =
      Spawn(Shell("setsid sh -c 'echo $$; exec >/dev/null; exec sleep 1000' & "
                  "read x; echo last >&2"));
  const auto transport = child->TakeTransport();
  std::string text;
  transport->Start([&](std::string_view bytes) { text += bytes; },
                   [](auto&) {});
  while (text.find('\n') == std::string::npos &&
         io_.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  transport->Send("go\n");
  EXPECT_EQ(Wait(*child).code, 0);
  EXPECT_EQ(child->stderr_text(), "last\n");
  kill(std::stoi(text), SIGKILL);
}

TEST_F(ChildProcessTest, EveryWaiterIsToldOnce) {
  const auto child = Spawn(Shell("exit 5"));
  int told = 0;
  for (int i = 0; i < 2; ++i) {
    child->OnExit([&](ExitStatus status) { told += status.code; });
  }
  Wait(*child);
  child->OnExit([&](ExitStatus status) { told += status.code; });
  Wait(*child);
  EXPECT_EQ(told, 15);
}

TEST_F(ChildProcessTest, AWaiterMayDestroyTheChild) {
  auto child = Spawn(Shell("exit 5"));
  int told = 0;
  child->OnExit([&](ExitStatus status) {
    child.reset();
    told += status.code;
  });
  child->OnExit([&](ExitStatus status) { told += status.code; });
  while (told < 10 && io_.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  EXPECT_EQ(told, 10);
}

// Both ends are known to the loop at once; what it has in hand of the second
// must not be taken for news of the child that comes in its place.
TEST_F(ChildProcessTest, IsNotTakenForTheChildWhosePlaceItTakes) {
  const auto first = Spawn(Shell("exit 1"));
  auto second = Spawn(Shell("exit 2"));
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(first->pid()), &info, WEXITED | WNOWAIT);
  waitid(P_PID, static_cast<id_t>(second->pid()), &info, WEXITED | WNOWAIT);
  first->OnExit([&](ExitStatus) {
    second.reset();
    second = Spawn(Shell("cat"));
  });
  Wait(*first);
  EXPECT_EQ(Output(*second, "alive"), "alive");
  EXPECT_EQ(Wait(*second).ToString(), "exit code 0");
}

TEST_F(ChildProcessTest, AMissingDirectoryIsNamed) {
  ChildOptions options = Shell("true");
  options.working_directory = "/nowhere";
  const auto child = ChildProcess::Spawn(io_, options);
  ASSERT_FALSE(child.has_value());
  EXPECT_EQ(child.error(),
            "cannot start /bin/sh in /nowhere: No such file or directory");
}

// A child starts with what every program may rely on, whatever we ignore.
TEST_F(ChildProcessTest, DoesNotInheritIgnoredOrBlockedSignals) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  const auto child = Spawn(Shell("kill -PIPE $$; exit 0"));
  EXPECT_EQ(Wait(*child).signal, SIGPIPE);
  signal(SIGPIPE, before);
}

TEST_F(ChildProcessTest, AFailedStartNamesProgramAndReason) {
  ChildOptions options;
  options.argv = {"/nowhere/copilot"};
  const auto child = ChildProcess::Spawn(io_, options);
  ASSERT_FALSE(child.has_value());
  EXPECT_EQ(child.error(),
            "cannot start /nowhere/copilot: No such file or directory");
}

TEST_F(ChildProcessTest, LeaksNoDescriptor) {
  Wait(*Spawn(Shell("exit 0")));  // asio opens its own at first use
  const ptrdiff_t before = OpenDescriptors();
  for (int i = 0; i < 5; ++i) {
    const auto child = Spawn(Shell("cat >/dev/null"));
    Output(*child);
    Wait(*child);
  }
  io_.poll();
  EXPECT_EQ(OpenDescriptors(), before);
}

}  // namespace
}  // namespace copilot::wire
