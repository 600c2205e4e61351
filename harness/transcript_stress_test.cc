// SPDX-License-Identifier: MIT
//
// Ten thousand turns of processes that are killed at any moment, with two
// writers at one file: every message is in it once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "harness/transcript_mirror.h"

namespace copilot::harness {
namespace {

constexpr int kTurns = 10'000;
constexpr int kTurnsPerFile = 100;
constexpr int kWriters = 2;  // of each file

// A file of turns. In some files there are lines so long that a writer can be
// killed within one.
struct Place {
  std::string path;
  bool long_lines = false;

  std::string Filling(int turn) const {
    return long_lines && turn % 40 == 7 ? std::string(400'000, '.') : "";
  }
};

// What a turn of a writer adds: the end of the history again, as a resumed
// session tells it, what another writer may add as well, and its own messages,
// sometimes told twice.
std::vector<MirrorMessage> TurnOf(const Place& place, int writer, int turn,
                                  std::mt19937& random) {
  const auto message = [&place](int of, int number, bool user) {
    const std::string run =
        "run-" + std::to_string(of) + "-" + std::to_string(number);
    return MirrorMessage{
        {{"role", user ? "user" : "assistant"},
         {"content", (user ? "ask " : "say ") + run + place.Filling(number)}},
        run + (user ? ":prompt" : ":assistant:final")};
  };
  std::vector<MirrorMessage> messages = {message(kWriters, turn, true)};
  for (int past = std::max(0, turn - 3); past < turn; ++past) {
    if (random() % 2 == 0) messages.push_back(message(writer, past, true));
    if (random() % 2 == 0) messages.push_back(message(writer, past, false));
  }
  messages.push_back(message(writer, turn, true));
  messages.push_back(message(writer, turn, false));
  if (random() % 3 == 0) messages.push_back(message(writer, turn, false));
  return messages;
}

// Kills this process once it has worked for so long.
void DieAfter(std::chrono::microseconds worked) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer;
  itimerspec when{};
  when.it_value.tv_nsec = worked.count() * 1000;
  if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 ||
      timer_settime(timer, 0, &when, nullptr) != 0) {
    _exit(1);
  }
}

// In a process of its own: plays turns from `first` on, and tells each that
// is done with a byte. Most are killed somewhere within what they write.
[[noreturn]] void Write(const Place& place, int writer, int first,
                        unsigned seed, int done) {
  std::mt19937 random(seed);
  if (random() % 4 != 0) {
    DieAfter(std::chrono::microseconds(1 + random() % 8'000));
  }
  const auto file = MakeTranscriptFile();
  for (int turn = first; turn < kTurnsPerFile / kWriters; ++turn) {
    const Status written =
        MirrorTranscript(*file, place.path, "copilot:s1",
                         TurnOf(place, writer, turn, random), AttemptHost{});
    if (!written || write(done, "x", 1) != 1) _exit(1);
  }
  _exit(0);
}

struct Writer {
  int number = 0;
  pid_t process = 0;
  int told = -1;  // the end of the pipe to read from
  int turns = 0;  // that are done
};

void Start(const Place& place, unsigned seed, Writer* writer) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  writer->process = fork();
  ASSERT_GE(writer->process, 0);
  if (writer->process == 0) {
    close(ends[0]);
    Write(place, writer->number, writer->turns, seed, ends[1]);
  }
  close(ends[1]);
  writer->told = ends[0];
}

// False when it was killed, or has failed.
bool Finish(Writer* writer) {
  char buffer[256];
  ssize_t got;
  while ((got = read(writer->told, buffer, sizeof buffer)) > 0) {
    writer->turns += static_cast<int>(got);
  }
  close(writer->told);
  int status = 0;
  waitpid(writer->process, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// How often each message is in the file.
std::map<std::string, int> Count(const std::string& path) {
  std::map<std::string, int> counts;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_object()) {
      ++counts[json["message"]["content"].get<std::string>()];
    }
  }
  return counts;
}

TEST(TranscriptStressTest, NoMessageIsLostOrDoubled) {
  std::string pattern = testing::TempDir() + "/transcripts-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  std::mt19937 random(20260101);
  int crashes = 0;
  for (int number = 0; number < kTurns / kTurnsPerFile; ++number) {
    const std::string path =
        directory + "/" + std::to_string(number) + ".jsonl";
    const Place place{path, number % 20 == 0};
    std::vector<Writer> writers(kWriters);
    for (int i = 0; i < kWriters; ++i) {
      writers[i].number = i;
      Start(place, random(), &writers[i]);
    }
    while (!writers.empty()) {
      Writer& writer = writers[random() % writers.size()];
      if (Finish(&writer)) {
        writers.erase(writers.begin() + (&writer - writers.data()));
        continue;
      }
      ++crashes;
      Start(place, random(), &writer);
    }
    const auto counts = Count(path);
    constexpr int kMessages = 2 * kTurnsPerFile + kTurnsPerFile / kWriters;
    EXPECT_EQ(counts.size(), static_cast<size_t>(kMessages)) << path;
    for (const auto& [content, count] : counts) {
      EXPECT_EQ(count, 1) << path << ": " << content.substr(0, 40);
    }
    if (HasFailure()) break;
  }
  EXPECT_GT(crashes, 10);  // or nothing was tried
  std::printf("%d turns, %d writers killed\n", kTurns, crashes);
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

}  // namespace
}  // namespace copilot::harness
