// SPDX-License-Identifier: MIT
#include "conformance/evidence/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The id of a process that has ended and was waited for.
int EndedProcess() {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  return pid;
}

class JournalTest : public ::testing::Test {
 protected:
  void Append(const std::string& text) {
    std::ofstream(path_, std::ios::app | std::ios::binary) << text;
  }
  void Record(const Json& record) { Append(record.dump() + "\n"); }

  Sandbox sandbox_;
  const std::string path_ = sandbox_.own("journal.jsonl");
  Journal journal_{path_};
};

TEST_F(JournalTest, IsEmptyWithoutAFile) {
  journal_.Refresh();
  EXPECT_THAT(journal_.records(), IsEmpty());
  EXPECT_EQ(journal_.Exited(), 0);
}

TEST_F(JournalTest, TakesInWhatIsAddedOnce) {
  Record({{"event", "start"}, {"seq", 1}});
  journal_.Refresh();
  Record({{"event", "exit"}, {"seq", 2}});
  journal_.Refresh();
  journal_.Refresh();
  ASSERT_EQ(journal_.records().size(), 2u);
  EXPECT_EQ(journal_.records()[1]["seq"], 2);
}

TEST_F(JournalTest, AnUnfinishedLineWaitsForItsEnd) {
  Append(R"({"event": "sta)");
  journal_.Refresh();
  EXPECT_THAT(journal_.records(), IsEmpty());
  Append("rt\"}\n{\"eve");
  journal_.Refresh();
  ASSERT_EQ(journal_.records().size(), 1u);
  EXPECT_EQ(journal_.records()[0]["event"], "start");
}

TEST_F(JournalTest, SkipsLinesThatAreNoRecords) {
  Append("oops\n[1]\n\n");
  Record({{"event", "start"}});
  journal_.Refresh();
  EXPECT_EQ(journal_.records().size(), 1u);
}

TEST_F(JournalTest, ReadsALineLongerThanItsBuffer) {
  Record({{"event", "start"}, {"text", std::string(200000, 'x')}});
  journal_.Refresh();
  ASSERT_EQ(journal_.Spawned().size(), 1u);
  EXPECT_EQ(journal_.Spawned()[0]["text"].get<std::string>().size(), 200000u);
}

TEST_F(JournalTest, TellsReceivedFromSent) {
  Record({{"event", "received"},
          {"message", {{"method", "a"}, {"params", {{"n", 1}}}}}});
  Record({{"event", "sent"},
          {"message", {{"method", "a"}, {"params", {{"n", 2}}}}}});
  Record({{"event", "received"}, {"message", {{"id", 1}, {"result", 3}}}});
  Record({{"event", "received"}, {"raw", "oops"}});
  Record({{"event", "received"}, {"message", {{"method", "b"}}}});
  journal_.Refresh();
  EXPECT_THAT(journal_.Received("a"), ElementsAre(Json{{"n", 1}}));
  EXPECT_THAT(journal_.Sent("a"), ElementsAre(Json{{"n", 2}}));
  EXPECT_THAT(journal_.Received("b"), ElementsAre(Json::object()));
  EXPECT_THAT(journal_.ReceivedMethods(), ElementsAre("a", "b"));
}

TEST_F(JournalTest, ACliThatSaidGoodbyeHasExited) {
  Record({{"event", "start"}, {"pid", getpid()}});
  journal_.Refresh();
  EXPECT_THAT(journal_.Running(), ElementsAre(getpid()));
  EXPECT_EQ(journal_.Exited(), 0);

  Record({{"event", "exit"}, {"pid", getpid()}, {"code", 0}});
  journal_.Refresh();
  EXPECT_THAT(journal_.Running(), IsEmpty());
  EXPECT_EQ(journal_.Exited(), 1);
}

TEST_F(JournalTest, ACliThatWasKilledHasExitedWithoutARecord) {
  Record({{"event", "start"}, {"pid", EndedProcess()}});
  Record({{"event", "start"}, {"pid", getpid()}});
  journal_.Refresh();
  EXPECT_THAT(journal_.Running(), ElementsAre(getpid()));
  EXPECT_EQ(journal_.Exited(), 1);
}

TEST_F(JournalTest, AZombieHasExited) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  siginfo_t ended;
  waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT);
  Record({{"event", "start"}, {"pid", pid}});
  journal_.Refresh();
  EXPECT_EQ(journal_.Exited(), 1);
  waitpid(pid, nullptr, 0);
}

}  // namespace
}  // namespace copilot::conformance
